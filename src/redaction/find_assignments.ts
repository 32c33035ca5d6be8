import type { Redaction } from "./redaction.ts";
import { endOfMatch, endOfWord } from "./token_patterns.ts";

/** The last word of a name whose value is a secret. */
const SECRET_WORD =
  "password|passwd|passphrase|_pwd|secret|token|(?:api|access|secret|private|signing|encryption|account)" +
  "[_-]?key|client-key-data|credentials?|connection[_-]?string";

/** A name that ends in a secret word, its closing quote if any, and `=` or `:` (neither `==` nor `::` nor `:=`). */
const NAME_END = new RegExp(String.raw`(?:${SECRET_WORD})(\\?["'])?[ \t]{0,8}([=:])(?![=:])`, "gi");

/** An entry of `env:` in a container: the secret name is one line, its value the next. Group 1 is kept. */
const ENV_ENTRY = [
  new RegExp(
    String.raw`(\bname:[ \t]{0,4}["']?[\w.-]{0,128}?(?:${SECRET_WORD})["']?[ \t]{0,4}\n[ \t]{1,200}value:[ \t]{1,4})` +
      String.raw`(?![ \t\n]|\[REDACTED)[^\n]{1,65536}`,
    "gi",
  ),
  new RegExp(
    String
      .raw`("name":[ \t]{0,4}"[\w.-]{0,128}?(?:${SECRET_WORD})",\s{0,200}"value":[ \t]{0,4}")(?!"|\[REDACTED)(?:[^"\\\n]|\\.){1,65536}`,
    "gi",
  ),
];

/** Names that end like a secret and hold the name of one, or a folder. */
const REFERENCE_NAME =
  /^(?:secret|credentials?|.*(?:existing|pull|tls|auth|password|token|image|ca|cert|certificate|bootstrap|webhook)[-_.]?secret)$/i;

/** Values that are no secrets: references, switches, beginnings of structures, variables, files, marks of an earlier rule. */
const ORDINARY_VALUE =
  /^(?:$|<|\[|\{|[|>][+-]?\d?$|\$[({]|\*+$|(?:null|nil|none|true|false|yes|no|~)$|\d{1,4}$|\/(?:etc|var|run|usr|opt|home|tmp|mnt|srv|root|app|secrets|certs)\/)/i;

const NAME_LIMIT = 128;
const isNameCode = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) ||
  code === 0x5f || code === 0x2d || code === 0x2e;

/** The values of `env` entries in pods whose names say that they are secret, in YAML and JSON. */
export function findEnvValues(text: string): Redaction[] {
  const found: Redaction[] = [];
  for (const pattern of ENV_ENTRY) {
    for (const match of text.matchAll(pattern)) {
      const start = match.index + (match[1]?.length ?? 0);
      const end = endOfMatch(text, match);
      if (ORDINARY_VALUE.test(text.slice(start, Math.min(end, start + 64)).replace(/^["']/, ""))) continue;
      found.push({ rule: "env_value", start, end });
    }
  }
  return found;
}

/**
 * The values of `PASSWORD=…`, `"token": "…"`, `--api-key=…` and their like. In front of a colon a name counts only where it
 * is a key (quoted, at the beginning of a line, after a bracket or comma, or spelled like a variable), so that prose such
 * as "invalid token: expired" stays.
 */
export function findAssignments(text: string): Redaction[] {
  const found: Redaction[] = [];
  let position = 0;
  for (const match of text.matchAll(NAME_END)) {
    if (match.index < position) continue;
    const nameStart = startOfName(text, match.index);
    const name = text.slice(nameStart, match.index + match[0].search(/\\?["']|[ \t=:]/));
    if (REFERENCE_NAME.test(name)) continue;
    const place = match[2] === "=" ? "anywhere" : placeOfKey(text, nameStart, name, match[1] !== undefined);
    if (place === "prose") continue;
    const value = valueAt(text, match.index + match[0].length, place === "line");
    if (ORDINARY_VALUE.test(text.slice(value.start, Math.min(value.end, value.start + 64)))) continue;
    found.push({ rule: "assignment", ...value });
    position = value.end;
  }
  return found;
}

function startOfName(text: string, wordStart: number): number {
  const floor = Math.max(0, wordStart - NAME_LIMIT);
  let start = wordStart;
  while (start > floor && isNameCode(text.charCodeAt(start - 1))) start--;
  return start;
}

/** Where a name before a colon stands: a key of its own line, a key inside a structure, or a word in a sentence. */
function placeOfKey(text: string, nameStart: number, name: string, quoted: boolean): "line" | "anywhere" | "prose" {
  if (quoted) return "anywhere";
  let i = nameStart - 1;
  while (i >= 0 && i > nameStart - 200 && (text[i] === " " || text[i] === "\t" || text[i] === "-")) i--;
  if (i < 0 || text[i] === "\n") return "line";
  const isKeyPlace = i === nameStart - 1 && "[{,".includes(text[i] ?? "");
  return isKeyPlace || /^[A-Z0-9_]+$/.test(name) || /[_-]|[a-z][A-Z]/.test(name) ? "anywhere" : "prose";
}

/** The value that begins at or after `from`: what its quotes hold, the rest of the line, or a word. */
function valueAt(text: string, from: number, wholeLine: boolean): { start: number; end: number } {
  let start = from;
  while (start < from + 64 && (text[start] === " " || text[start] === "\t")) start++;
  const quote = text.startsWith('\\"', start) ? '\\"' : text[start];
  if (quote === '\\"' || quote === '"' || quote === "'") {
    const inside = start + quote.length;
    return { start: inside, end: endOfQuoted(text, inside, quote) };
  }
  if (wholeLine) {
    const lineEnd = text.indexOf("\n", start);
    return { start, end: lineEnd === -1 ? text.length : lineEnd };
  }
  return { start, end: endOfWord(text, start) };
}

/** Where the quotes close, or the line ends. Inside `\"…\"` a backslash is an escape only when it is doubled. */
function endOfQuoted(text: string, from: number, quote: string): number {
  const closing = quote.at(-1);
  let i = from;
  for (; i < text.length && text[i] !== "\n"; i++) {
    if (quote === '\\"' ? text.startsWith(quote, i) || text[i] === '"' : text[i] === closing) return i;
    if (text[i] === "\\" && quote !== "'" && text[i + 1] !== "\n") i++;
  }
  return Math.min(i, text.length);
}
