import { SEPARATOR_LINE, type TextView, ViewBuilder } from "./view_builder.ts";

const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const NEWLINE = 0x0a;

/**
 * The texts with escapes, decoded once: what stands between quotes or line ends and has a backslash; and the values of JSON
 * that are worth it, since what begins a value begins no line. `null` where there are none. Does not care which side of a quote is inside a string, so a text
 * whose head was cut away is decoded as well.
 */
export function decodeEscapes(view: TextView, isWorth: (value: string) => boolean): TextView | null {
  const { text } = view;
  if (!text.includes("\\") && !text.includes('":')) return null;
  const builder = new ViewBuilder(view);
  let start = 0;
  let escaped = false;
  /** Quotes that are no boundary: a key that escapes hide goes with its value. */
  let quotesInside = 0;
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : NEWLINE;
    if (code === BACKSLASH) {
      escaped = true;
      if (quotesInside === 0 && HIDING.test(text.slice(i, i + 2))) quotesInside = QUOTES_OF_VALUE;
      // What an escape hides is no boundary; a line that ends in a backslash goes on.
      i++;
    } else if (code === QUOTE && quotesInside > 0 && (quotesInside < QUOTES_OF_VALUE || isKeyEnd(text, i))) {
      quotesInside--;
    } else if (code === QUOTE || code === NEWLINE) {
      quotesInside = 0;
      if (escaped || (code === QUOTE && isValue(text, start) && isWorth(text.slice(start, i)))) {
        decodePiece(builder, start, Math.min(i, text.length));
      }
      start = i + 1;
      escaped = false;
    }
  }
  if (escaped && start < text.length) decodePiece(builder, start, text.length);
  return builder.length === 0 ? null : builder.build();
}

/** Whether a quote that a key's colon leads to stands before. */
function isValue(text: string, start: number): boolean {
  return text.charCodeAt(start - 1) === QUOTE && /": ?"$/.test(text.slice(Math.max(0, start - 4), start));
}

/** An escape that stands for a letter. */
const HIDING = /^\\[ux]/;
/** The end of the key, the beginning of the value; the value's end is a boundary again. */
const QUOTES_OF_VALUE = 2;
const isKeyEnd = (text: string, quote: number): boolean => /^"\s{0,4}[:=]/.test(text.slice(quote, quote + 6));

const SIMPLE: ReadonlyMap<string, string> = new Map([["n", "\n"], ["r", "\r"], ["t", "\t"], ["b", " "], ["f", " "]]);

function decodePiece(builder: ViewBuilder, start: number, end: number): void {
  const { text } = builder.source;
  let copied = start;
  for (let at = text.indexOf("\\", start); at !== -1 && at < end; at = text.indexOf("\\", copied)) {
    builder.copy(copied, at);
    const escape = text[at + 1] ?? "";
    const digits = escape === "u" ? 4 : escape === "x" ? 2 : 0;
    const code = digits === 0 ? NaN : hexAt(text, at + 2, digits);
    if (!Number.isNaN(code)) {
      builder.put(String.fromCharCode(code), at);
      copied = at + 2 + digits;
    } else {
      if (escape !== "") builder.put(SIMPLE.get(escape) ?? escape, at);
      copied = at + 2;
    }
  }
  if (copied < end) builder.copy(copied, end);
  builder.put(`\n${SEPARATOR_LINE}\n`, end);
}

function hexAt(text: string, from: number, digits: number): number {
  const hex = text.slice(from, from + digits);
  return hex.length === digits && /^[0-9a-fA-F]+$/.test(hex) ? parseInt(hex, 16) : NaN;
}

