import type { Severity } from "../../wire/severity.ts";
import type { ClusterEvent } from "../cluster_event.ts";
import { boundedText } from "../matched_text.ts";
import { badSigns } from "./bad_signs.ts";
import { findSigns, type FoundSign } from "./find_signs.ts";
import { isBatch, objectWeight } from "./object_weight.ts";
import { readStates, type StateChange } from "./state_changes.ts";
import { messageWords, reasonWords } from "./to_words.ts";

/** What the signs make of an event that no rule knows. */
export type SignGrade =
  | {
    readonly kind: "graded";
    readonly severity: Severity;
    /** The ids of the signs that counted, the worst first; none for a Warning that says nothing. */
    readonly signs: readonly string[];
  }
  /** A Normal event without a clear bad sign. */
  | { readonly kind: "ignored" };

const IGNORED: SignGrade = { kind: "ignored" };
const LOW: SignGrade = { kind: "graded", severity: "low", signs: [] };
const SEVERITIES: readonly Severity[] = ["low", "low", "medium", "high", "critical"];
/** The report names so many signs at most. */
const SIGN_LIMIT = 8;

/**
 * What a message of a Normal event must hold to be read: a change of state, or the beginning of a sign that counts there.
 * Nearly every event of a cluster is a Normal one that no rule knows, and ends here.
 */
const WORTH_READING = new RegExp(
  `->|→|is now|changed|status|(?:condition|state|phase|result)[:=]|${
    badSigns.filter(({ onNormal }) => onNormal === "anywhere").flatMap(({ words }) => words.map(asPattern)).join("|")
  }`,
  "i",
);

/** `data loss`, `data-loss` and `DataLoss`. */
function asPattern(words: string): string {
  return words.replaceAll(" ", "[\\s_-]?");
}

/**
 * Grades an event that no rule knows by what its words say. Pure. A Warning is never ignored; without a bad sign, or with
 * good ones alone, it is low. A Normal event counts when a sign is clear enough for that. Linear in the event's texts.
 */
export function gradeBySigns(event: ClusterEvent): SignGrade {
  const isNormal = event.type !== "Warning";
  const inReason = signsOfReason(event.reason);
  if (isNormal && !inReason.some(countsInReason) && !WORTH_READING.test(event.message)) return IGNORED;
  const states = readStates(boundedText(event.message));
  const inMessage = findSigns(messageWords(states.rest, namesOf(event)), "message");
  const bad = badOnes(inReason, inMessage, states.changes, isNormal);
  if (bad.length === 0) return isNormal ? IGNORED : LOW;
  const worst = bad.reduce((a, b) => b.level > a.level ? b : a);
  const waits = !inReason.some(isBad);
  const passing = worst.level < 3 &&
    inMessage.some(({ sign: { tone } }) => tone === "mild" || (tone === "waiting" && waits));
  const weight = passing ? 0 : objectWeight(event);
  const weighed = passing ? 1 : worst.level + (weight === 1 && worst.level === 3 ? (worst.dire ? 1 : 0) : weight);
  const level = isBatch(event) ? Math.min(weighed, 2) : weighed;
  const ids = new Set([worst.id, ...bad.map(({ id }) => id)]);
  return { kind: "graded", severity: SEVERITIES[level] ?? "low", signs: [...ids].slice(0, SIGN_LIMIT) };
}

interface BadSign {
  readonly id: string;
  readonly level: number;
  readonly dire: boolean;
}

/** The bad signs that count, those of the reason first. */
function badOnes(
  inReason: readonly FoundSign[],
  inMessage: readonly FoundSign[],
  changes: readonly StateChange[],
  isNormal: boolean,
): readonly BadSign[] {
  const told = changes.flatMap(({ id, meaning }) =>
    typeof meaning === "number" ? [{ id, level: meaning, dire: false }] : []
  );
  const better = told.length === 0 && changes.some(({ meaning }) => meaning === "better");
  const ofReason = isOver(inReason) ? [] : inReason.filter(isBad);
  const words = inMessage.filter(isBad);
  if (isNormal) {
    if (better || [...inReason, ...inMessage].some(isRecovery)) return told;
    const clear = [
      ...ofReason.filter(countsInReason),
      ...words.filter(({ sign }) => sign.onNormal === "anywhere"),
    ];
    return [...clear.map(badSign), ...told];
  }
  const over = isOver(inReason) || (ofReason.length === 0 && (better || endsWell(inMessage)));
  return [...[...ofReason, ...(over ? [] : words)].map(badSign), ...told];
}

const isBad = ({ sign }: FoundSign) => sign.tone === "bad";
const isRecovery = ({ sign }: FoundSign) => sign.tone === "recovery";
const badSign = ({ sign: { id, level, dire } }: FoundSign): BadSign => ({ id, level, dire: dire === true });
const countsInReason = ({ sign }: FoundSign) => sign.tone === "bad" && sign.onNormal !== undefined;

/** Whether a reason says that something bad has ended, or did not come: `DegradedResolved`, `SuccessfulDelete`. */
function isOver(signs: readonly FoundSign[]): boolean {
  return [signs.at(0), signs.at(-1)].some((found) => found !== undefined && isRecovery(found));
}

/** Whether what went well comes after all that went wrong. */
function endsWell(signs: readonly FoundSign[]): boolean {
  const last = signs.findLast((found) => isBad(found) || isRecovery(found));
  return last !== undefined && isRecovery(last);
}

/** The names that the event itself gives: the object's and its container's are no words of the message. */
function namesOf({ involvedObject: { name, fieldPath } }: ClusterEvent): ReadonlySet<string> {
  const container = /\{([^}]*)\}$/.exec(fieldPath)?.[1];
  return new Set(container === undefined ? [name] : [name, container]);
}

/** Signs of reasons: a cluster has some hundred reasons, and says them all day. */
const known = new Map<string, readonly FoundSign[]>();
const KNOWN_LIMIT = 1_024;

function signsOfReason(reason: string): readonly FoundSign[] {
  const before = known.get(reason);
  if (before !== undefined) return before;
  if (known.size >= KNOWN_LIMIT) known.clear();
  const found = findSigns(reasonWords(reason), "reason");
  known.set(reason, found);
  return found;
}
