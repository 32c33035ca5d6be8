/** A stretch of a text; `end` is exclusive. */
export interface Extent {
  readonly start: number;
  readonly end: number;
}

/** How far a value reaches when no quotes say so: one `word`, or the rest of the `line`. */
export type ValueForm = "word" | "line";

/** A value in quotes that go on over line ends is at most this long; beyond, it ends with its line. */
const QUOTED_LINES_LIMIT = 4096;

const END_OF_WORD = /[\s"'`<>\\]|[;&,|](?=\s{0,2}["'[{]?[A-Za-z][\w .-]{0,40}[=:])|,(?=\s|$)|;(?=\s|$)/g;

/**
 * What languages write between a value's place and its quotes: `N'…'`, `b"…"`, `string(6) "…"`, `<<"…">>`, and a type around
 * it (`Some(SecretString("…"))`), but not what fetches the value from elsewhere (`GetEnv("…")`). Sticky.
 */
const QUOTE_PREFIX =
  /(?:[NbBruUfE]{1,2}|@|<<|string\(\d{1,6}\) |(?:&?(?:[A-Za-z]{1,16}(?:\.|::)){0,2}(?:str|new|from|ptr|(?!\w{0,24}(?:[Ee]nv|ENV|Get|Read|Load|Lookup|Fetch))[A-Z]\w{0,40})\(){1,3})(?=["'])/y;

/** `[]uint8{0x61, …}`, `[]byte(nil)`: as Go prints slices. Sticky. */
const LITERAL = /\[\](?:uint8|byte|string|rune|int)[{(]/y;

/**
 * The value that begins at `from`, behind white space: what its quotes hold, or what `form` says. Takes a time in
 * proportion to the value, so call it on a short slice to judge a value, and on the whole text only for one that goes.
 */
export function valueExtent(text: string, from: number, form: ValueForm): Extent {
  QUOTE_PREFIX.lastIndex = from;
  const start = QUOTE_PREFIX.test(text) ? QUOTE_PREFIX.lastIndex : from;
  LITERAL.lastIndex = start;
  if (LITERAL.test(text)) {
    const inside = LITERAL.lastIndex;
    const close = text.slice(inside, inside + QUOTED_LINES_LIMIT).search(/[})]/);
    return { start: inside, end: close === -1 ? endOfLine(text, inside) : inside + close };
  }
  const heredoc = heredocExtent(text, start);
  if (heredoc !== null) return heredoc;
  const triple = text.startsWith('"""', start) || text.startsWith("'''", start);
  if (triple) {
    const close = text.indexOf(text.slice(start, start + 3), start + 3);
    return { start: start + 3, end: close === -1 ? endOfLine(text, start + 3) : close };
  }
  const quote = text[start];
  if (quote === '"' || quote === "'" || quote === "`") {
    return { start: start + 1, end: endOfQuoted(text, start + 1, quote) };
  }
  if (quote === "(" && /^\(["'`]/.test(text.slice(start, start + 2))) {
    const close = text.indexOf(")", start);
    if (close !== -1 && close < endOfLine(text, start)) return { start: start + 1, end: close };
  }
  if (quote === "[" && !text.startsWith(MARK_HEAD, start)) {
    const inside = endOfList(text, start);
    if (inside !== -1) return { start: start + 1, end: inside };
  }
  const end = form === "line" ? endOfLine(text, start) : endOfWord(text, start);
  return { start, end: withoutClosers(text, start, end) };
}

/** The end of the line, without a carriage return. */
export function endOfLine(text: string, from: number): number {
  const newline = text.indexOf("\n", from);
  const end = newline === -1 ? text.length : newline;
  return end > from && text[end - 1] === "\r" ? end - 1 : end;
}

/** The place of the closing quote; the end of the line where there is none. */
function endOfQuoted(text: string, from: number, quote: string): number {
  let i = from;
  for (; i < text.length && text[i] !== "\n"; i++) {
    if (text[i] === quote) {
      // YAML and SQL write a quote inside single quotes twice.
      if (quote !== "'" || text[i + 1] !== "'" || !/[\w'$!@#%&*-]/.test(text[i + 2] ?? "")) return i;
      i++;
    } else if (text[i] === "\\" && quote !== "'" && text[i + 1] !== "\n") i++;
  }
  const lineEnd = Math.min(i, text.length);
  const rest = text.slice(lineEnd, lineEnd + QUOTED_LINES_LIMIT);
  const close = rest.indexOf(quote);
  return close !== -1 && /^["'`]\s*(?:$|[\n,;)\]}])/.test(rest.slice(close, close + 2)) ? lineEnd + close : lineEnd;
}

const MARK_HEAD = "[REDACTED:";

/** Go prints a header's values as `[Basic …]`: the place of the bracket on the same line, or -1. */
function endOfList(text: string, start: number): number {
  for (let i = start + 1; i < text.length && text[i] !== "\n"; i++) {
    if (text[i] === "]") return i;
    if (text[i] !== "[") continue;
    if (!text.startsWith(MARK_HEAD, i)) return -1;
    i = text.indexOf("]", i);
    if (i === -1) return -1;
  }
  return -1;
}

/** A document for HCL or the shell: `<<EOT`, and what stands before a line with that word. Sticky. */
const HEREDOC = /<<[-~]?["']?(?<word>[A-Z_]{2,32})["']?[ \t]{0,8}\r?\n/y;

function heredocExtent(text: string, start: number): Extent | null {
  HEREDOC.lastIndex = start;
  const word = HEREDOC.exec(text)?.groups?.["word"];
  if (word === undefined) return null;
  const inside = HEREDOC.lastIndex;
  const body = text.slice(inside, inside + QUOTED_LINES_LIMIT);
  const close = body.search(new RegExp(`^[ \\t]{0,64}${word}\\b`, "m"));
  return { start: inside, end: close === -1 ? endOfLine(text, inside) : inside + Math.max(0, close - 1) };
}

/** A line of a properties file that goes on below. Sticky. */
const CONTINUATION = /\\\r?\n[ \t]{1,64}(?=[^\s-])/y;
const CONTINUATIONS = 16;

function endOfWord(text: string, from: number): number {
  let end = endOfOneWord(text, from);
  for (let turns = 0; turns < CONTINUATIONS && text[end] === "\\"; turns++) {
    CONTINUATION.lastIndex = end;
    if (!CONTINUATION.test(text)) break;
    end = endOfOneWord(text, CONTINUATION.lastIndex);
  }
  return end;
}

function endOfOneWord(text: string, from: number): number {
  END_OF_WORD.lastIndex = from;
  const match = END_OF_WORD.exec(text);
  if (match === null) return text.length;
  // A value may begin with what ends others.
  if (match.index > from) return match.index;
  END_OF_WORD.lastIndex = from + 1;
  return END_OF_WORD.exec(text)?.index ?? text.length;
}

const CLOSERS: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };

/** Brackets at the end that the value did not open belong to what is around it. */
function withoutClosers(text: string, start: number, end: number): number {
  let last = end;
  for (let turns = 0; turns < 4 && last - start > 1; turns++) {
    const opener = CLOSERS[text[last - 1] ?? ""];
    if (opener === undefined || text.slice(start, Math.min(last, start + 512)).includes(opener)) break;
    last--;
  }
  return last;
}

/** `{"a": …}`, `[{…`, `{user: …}`: what is inside is read by itself. */
export function opensStructure(window: string): boolean {
  return /^map\[|^[[{](?:\s*(?:["'[{}]|\](?![a-z])|$|\n|-\s)| {0,4}[\w.-]{1,64}["']?\s?[:=])/.test(window);
}
