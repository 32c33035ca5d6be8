import type { RedactionRule } from "./redaction.ts";

/** A shape that secrets have wherever they stand. Group 1 is kept, what follows it is cut out. */
export interface TokenPattern {
  readonly rule: RedactionRule;
  /**
   * One of these must be in a text that the pattern matches (lower case, three characters at least): spares most texts the
   * search. None: the pattern needs a long run of letters and digits (`LONG_RUN`).
   */
  readonly hints: readonly string[];
  readonly pattern: RegExp;
}

/** A run of letters and digits so long, of more than hexadecimal digits, is worth a look: keys without a beginning of their own. */
export const LONG_RUN = 20;

/** The most turns that a repetition takes. */
const TURNS = 65_536;

/** The end of a match: where it ended, or the end of the word when it ran into the bound of a repetition. */
export function endOfMatch(text: string, match: RegExpExecArray): number {
  const end = match.index + match[0].length;
  return match[0].length < TURNS ? end : endOfWord(text, end);
}

/** The index of the next white space or quote. */
export function endOfWord(text: string, from: number): number {
  END_OF_WORD.lastIndex = from;
  return END_OF_WORD.exec(text)?.index ?? text.length;
}

const END_OF_WORD = /[\s"'`\\]/g;
