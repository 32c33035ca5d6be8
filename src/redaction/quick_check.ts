import { isHintAt } from "./hint_finder.ts";
import { NAME_FRAGMENTS } from "./secret_name.ts";
import { LONG_RUN } from "./token_pattern.ts";
import { TOKEN_PATTERNS } from "./token_patterns.ts";

/** What none of the tables says: heads of keys, PEM in base64, copies of objects, escapes that hide letters. */
const OTHER_HINTS = [
  "://",
  "%3a%2f%2f",
  "begin ",
  "end ",
  "ls0tls1crudjti",
  "last-applied",
  "stringdata",
  "private-lines",
  "\\u0",
  "\\x",
];
/** Hints that are everywhere, and what must come after each. */
const COMPANIONS: ReadonlyMap<string, string> = new Map([
  ["://", "@"],
  ["%3a%2f%2f", "%40"],
  ["lookup ", "@"],
  ["connect to ", "@"],
  ["connecting to ", "@"],
]);

/** Classes of characters: letters that are hexadecimal digits, other letters, digits. */
const HEX = 1;
const LETTER = 2;
const DIGIT = 4;
const CLASSES = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
  const char = String.fromCharCode(code);
  if (/[a-f]/.test(char)) CLASSES[code] = HEX;
  else if (/[A-Za-z]/.test(char)) CLASSES[code] = LETTER;
  else if (/\d/.test(char)) CLASSES[code] = DIGIT;
}
const RANDOM = LETTER | DIGIT;
/** Words that are written together are shorter, whatever they are made of. */
const LONGEST_WORD = 60;
const ESCAPE = 0x1b;
const FIRST_INVISIBLE = 0xad;

/**
 * Makes a function that tells in one pass, about a nanosecond a character, whether a text may hold a secret: it looks up
 * each three characters in a table, and a hint whole where they begin one. It never says no where the rules find something.
 */
export function createQuickCheck(pieces: readonly string[]): (text: string) => boolean {
  const hints = [
    ...NAME_FRAGMENTS,
    ...TOKEN_PATTERNS.flatMap((pattern) => pattern.hints),
    ...OTHER_HINTS,
    ...pieces,
  ];
  const begins = new Uint8Array(1 << 15);
  const byBeginning = new Map<number, string[]>();
  for (const hint of new Set(hints.map((text) => text.toLowerCase()))) {
    const code = ((hint.charCodeAt(0) & 31) << 10) | ((hint.charCodeAt(1) & 31) << 5) | (hint.charCodeAt(2) & 31);
    begins[code] = 1;
    byBeginning.set(code, [...byBeginning.get(code) ?? [], hint]);
  }

  return (text) => {
    let three = 0;
    let run = 0;
    let kinds = 0;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      three = ((three << 5) | (code & 31)) & 0x7fff;
      if (begins[three] === 1 && i >= 2 && hasHint(text, i - 2, byBeginning.get(three))) return true;
      const kind = code < 128 ? CLASSES[code] ?? 0 : 0;
      if (kind === 0) {
        if (code === ESCAPE || code >= FIRST_INVISIBLE) return true;
        run = 0;
        kinds = 0;
      } else {
        kinds |= kind;
        if (++run >= LONG_RUN && ((kinds & RANDOM) === RANDOM || run >= LONGEST_WORD)) return true;
      }
    }
    return false;
  };
}

function hasHint(text: string, at: number, hints: readonly string[] | undefined): boolean {
  for (const hint of hints ?? []) if (isHintAt(text, at, hint) && isWithCompanion(text, at, hint)) return true;
  return false;
}

function isWithCompanion(text: string, at: number, hint: string): boolean {
  const companion = COMPANIONS.get(hint);
  return companion === undefined || text.includes(companion, at);
}