const ENTITY = /&(?:quot|apos|amp|lt|gt|nbsp|#\d{1,5}|#x[0-9a-f]{1,4});/gi;
const ENTITIES: ReadonlyMap<string, string> = new Map(
  Object.entries({ "&quot;": '"', "&apos;": "'", "&amp;": "&", "&lt;": "<", "&gt;": ">", "&nbsp;": " " }),
);
/** The signs that make a structure or an address: quotes, brackets, colons, equals signs, slashes. */
const PERCENT_SIGN = /%(?:2[0267CF]|3[ABDF]|40|5[BD]|7[BD])/gi;

/** The lines with entities of HTML or XML (`&quot;`), decoded; `null` where there are none. */
export function decodeEntities(view: TextView): TextView | null {
  return view.text.includes("&") ? decodeLines(view, ENTITY, decodeEntity) : null;
}

/** The lines with signs encoded as in URLs and forms (`%22`), decoded; `null` where there are none. */
export function decodePercentSigns(view: TextView): TextView | null {
  if (!/%(?:22|27|3A|3D)/i.test(view.text)) return null;
  return decodeLines(view, PERCENT_SIGN, (sign) => String.fromCharCode(parseInt(sign.slice(1), 16)));
}

function decodeEntity(entity: string): string {
  const known = ENTITIES.get(entity.toLowerCase());
  if (known !== undefined) return known;
  const hex = /^&#x/i.test(entity);
  return String.fromCharCode(parseInt(entity.slice(hex ? 3 : 2), hex ? 16 : 10));
}

/** The lines in which `pattern` matches, with what it matches decoded. */
function decodeLines(view: TextView, pattern: RegExp, decode: (match: string) => string): TextView | null {
  const { text } = view;
  let builder: ViewBuilder | null = null;
  let copied = 0;
  let lineEnd = -1;
  for (const { index, 0: match } of text.matchAll(pattern)) {
    if (index > lineEnd) {
      endLine(builder);
      builder ??= new ViewBuilder(view);
      copied = text.lastIndexOf("\n", index) + 1;
      const newline = text.indexOf("\n", index);
      lineEnd = newline === -1 ? text.length : newline;
    }
    builder?.copy(copied, index);
    builder?.put(decode(match), index);
    copied = index + match.length;
  }
  endLine(builder);
  return builder?.build() ?? null;

  function endLine(open: ViewBuilder | null): void {
    if (open === null) return;
    open.copy(copied, lineEnd);
    open.put(`\n${SEPARATOR_LINE}\n`, lineEnd);
  }
}

/** Colours of a terminal and characters that nobody sees: they must not part a name or a token. */
const INVISIBLE = new RegExp(
  String.raw`\u001b\[[0-9;?]{0,32}[ -/]{0,4}[@-~]|` +
    String.raw`[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]`,
  "g",
);

/** The text without what nobody sees; `null` where there is no such thing. */
export function dropInvisible(view: TextView): TextView | null {
  let builder: ViewBuilder | null = null;
  let copied = 0;
  for (const match of view.text.matchAll(INVISIBLE)) {
    builder ??= new ViewBuilder(view);
    builder.copy(copied, match.index);
    copied = match.index + match[0].length;
  }
  if (builder === null) return null;
  builder.copy(copied, view.text.length);
  return builder.build();
}

/** What loggers, kubectl and container runtimes write in front of a line, with the space behind it. Sticky. */
const PREFIX = new RegExp(
  [
    String.raw`\[(?!REDACTED:)[^\]\n]{1,300}\][ \t](?!=)`, // [pod/web-0/app], [INFO], [2026-01-02 03:04:05]
    String.raw`\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?[ \t]`,
    String.raw`[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d [\w.-]{1,64} [\w./-]{1,64}(?:\[\d{1,8}\])?: `,
    String.raw`[IWEF]\d{4} \d\d:\d\d:\d\d\.\d{1,6} +\d{1,8} [\w./-]{1,128}:\d{1,6}\] `,
    String.raw`(?:stdout|stderr) [FP] `,
    String.raw`(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL)\b:?[ \t](?: {0,4}--? )?`,
    String.raw`\d{2}:\d\d:\d\d(?:[.,]\d{1,9})?[ \t]`,
  ].join("|"),
  "y",
);
/** And what docker compose writes; a cell before a bar looks like it. */
const ANY_PREFIX = new RegExp(String.raw`${PREFIX.source}|[\w.-]{1,64} {1,32}\| `, "y");
const PREFIXES_A_LINE = 6;
const SPACES_BETWEEN = 8;

/** A text in two: its lines, and what loggers put in front of them. */
interface PrefixedLines {
  readonly lines: TextView;
  readonly prefixes: TextView;
}

/**
 * The text without what loggers put in front of each line, and that; `null` where no line has such a thing. `withServices`:
 * the names of services that docker compose writes as well.
 */
export function splitPrefixes(view: TextView, withServices = true): PrefixedLines | null {
  const { text } = view;
  let builder: ViewBuilder | null = null;
  const prefixes = new ViewBuilder(view);
  let copied = 0;
  for (let start = 0; start < text.length;) {
    const end = endOfPrefixes(text, start, withServices ? ANY_PREFIX : PREFIX);
    if (end > start) {
      builder ??= new ViewBuilder(view);
      builder.copy(copied, start);
      prefixes.copy(start, end);
      prefixes.put("\n", end);
      copied = end;
    }
    const newline = text.indexOf("\n", end);
    start = newline === -1 ? text.length : newline + 1;
  }
  if (builder === null) return null;
  builder.copy(copied, text.length);
  return { lines: builder.build(), prefixes: prefixes.build() };
}

function endOfPrefixes(text: string, start: number, prefix: RegExp): number {
  let end = start;
  for (let i = 0; i < PREFIXES_A_LINE; i++) {
    // More than one space is indentation, unless another prefix follows.
    let next = end;
    while (i > 0 && next < end + SPACES_BETWEEN && text[next] === " ") next++;
    prefix.lastIndex = next;
    if (!prefix.test(text)) break;
    end = prefix.lastIndex;
  }
  return end;
}
