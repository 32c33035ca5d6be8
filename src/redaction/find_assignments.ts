import type { Redaction } from "./redaction.ts";
import type { Redactor } from "./redactor.ts";
import { nameInside, type SecretName } from "./secret_name.ts";
import { beginsWithReference, isSecretValue, isSpokenPassword, JUDGED_LENGTH } from "./secret_value.ts";
import { endOfLine, type Extent, opensStructure, valueExtent, type ValueForm } from "./value_extent.ts";
import { isNameCode, NAME_LIMIT, readValueLink, WINDOW } from "./value_link.ts";

/** `secret key:`, `access token =`: the second word of a name that is written as two. Sticky. */
const SECOND_WORD = / (?:access )?(?:key|token|secret|password|phrase|code|id)\b|(?<=\bconn(?:ection)?) string\b/iy;
const FIRST_WORD =
  /\b(api|access|secret|private|signing|encryption|account|shared|license|ssh|master|auth|storage|unseal|deploy|service|client|admin|session|webhook|public|host|totp|otp|mfa|recovery|bot|app) $/i;
/** Between two items of a list. Sticky. */
const ITEM_GAP = /[\s,]{0,1024}/y;
/** The next field of a connection string (`Password=;Encrypt=True`), an entry of a map in a message of Protobuf, or a tag of YAML before a block. */
const NO_VALUE = /^[<{]key:|^[;&] ?[A-Za-z][\w .-]{0,40}=|^![\w-]{1,32} [|>](?:\W|$)/;
/** What a value was changed to: `password = "…" -> "…"`. Sticky. */
const CHANGED = /["'`]? {0,2}(?:[-=]>|→|to) {0,2}(?=["'`])/y;
/** What is called with texts: `SecretStr("…")`, `basic_auth("svc", "…")`. */
const CALL_HEAD = /^(?:new )?(?:&?[A-Za-z_][\w.:]{0,64}\(){1,3}(?=["'])/;
/** A short name as Kubernetes allows it; a long one may be a secret. */
const OBJECT_NAME = /^[a-z0-9][a-z0-9.-]{0,14}$/;
/** The lines below are the value. */
const BLOCK_HEADER = /^[|>][+-]?\d?[+-]?[ \t]*$/;
const BLOCK_BELOW = /^[|>][+-]?\d?[+-]?[ \t]{0,8}\r?\n[ \t]{1,64}(?=\S)/;
/** What leads to a password in a sentence: "logged in with password …". */
const BY_MEANS_OF = /\b(?:with|using)(?: (?:the|a|its|new|default))? $/i;
const OBJECT_LIMIT = 4096;
const OBJECT_KEY = /[{,]\s{0,64}["']?([\w.@-]{1,64})["']?\s{0,4}[:=]\s{0,4}/g;
/** The name in `arn:aws:secretsmanager:…:secret:…` is a kind. */
const ARN_HEAD = /\barn:aws[\w-]{0,16}:[\w-]{0,32}:[\w-]{0,32}:\d{0,12}:$/;
const END_OF_QUOTES = /\\+["'nrt]|(?<=[^\s\\])"(?=[\s,:}\])]|$)/;
const STAND_IN =
  /^(?:[A-Z]{1,16}_)?(?:FILE|STRING|VALUE|KEY|TOKEN|PASSWORD|SECRET|NAME|PATH|USER|TEXT)[,.;:\])]*$|^(?:file|path|string|value|name)[,.;:\])]*$|^\([a-z-]{1,32}\)$/;
/** A word for flags that talk about a flag, not use it. */
const FLAG_TALK =
  /^(?:to|is|are|was|used|without|alone|flag|flags|or|and|the|must|option|options|for|cannot|can|requires|required|not|instead|with|if|in|has|argument|parameter|value|when|via|as|from|a|an|on|may|should|will|does|provided|set|deprecated)\b[,.;:]?(?:\s|$)/i;

/**
 * The values after names that say secret: `PASSWORD=…`, `"token": "…"`, `--api-key …`, `<secret>…` and their like. Each
 * name is looked at once, and judged by a bounded piece of its value.
 */
export function findAssignments(text: string, redactor: Redactor): Redaction[] {
  const found: Redaction[] = [];
  const { fragments } = redactor;
  fragments.lastIndex = 0;
  let floor = 0;
  for (let match = fragments.exec(text); match !== null; match = fragments.exec(text)) {
    const start = startOfName(text, match.index, floor);
    let end = endOfName(text, match.index + match[0].length);
    SECOND_WORD.lastIndex = end;
    if (text[start] !== "-" && SECOND_WORD.test(text)) end = SECOND_WORD.lastIndex;
    floor = end;
    if (end - start <= NAME_LIMIT) {
      for (const taken of findValues(text, start, end, redactor)) {
        found.push(taken);
        floor = Math.max(floor, taken.end);
      }
    }
    fragments.lastIndex = floor;
  }
  return found;
}

function findValues(text: string, start: number, end: number, redactor: Redactor): readonly Redaction[] {
  const name = redactor.gradeName(fullName(text, start, end));
  if (name.grade === "none" || ARN_HEAD.test(text.slice(Math.max(0, start - 96), start))) return [];
  const link = readValueLink(text, start, end, name);
  // An escape: what it stands for is read in its own view.
  if (link === null || text[link.at] === "\\") return [];
  const window = text.slice(link.at, link.at + WINDOW);
  const { rule } = link;
  if (/^\[\s*["']/.test(window) && rule === "assignment") {
    return itemsOf(window, 0, name).length === 0 ? [] : itemsOf(text, link.at, name);
  }
  const block = link.form === "word" ? BLOCK_BELOW.exec(window)?.[0] : undefined;
  if (block !== undefined) return blockBelow(text, link.at + block.length, name);
  const call = CALL_HEAD.exec(window)?.[0];
  if (call !== undefined && rule === "assignment") {
    return isSecretValue(call, name, "field") ? itemsOf(text, link.at + call.length - 1, name) : [];
  }
  if (isStructure(window, link.form)) return window[0] === "{" ? valuesOf(text, link.at, name) : [];
  if (beginsWithReference(window) || NO_VALUE.test(window)) return [];
  const short = valueExtent(window, 0, link.form);
  // In a sentence the words after the first tell what it is about.
  const judgedEnd = (link.place === "prose" || link.place === "told") && short.start === 0
    ? endOfSentence(window)
    : short.end;
  const value = window.slice(short.start, judgedEnd);
  if (link.form === "line" && BLOCK_HEADER.test(value)) return [];
  if (rule === "argument" && isNoArgument(value, window)) return [];
  if (!name.upper && isStandIn(value, text.slice(start, end))) return [];
  // secret "db1" not found: whatever the name, an object's.
  if (
    link.place === "prose" && window[0] === '"' && OBJECT_NAME.test(value) && /^secrets?$/i.test(text.slice(start, end))
  ) return [];
  const isSpoken = link.place === "prose" && BY_MEANS_OF.test(text.slice(Math.max(0, start - 16), start)) &&
    isSpokenPassword(value, name);
  if (!isSpoken && !isSecretValue(value, nameInPlace(text, start, name, value), link.place)) return [];
  const taken = { rule, ...valueExtent(text, link.at, link.form) };
  CHANGED.lastIndex = taken.end;
  return CHANGED.test(text) ? [taken, { rule, ...valueExtent(text, CHANGED.lastIndex, "word") }] : [taken];
}

/** `token=TOKEN` in a text about how to call a program, `ClientSecret: clientSecret` in source code. */
function isStandIn(value: string, name: string): boolean {
  return value === name.toUpperCase() ||
    (/^[a-z]+[A-Z]\w*[,;]?$/.test(value) && value.toLowerCase().replace(/[,;]$/, "") === name.toLowerCase());
}

/** The first line of a block whose key is not the first of its line. */
function blockBelow(text: string, start: number, name: SecretName): readonly Redaction[] {
  const end = endOfLine(text, start);
  const value = text.slice(start, Math.min(end, start + JUDGED_LENGTH));
  return isSecretValue(value, name, "field") ? [{ rule: "assignment", start, end }] : [];
}

/** The end of what is said: of the line, or of the quotes or the escaped line that it stands in. */
function endOfSentence(window: string): number {
  const end = endOfLine(window, 0);
  const close = window.slice(0, end).search(END_OF_QUOTES);
  return close > 0 ? close : end;
}

/** Another flag, a document for the shell, a word for the argument (`--secret-key FILE`), or talk about the flag. */
function isNoArgument(value: string, window: string): boolean {
  return value.startsWith("-") || value === "#" || window.startsWith("<<") || STAND_IN.test(value) ||
    FLAG_TALK.test(window);
}

/** A structure is read by itself; one that takes the rest of a line must end there. */
function isStructure(window: string, form: ValueForm): boolean {
  if (!opensStructure(window)) return false;
  return form === "word" ||
    (/^(?:\[[ \t]*\{|\{)/.test(window) && /[}\]],?$/.test(window.slice(0, endOfLine(window, 0))));
}

/** The secrets in a flat object in braces, under a name that says there are many: `passwords: {root: …, app: …}`. */
function valuesOf(text: string, start: number, name: SecretName): readonly Redaction[] {
  if (nameInside(name) === null) return [];
  const inside = text.slice(start, start + OBJECT_LIMIT);
  // An object inside is read by itself.
  const close = inside.search(/\}|[\s:,{[]\{/);
  const found: Redaction[] = [];
  for (const key of inside.slice(0, close === -1 ? inside.length : close).matchAll(OBJECT_KEY)) {
    const value = besideClosers(text, valueExtent(text, start + key.index + key[0].length, "word"));
    const inner = nameInside(name, key[1]) ?? name;
    if (isSecretValue(text.slice(value.start, Math.min(value.end, value.start + JUDGED_LENGTH)), inner, "field")) {
      found.push({ rule: "assignment", ...value });
    }
  }
  return found;
}

/** A value without quotes ends before what ends its object: `null},`. */
function besideClosers(text: string, { start, end }: Extent): Extent {
  const closers = /[\]},]{1,16}$/.exec(text.slice(Math.max(start, end - 16), end))?.[0].length ?? 0;
  return { start, end: end - closers };
}

/** The secrets in a list of texts in quotes that begins at `start`. */
function itemsOf(text: string, start: number, name: SecretName): readonly Redaction[] {
  const found: Redaction[] = [];
  for (let at = start + 1; at < text.length;) {
    ITEM_GAP.lastIndex = at;
    at += ITEM_GAP.exec(text)?.[0].length ?? 0;
    if (text[at] !== '"' && text[at] !== "'") break;
    const item = valueExtent(text, at, "word");
    if (isSecretValue(text.slice(item.start, Math.min(item.end, item.start + JUDGED_LENGTH)), name, "field")) {
      found.push({ rule: "assignment", ...item });
    }
    at = Math.max(at + 1, item.end + 1);
  }
  return found;
}

/**
 * A flag takes a secret more often than the name of one: what is one word is no such name. A parameter of a URL or a form
 * always takes the secret itself.
 */
function nameInPlace(text: string, start: number, name: SecretName, value: string): SecretName {
  if (name.grade === "weak" && /[?&]/.test(text[start - 1] ?? "")) return { ...name, hexToo: true };
  if (name.grade !== "medium" && name.grade !== "firm") return name;
  const isFlag = text[start] === "-" && /^\w+$/.test(value);
  const isParameter = /[?&]/.test(text[start - 1] ?? "");
  return isFlag || isParameter ? { ...name, grade: "strong" } : name;
}

function startOfName(text: string, wordStart: number, floor: number): number {
  const lowest = Math.max(floor, wordStart - NAME_LIMIT);
  let start = wordStart;
  while (start > lowest && isNameCode(text.charCodeAt(start - 1))) start--;
  return start;
}

function endOfName(text: string, from: number): number {
  let end = from;
  while (end < text.length && isNameCode(text.charCodeAt(end)) && !text.startsWith("..", end)) end++;
  return end;
}

/** The name, with a word before it that belongs to it (`API key`). */
function fullName(text: string, start: number, end: number): string {
  // A property of Java: -Ddb.password=…
  const name = text.slice(start, end).replace(/^-D(?=[A-Za-z])/, "");
  const before = text.slice(Math.max(0, start - 16), start);
  if (before.endsWith("checksum/")) return `checksum_${name}`;
  const first = FIRST_WORD.exec(before)?.[1];
  return first === undefined ? name : `${first}_${name}`;
}
