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

/** What was looked for and is not there: `no backup location found`, and a reason like `NoAPIKey`. */
const NONE_OF_IT: Sign = {
  id: "unknown.missing",
  tone: "bad",
  level: 2,
  words: [],
  source: "cluster-api providers: NoLoadBalancerFound, NoAPIKey",
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

/** How many words a noun with its adjectives may have: `no load balancer address available`. */
const NOUN_REACH = 4;
/** Where a noun ends. */
const VERBS: ReadonlySet<string> = new Set(["is", "are", "was", "were", "has", "have", "and", "but", "or", "all", "·"]);
/** Of these none is what everybody wants. */
const BEST_NONE: ReadonlySet<string> = new Set(["op", "change", "changes", "update", "updates", "action", "more"]);

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
  const isNoneOf = place === "reason" && words[0] === "no" && words.length > 1 && !BEST_NONE.has(words[1] ?? "");
  return isNoneOf && found.length === 0 && !words.some(isBadWord) ? [{ sign: NONE_OF_IT, at: 0 }] : found;
}

function isBadWord(word: string): boolean {
  return SEQUENCES.get(word)?.some(({ words, sign }) => words.length === 1 && sign.tone === "bad") === true;
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
  if (sign.tone === "good" && isNoneOfIt(words, at)) return sign.id === "unknown.found" ? NONE_OF_IT : NOT_GOOD;
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

/** Whether the noun before a good word is denied: `no address pool available`, but not `no errors found`. */
function isNoneOfIt(words: readonly string[], at: number): boolean {
  for (let before = at - 1; before >= Math.max(0, at - 1 - NOUN_REACH); before--) {
    const word = words[before] ?? "";
    if (word === "no") return at - before > 1;
    if (VERBS.has(word) || BEST_NONE.has(word) || isBadWord(word)) return false;
  }
  return false;
}

function isDenied(words: readonly string[], at: number): boolean {
  const before = words[at - 1] ?? "";
  return DENIALS.has(before) || (BETWEEN.has(before) && DENIALS.has(words[at - 2] ?? ""));
}
