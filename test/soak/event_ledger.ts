import type { Event } from "../../src/wire/event.ts";
import { numberIn } from "../support/watched_event.ts";

/** What went in and what came out, by the number in each event's message. */
export interface EventLedger {
  /** A fault was made, or brought to this count. */
  made(number: number, count: number): void;
  arrived(event: Event): void;
  /** Faults made so far. */
  faults(): number;
  totals(): LedgerTotals;
}

export interface LedgerTotals {
  /** Faults that were made. */
  readonly eventsIn: number;
  /** Of these, how many arrived at least once. */
  readonly reported: number;
  readonly lost: number;
  /** Faults that happened again. */
  readonly repeatsIn: number;
  /** Of these, how many were reported with the last count. */
  readonly repeatsReported: number;
  /** Reports that came more than once. */
  readonly repeatedSameId: number;
  /** Occurrences (a fault and a count) that came under more than one id. */
  readonly repeatedOtherId: number;
  /** Reports of type `agent_gap`: where the agent itself can't exclude a loss. */
  readonly gaps: number;
}

export function createEventLedger(): EventLedger {
  const lastCount = new Map<number, number>();
  const highestReported = new Map<number, number>();
  const idOfOccurrence = new Map<string, string>();
  const ids = new Set<string>();
  let repeatedSameId = 0;
  let repeatedOtherId = 0;
  let gaps = 0;

  return {
    made: (number, count) => void lastCount.set(number, count),
    arrived(event) {
      if (event.type === "agent_gap") gaps++;
      const number = numberIn(event.message);
      if (number === null) return;
      if (ids.has(event.id)) {
        repeatedSameId++;
        return;
      }
      ids.add(event.id);
      const count = event.raw_data.count ?? 0;
      const occurrence = `${number} ${count}`;
      if (idOfOccurrence.has(occurrence)) repeatedOtherId++;
      idOfOccurrence.set(occurrence, event.id);
      highestReported.set(number, Math.max(highestReported.get(number) ?? 0, count));
    },
    faults: () => lastCount.size,
    totals() {
      const numbers = [...lastCount.keys()];
      const reported = numbers.filter((number) => highestReported.has(number)).length;
      const repeats = [...lastCount].filter(([, count]) => count > 1);
      return {
        eventsIn: numbers.length,
        reported,
        lost: numbers.length - reported,
        repeatsIn: repeats.length,
        repeatsReported: repeats.filter(([number, count]) => highestReported.get(number) === count).length,
        repeatedSameId,
        repeatedOtherId,
        gaps,
      };
    },
  };
}
