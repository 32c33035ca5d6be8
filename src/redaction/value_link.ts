import { type SecretName } from "./secret_name.ts";
import { JUDGED_LENGTH, type ValuePlace } from "./secret_value.ts";
import { endOfLine, type ValueForm } from "./value_extent.ts";

/** Longer names are no names. */
export const NAME_LIMIT = 128;
/** What a judgement looks at: a value and what ends it. */
export const WINDOW = JUDGED_LENGTH + 64;

/** How a value follows a name. */
interface ValueLink {
  /** Where the value begins, behind white space. */
  readonly at: number;
  readonly form: ValueForm;
  readonly place: ValuePlace;
  readonly rule: "assignment" | "argument";
}

/** Between a name and its value. Sticky. */
const ASSIGN =
  /(["'`])?((?::(?:protected|private|"[\w\\]{1,64}":private))?\])?[ \t]{0,32}(:=|=>|::(?=[ \t])|%3D|\.{4,128}(?=[^\s.])|[=:](?![=:])|[：＝])/y;
const SECTION = /^[A-Za-z][\w:.-]{0,64}(?:\] ?| )= /;
/** A flag and its argument: on one line, as items of a list in JSON or YAML, or as `describe` prints a command. Sticky. */
const FLAG_ARGUMENT =
  /(["'])[ \t]{0,4},\s{0,200}["']|["']?[ \t]{0,4}\n[ \t]{0,200}(?:- ["']?)?(?=\S)|[ \t]{1,16}["']?/y;
/** `<password>`, `<db:password encrypted="no">`. Sticky. */
const ELEMENT = /(?:\s[^<>\n]{0,200})?>\s{0,200}(?:<!\[CDATA\[)?/y;
/** `define('DB_PASSWORD', '…')`, `setenv("TOKEN", "…")`. Sticky. */
const CALL = /["'][ \t]{0,4},[ \t]{0,4}(?=["'])/y;
/** `{password,<<"…">>}`: as Erlang prints a pair. Sticky. */
const TUPLE = /,[ \t]{0,4}(?=(?:<<)?")/y;
/** `requirepass …`, `DB_PASSWORD<tab>…`: the value is all that is left of the line. Sticky. */
const LONE_WORD = /([ \t]{1,64})(?![A-Z]+\s)(?=[^\s=:(]\S{2,256}[ \t]*(?:\r?\n|$))/y;
/** Sticky. */
const VALUE_BELOW = /\r?\n[ \t]{1,64}(?=string\()/y;
/** How Kubernetes tells a value that it refuses, and Puppet one that it changed. Sticky. */
const TOLD_VALUE = /Invalid value: |changed (?:from )?(?=["'])/y;
/** How else a value is told: `password is …`, `invalid token "…"`, `| password | … |`, `setPassword("…")`. Sticky. */
const TOLD =
  /(?:["'`],[ \t]?(?=["'`])|["']\][ \t]{0,2}\|[ \t]{0,2}|["'`] (?=["'`][^"'`\s]{0,64}\d)| ?\((?=["'`])|(?: (?:is |was )?(?:wrong|invalid|incorrect|mismatch|rejected))?[:,]? (?:got|received|have)[: ]{1,2}(?=["'`])|(?: (?:value|is|was|set to|to|\d{1,3}(?=:)))?[ \t]{0,2}(?:->|→|\||:(?!:))?[ \t]{0,2})(?=[^\s/=(*-])/y;
export const isNameCode = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) ||
  code === 0x5f || code === 0x2d || code === 0x2e;

/** How the value of the name from `start` to `end` follows it; `null` where none does. */
export function readValueLink(text: string, start: number, end: number, name: SecretName): ValueLink | null {
  ASSIGN.lastIndex = end;
  const assign = ASSIGN.exec(text);
  if (assign !== null) {
    const [, quote, bracket, sign = ""] = assign;
    // user[password]=…, config['password'] = …, but not the end of a mark.
    if (
      bracket !== undefined && quote === undefined &&
      !/\[(?:\w{1,32}:){0,4}$/.test(text.slice(Math.max(0, start - 64), start))
    ) {
      return null;
    }
    // The end of a URL in quotes is no key: Post "https://…/token": dial tcp …
    if (quote !== undefined && text[start - 1] === "/" && text[beforeDomain(text, start)] !== quote) return null;
    // A section of .NET's configuration, and the name behind it: Configuration[Jwt:SigningKey] = …
    if (sign === ":" && quote === undefined && SECTION.test(text.slice(ASSIGN.lastIndex, ASSIGN.lastIndex + 80))) {
      return null;
    }
    return readAssignment(text, start, ASSIGN.lastIndex, sign, name, quote !== undefined && quote !== "`");
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
  if (before === "{") {
    TUPLE.lastIndex = end;
    if (TUPLE.test(text)) return { at: TUPLE.lastIndex, form: "word", place: "field", rule: "assignment" };
  }
  const next = before === " " && text[start - 2] === "?" ? readExplicitKey(text, end) : null;
  if (next !== null) return next;
  // method=CreateToken and path=/api/token are values, not names.
  if (before === "=" || before === "/") return null;
  return readLoneWord(text, start, end, name) ?? readTold(text, start, end);
}

/** `? password`, and `: …` on the next line, in YAML. Sticky. */
const EXPLICIT_KEY = /["']?[ \t]{0,8}\r?\n[ \t]{0,64}:[ \t]{1,8}/y;

function readExplicitKey(text: string, end: number): ValueLink | null {
  EXPLICIT_KEY.lastIndex = end;
  return EXPLICIT_KEY.test(text)
    ? { at: EXPLICIT_KEY.lastIndex, form: "line", place: "line", rule: "assignment" }
    : null;
}

/** Headers as lists have them: `["x-api-key", "…"]`. */
const HEADER = /^(?:x-[\w-]{1,64}|(?:proxy-)?authorization|(?:set-)?cookie)$/i;

/** What comes after a name in other ways must itself look like a secret. */
function readTold(text: string, start: number, end: number): ValueLink | null {
  const after = readToldAfter(text, end);
  if (after !== null) return after;
  TOLD.lastIndex = end;
  if (!TOLD.test(text) || TOLD.lastIndex === end) return null;
  if (isVerb(text, start, end) || isInTemplate(text, start)) return null;
  // {"field": "password", "message": …}: the next is a key.
  if (text[end + 1] === "," && NEXT_KEY.test(text.slice(TOLD.lastIndex, TOLD.lastIndex + 80))) return null;
  // One of several words: "pass", "running" or "fail"; or names of objects: "db-password", "api-token-x7k2p"
  const listed = text[end + 1] === "," ? text.slice(TOLD.lastIndex, TOLD.lastIndex + 80) : "";
  if (LISTED_WORD.test(listed) || (LISTED_NAME.test(listed) && text.slice(start, end).includes("-"))) return null;
  const isHeader = text[end] === text[start - 1] && text[end + 1] === "," && HEADER.test(text.slice(start, end));
  const place = isHeader ? "field" : EXPLICIT.test(text.slice(end, TOLD.lastIndex)) ? "told" : "prose";
  return { at: TOLD.lastIndex, form: "word", place, rule: "assignment" };
}

/** Whether the name stands in a template: `{{ .Values.password | b64enc }}`. */
function isInTemplate(text: string, start: number): boolean {
  const before = text.slice(Math.max(0, start - WINDOW), start);
  const open = before.lastIndexOf("{{");
  return open !== -1 && !before.includes("}}", open);
}

/** To pass something, a pass over it, and who signs: of these only what looks like a password is one. */
function isVerb(text: string, start: number, end: number): boolean {
  if (end - start === 7 && text.startsWith("Signing ", start)) return true;
  return /^(?:[a-z]{1,8}-|[a-z]\w{1,64}[a-z])?pass$/i.test(text.slice(start, end)) && text[end] === " " &&
    (end - start === 4 || text[end - 4] === "P" || text[end - 5] === "-") &&
    !VALUE_OF_PASS.test(text.slice(end, end + 80));
}
/** Behind `pass`: a word with a digit or a sign in it. */
const VALUE_OF_PASS =
  /^ (?:(?:is|was|to|set to|->|→|=>|\||:) )?["'`]?(?:[A-Za-z][A-Za-z-]{0,64}[\d!@#$%^&]|\d[\w-]{0,64}[A-Za-z!@#$%^&])/;

/** What says that a value follows, as a colon does. */
const EXPLICIT = /^["'`]? (?:(?:value|is|was|set to|to)(?: ?(?:->|→|\|))?|->|→|\|) ?$/;
const LISTED_NAME = /^"[a-z0-9]+(?:-[a-z0-9]+)+"/;
const LISTED_WORD = /^["'`][A-Za-z]{1,64}["'`](?:,| or | and )/;
const NEXT_KEY = /^["'`][\w.-]{1,64}["'`]\s{0,4}:/;
/** "token for join: …", "API token created: …". Sticky. */
const TOLD_AFTER =
  /(?: (?:for|of|from)(?: (?:the|user|account|role|database|project|cluster))?(?! (?:user|account|role|database|project|cluster|key|file|secret|name|token):) [\w.@/'"-]{1,64})?(?: (?:created|generated|issued|renewed|is|was))?: {1,4}(?=[^\s/=(-])/y;

function readToldAfter(text: string, end: number): ValueLink | null {
  TOLD_AFTER.lastIndex = end;
  if (text[end] !== " " || !TOLD_AFTER.test(text)) return null;
  return { at: TOLD_AFTER.lastIndex, form: "word", place: "told", rule: "assignment" };
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
): ValueLink | null {
  let at = from;
  while (at < from + 64 && (text[at] === " " || text[at] === "\t")) at++;
  // var_dump of PHP: ["password"]=>, and string(8) "…" on the next line.
  VALUE_BELOW.lastIndex = at;
  if (sign === "=>" && VALUE_BELOW.test(text)) at = VALUE_BELOW.lastIndex;
  // ${DB_PASSWORD:?missing}: what a shell says when there is no value.
  if (text[at] === "?" && text.startsWith("${", start - 2)) return null;
  // Nothing is on this line: the next is its own.
  if (text[at] === "\n" || text[at] === "\r") return null;
  // The quote behind `"registry/token:"` ends what is around the name.
  if (at === from && /^["'](?:[\s:;,.)\]}]|$)/.test(text.slice(at, at + 2))) return null;
  const rule = "assignment";
  TOLD_VALUE.lastIndex = at;
  if (TOLD_VALUE.test(text)) return { at: TOLD_VALUE.lastIndex, form: "word", place: "field", rule };
  const first = isFirstInLine(text, start);
  if (sign === "=" || sign === ":=" || sign === "=>" || sign === "%3D" || sign.startsWith(".") || quoted) {
    // A line of a properties file is a value with spaces, unless more assignments follow.
    const window = text.slice(at, at + WINDOW);
    const spaced = first && !quoted && at > from && !/[ \t][\w.-]{1,64}=/.test(window.slice(0, endOfLine(window, 0)));
    return { at, form: spaced ? "line" : "word", place: spaced ? "line" : "field", rule };
  }
  const compact = at === from;
  // Runners of tests write PASS: TestName, and Go's --- PASS: TestName (0.00s).
  if (!compact && text.startsWith("--- PASS: ", start - 4)) return null;
  if (!compact && from - start === 5 && text.startsWith("PASS", start)) {
    return { at, form: "word", place: "told", rule };
  }
  if (first) return { at, form: "line", place: "line", rule };
  const bracketed = /[[{,(]/.test(text[start - 1] ?? "") || (text[start - 1] === " " && compact);
  if (bracketed || name.upper) return { at, form: "word", place: compact ? "field" : "line", rule };
  return { at, form: "word", place: text[start - 1] === ":" ? "prose" : compact ? "field" : "told", rule };
}

/** The place before a name, and before the domain in front of it (`example.com/token`). */
function beforeDomain(text: string, start: number): number {
  let i = start - 1;
  if (text[i] !== "/") return i;
  do i--; while (i > start - NAME_LIMIT * 2 && isNameCode(text.charCodeAt(i)));
  return i;
}

const DESCRIBED = /(?:^|\n)(?:Annotations|Labels|[ \t]{0,16}Environment):$/;

/** Whether nothing stands before but indentation, dashes of a list, a label of `describe`, and the name's domain. */
function isFirstInLine(text: string, start: number): boolean {
  let i = beforeDomain(text, start);
  const spaces = i;
  while (i >= 0 && i > spaces - 200 && (text[i] === " " || text[i] === "\t" || text[i] === "-" || text[i] === "+")) i--;
  return i < 0 || text[i] === "\n" || (text[i] === ":" && DESCRIBED.test(text.slice(Math.max(0, i - 32), i + 1)));
}

/** A name and one word are all there is on a line, as in redis.conf or a table of two columns. */
function readLoneWord(text: string, start: number, end: number, name: SecretName): ValueLink | null {
  if (
    !isFirstInLine(text, start) && !(name.upper && text[start - 1] === " ") &&
    !/\b(?:ENV|ARG) $/.test(text.slice(Math.max(0, start - 5), start))
  ) {
    return null;
  }
  LONE_WORD.lastIndex = end;
  const match = LONE_WORD.exec(text);
  if (match === null) return null;
  const wide = /\t| {2}/.test(match[1] ?? "");
  return { at: LONE_WORD.lastIndex, form: "word", place: name.upper && wide ? "field" : "prose", rule: "assignment" };
}
