import type { Redaction } from "./redaction.ts";
import type { Redactor } from "./redactor.ts";
import { type SecretName } from "./secret_name.ts";
import { beginsWithReference, isSecretValue, JUDGED_LENGTH, type ValuePlace } from "./secret_value.ts";
import { endOfLine, opensStructure, valueExtent, type ValueForm } from "./value_extent.ts";

/** Longer names are no names. */
const NAME_LIMIT = 128;
/** What a judgement looks at: a value and what ends it. */
const WINDOW = JUDGED_LENGTH + 64;

/** How a value follows a name. */
interface Link {
  /** Where the value begins, behind white space. */
  readonly at: number;
  readonly form: ValueForm;
  readonly place: ValuePlace;
  readonly rule: "assignment" | "argument";
}

/** `secret key:`, `access token =`: the second word of a name that is written as two. Sticky. */
const SECOND_WORD = / (?:access )?(?:key|string|token|secret|password|phrase|code)\b/iy;
const FIRST_WORD =
  /\b(api|access|secret|private|signing|encryption|account|shared|license|ssh|master|auth|storage|unseal|deploy|service|client|admin|session|webhook) $/i;
/** Between a name and its value. Sticky. */
const ASSIGN = /(["'`])?(\])?[ \t]{0,32}(:=|=>|::(?=[ \t])|%3D|[=:](?![=:]))/y;
/** A flag and its argument: on one line, as items of a list in JSON or YAML, or as `describe` prints a command. Sticky. */
const FLAG_ARGUMENT =
  /(["'])[ \t]{0,4},\s{0,200}["']|["']?[ \t]{0,4}\n[ \t]{0,200}(?:- ["']?)?(?=\S)|[ \t]{1,16}["']?/y;
/** `<password>`, `<db:password encrypted="no">`. Sticky. */
const ELEMENT = /(?:\s[^<>\n]{0,200})?>\s{0,200}(?:<!\[CDATA\[)?/y;
/** `define('DB_PASSWORD', '…')`, `setenv("TOKEN", "…")`. Sticky. */
const CALL = /["'][ \t]{0,4},[ \t]{0,4}(?=["'])/y;
/** `requirepass …`, `DB_PASSWORD<tab>…`: the value is all that is left of the line. Sticky. */
const LONE_WORD = /([ \t]{1,64})(?![A-Z]+\s)(?=[^\s=:(]\S{2,256}[ \t]*(?:\r?\n|$))/y;
/** Between two items of a list. Sticky. */
const ITEM_GAP = /[\s,]{0,1024}/y;
/** How Kubernetes tells a value that it refuses. */
const REFUSED_VALUE = "Invalid value: ";
/** The lines below are the value. */
const BLOCK_HEADER = /^[|>][+-]?\d?[+-]?[ \t]*$/;
/** How else a value is told: `password is …`, `invalid token "…"`, `| password | … |`, `setPassword("…")`. Sticky. */
const TOLD =
  /(?:["'`],[ \t]?(?=["'`])|\((?=["'`])|(?: (?:value|is|was|set to|\d{1,3}(?=:)))?[ \t]{0,2}(?:->|\||:)?[ \t]{0,2})(?=[^\s/=(-])/y;
/** A word for flags that talk about a flag, not use it. */
const FLAG_TALK =
  /^(?:to|is|are|was|flag|flags|or|and|the|must|option|options|for|cannot|can|requires|required|not|instead|with|if|in|has|argument|parameter|value|when|via|as|from|a|an|on|may|should|will|does|provided|set|deprecated)\b[,.;:]?(?:\s|$)/i;

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
    if (SECOND_WORD.test(text)) end = SECOND_WORD.lastIndex;
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
  if (name.grade === "none") return [];
  const link = readLink(text, start, end, name);
  // An escape: what it stands for is read in its own view.
  if (link === null || text[link.at] === "\\") return [];
  const window = text.slice(link.at, link.at + WINDOW);
  const { rule } = link;
  if (/^\[\s*["']/.test(window) && rule === "assignment") {
    return itemsOf(window, 0, name).length === 0 ? [] : itemsOf(text, link.at, name);
  }
  if ((link.form === "word" && opensStructure(window)) || beginsWithReference(window)) return [];
  const short = valueExtent(window, 0, link.form);
  // In a sentence the words after the first tell what it is about.
  const judgedEnd = link.place === "prose" && short.start === 0 ? endOfLine(window, 0) : short.end;
  const value = window.slice(short.start, judgedEnd);
  if (link.form === "line" && BLOCK_HEADER.test(value)) return [];
  if (rule === "argument" && (value.startsWith("-") || FLAG_TALK.test(window))) return [];
  if (!isSecretValue(value, text[start] === "-" ? asFlag(name, value) : name, link.place)) return [];
  return [{ rule, ...valueExtent(text, link.at, link.form) }];
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

/** A flag takes a secret more often than the name of one: what is one word is no such name. */
function asFlag(name: SecretName, value: string): SecretName {
  return name.grade === "medium" && /^\w+$/.test(value) ? { ...name, grade: "strong" } : name;
}

const isNameCode = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) ||
  code === 0x5f || code === 0x2d || code === 0x2e;

function startOfName(text: string, wordStart: number, floor: number): number {
  const lowest = Math.max(floor, wordStart - NAME_LIMIT);
  let start = wordStart;
  while (start > lowest && isNameCode(text.charCodeAt(start - 1))) start--;
  return start;
}

function endOfName(text: string, from: number): number {
  let end = from;
  while (end < text.length && isNameCode(text.charCodeAt(end))) end++;
  return end;
}

/** The name, with a word before it that belongs to it (`API key`). */
function fullName(text: string, start: number, end: number): string {
  const name = text.slice(start, end);
  const before = text.slice(Math.max(0, start - 16), start);
  if (before.endsWith("checksum/")) return `checksum_${name}`;
  const first = FIRST_WORD.exec(before)?.[1];
  return first === undefined ? name : `${first}_${name}`;
}

function readLink(text: string, start: number, end: number, name: SecretName): Link | null {
  ASSIGN.lastIndex = end;
  const assign = ASSIGN.exec(text);
  if (assign !== null) {
    const [, quote, bracket, sign = ""] = assign;
    // user[password]=…, config['password'] = …, but not the end of a mark.
    if (bracket !== undefined && quote === undefined && text[start - 1] !== "[") return null;
    return readAssignment(text, start, ASSIGN.lastIndex, sign, name, quote !== undefined);
  }
  if (text[start] === "-") {
    FLAG_ARGUMENT.lastIndex = end;
    if (FLAG_ARGUMENT.test(text)) {
      return { at: FLAG_ARGUMENT.lastIndex, form: "word", place: "field", rule: "argument" };
    }
  }
  const before = text[start - 1];
  if ((before === "<" || before === ":") && text[end] !== "/") {
    ELEMENT.lastIndex = end;
    if (isElement(text, start) && ELEMENT.test(text) && isClosed(text, ELEMENT.lastIndex)) {
      return { at: ELEMENT.lastIndex, form: "word", place: "field", rule: "assignment" };
    }
  }
  if ((before === '"' || before === "'") && text[start - 2] === "(") {
    CALL.lastIndex = end;
    if (CALL.test(text)) return { at: CALL.lastIndex, form: "word", place: "field", rule: "assignment" };
  }
  return readLoneWord(text, start, end, name) ?? readTold(text, end);
}

/** What comes after a name in other ways must itself look like a secret. */
function readTold(text: string, end: number): Link | null {
  TOLD.lastIndex = end;
  if (!TOLD.test(text) || TOLD.lastIndex === end) return null;
  return { at: TOLD.lastIndex, form: "word", place: "prose", rule: "assignment" };
}

const isElement = (text: string, start: number): boolean =>
  /<(?:[\w-]{1,32}:)?$/.test(text.slice(Math.max(0, start - 34), start));

/** Whether the next tag ends the element. */
function isClosed(text: string, at: number): boolean {
  const window = text.slice(at, at + WINDOW);
  const tag = window.search(/<|\]\]>/);
  return tag === -1 ? window.length === WINDOW : /^(?:<\/|\]\]>)/.test(window.slice(tag));
}

function readAssignment(
  text: string,
  start: number,
  from: number,
  sign: string,
  name: SecretName,
  quoted: boolean,
): Link | null {
  let at = from;
  while (at < from + 64 && (text[at] === " " || text[at] === "\t")) at++;
  const rule = "assignment";
  if (text.startsWith(REFUSED_VALUE, at)) return { at: at + REFUSED_VALUE.length, form: "word", place: "field", rule };
  const first = isFirstInLine(text, start);
  if (sign === "=" || sign === ":=" || sign === "=>" || sign === "%3D" || quoted) {
    // A line of a properties file is a value with spaces, unless more assignments follow.
    const window = text.slice(at, at + WINDOW);
    const spaced = first && !quoted && at > from && !/[ \t][\w.-]{1,64}=/.test(window.slice(0, endOfLine(window, 0)));
    return { at, form: spaced ? "line" : "word", place: spaced ? "line" : "field", rule };
  }
  if (first) return { at, form: "line", place: "line", rule };
  const compact = at === from;
  const bracketed = /[[{,(]/.test(text[start - 1] ?? "") || (text[start - 1] === " " && compact);
  if (bracketed || name.upper) return { at, form: "word", place: compact ? "field" : "line", rule };
  return { at, form: "word", place: compact && text[start - 1] !== ":" ? "field" : "prose", rule };
}

/** Whether nothing but indentation and dashes of a list stand before. */
function isFirstInLine(text: string, start: number): boolean {
  let i = start - 1;
  while (i >= 0 && i > start - 200 && (text[i] === " " || text[i] === "\t" || text[i] === "-")) i--;
  return i < 0 || text[i] === "\n";
}

/** A name and one word are all there is on a line, as in redis.conf or a table of two columns. */
function readLoneWord(text: string, start: number, end: number, name: SecretName): Link | null {
  if (!isFirstInLine(text, start) && !(name.upper && text[start - 1] === " ")) return null;
  LONE_WORD.lastIndex = end;
  const match = LONE_WORD.exec(text);
  if (match === null) return null;
  const wide = /\t| {2}/.test(match[1] ?? "");
  return { at: LONE_WORD.lastIndex, form: "word", place: name.upper && wide ? "field" : "prose", rule: "assignment" };
}
