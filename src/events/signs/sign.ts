/**
 * What a word or a change of state says of an event that no rule knows. `bad` counts as its level. `mild` says that a
 * failure is one of those that pass by themselves, and `waiting` says so of one that only the message knows. `good` is the opposite of bad, and `recovery` undoes what is bad beside
 * it. `neutral` takes words away from signs that would read them wrongly: nothing is down that scales down.
 */
type Tone = "bad" | "mild" | "waiting" | "good" | "recovery" | "neutral";

/** How bad a sign is by itself, before the object is looked at. */
export type SignLevel = 1 | 2 | 3;

/** One sign: words that mean the same. */
export interface Sign {
  /** Below `unknown.`, and stable: central programs count by it. */
  readonly id: string;
  readonly tone: Tone;
  /** 1 is low, 2 medium, 3 high. */
  readonly level: SignLevel;
  /** Words in lower case, or several that follow each other, as `toWords` gives them. */
  readonly words: readonly string[];
  /** Only in the reason, or only in the message; absent: in both. */
  readonly only?: "reason" | "message";
  /** Where it counts in an event of type Normal too; absent: nowhere. */
  readonly onNormal?: "reason" | "anywhere";
  /** Data or the control plane are at stake: critical where the object carries others. */
  readonly dire?: true;
  /** Where writers use it so. */
  readonly source: string;
}
