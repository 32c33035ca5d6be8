import { badSigns } from "./bad_signs.ts";
import { otherSigns } from "./other_signs.ts";
import type { Sign } from "./sign.ts";

/** A sign that was found, and the place of its first word. */
export interface FoundSign {
  readonly sign: Sign;
  readonly at: number;
}

/** A good word that is denied: `not ready`, `isn't healthy`, `no longer available`. */
const NOT_GOOD: Sign = {
  id: "unknown.not_ready",
  tone: "bad",
  level: 2,
  onNormal: "reason",
  words: [],
  source: "condition types Ready and Available with status False",
};

interface Sequence {
  readonly words: readonly string[];
  readonly sign: Sign;
}

/** Sequences by their first word, the longest first. */
const SEQUENCES = new Map<string, Sequence[]>();
for (const sign of [...badSigns, ...otherSigns]) {
  for (const text of sign.words) {
    const words = text.split(" ");
    const [first = ""] = words;
    SEQUENCES.set(first, [...SEQUENCES.get(first) ?? [], { words, sign }]);
  }
}
for (const sequences of SEQUENCES.values()) sequences.sort((a, b) => b.words.length - a.words.length);

const DENIALS: ReadonlySet<string> = new Set([
  "no",
  "not",
  "non",
  "never",
  "without",
  "0",
  "zero",
  "isn't",
  "aren't",
  "wasn't",
  "weren't",
  "don't",
  "doesn't",
  "didn't",
  "cannot",
  "can't",
  "avoid",
  "prevent",
]);
/** What may stand between a denial and the word that it denies: `not yet ready`, `no longer available`. */
const BETWEEN: ReadonlySet<string> = new Set([
  "yet",
  "longer",
  "be",
  "been",
  "become",
  "fully",
  "currently",
  "a",
  "any",
  "all",
  "fatal",
  "new",
]);
/** Words some way before a failure that nobody is sure of. */
const HEDGES: ReadonlySet<string> = new Set(["possibly", "may", "might", "perhaps", "potentially", "could"]);
const HEDGE_REACH = 6;
/** Words before a failure that has not happened. */
const SUPPOSED: ReadonlySet<string> = new Set(["if", "unless"]);

/** The signs in a row of words, in their order. Linear: each word is looked up once, sequences have six words at most. */
export function findSigns(words: readonly string[], place: "reason" | "message"): FoundSign[] {
  const found: FoundSign[] = [];
  for (let at = 0; at < words.length; at++) {
    const sequence = SEQUENCES.get(words[at] ?? "")?.find((candidate) => fitsAt(candidate, words, at, place));
    if (sequence === undefined) continue;
    const sign = meantBy(sequence.sign, words, at, at + sequence.words.length);
    if (sign !== null) found.push({ sign, at });
    at += sequence.words.length - 1;
  }
  return found;
}

function fitsAt({ words: wanted, sign }: Sequence, words: readonly string[], at: number, place: string): boolean {
  if (sign.only !== undefined && sign.only !== place) return false;
  for (let next = 1; next < wanted.length; next++) if (words[at + next] !== wanted[next]) return false;
  return true;
}

/** The sign as it stands there: `no errors` is none, `not ready` is a bad one, `if it fails` has not happened. */
function meantBy(sign: Sign, words: readonly string[], at: number, end: number): Sign | null {
  if (sign.tone === "neutral") return null;
  if (isDenied(words, at)) return sign.tone === "good" || sign.tone === "recovery" ? NOT_GOOD : null;
  if (sign.tone !== "bad") return sign;
  if (SUPPOSED.has(words[at - 1] ?? "") || isHedged(words, at)) return null;
  return words[end] === "0" ? null : sign; // failed: 0
}

function isHedged(words: readonly string[], at: number): boolean {
  for (let before = Math.max(0, at - HEDGE_REACH); before < at; before++) {
    if (HEDGES.has(words[before] ?? "")) return true;
  }
  return false;
}

function isDenied(words: readonly string[], at: number): boolean {
  const before = words[at - 1] ?? "";
  return DENIALS.has(before) || (BETWEEN.has(before) && DENIALS.has(words[at - 2] ?? ""));
}
