import type { LedgerTotals } from "./event_ledger.ts";

/** Resident megabytes over the run: means of the thirds that follow the warm-up. */
export interface MemoryTrend {
  readonly warmUpMinutes: number;
  readonly thirds: readonly [number, number, number];
  /** The last third over the first. */
  readonly ratio: number;
  readonly highest: number;
}

/** What memory may grow by between the first and the last third. */
const GROWTH_LIMIT = 1.1;
/** The share of the run that is warm-up at the least and at the most. */
const WARM_UP_SHARE = { least: 0.2, most: 0.5 };

/**
 * Reads a trend from samples taken at even intervals, of which there must be some. The warm-up lasts until the agent's
 * bounded memories are full, which they were after `fullMinutes` (Infinity: never): until then memory is meant to grow.
 */
export function readMemoryTrend(samples: readonly number[], minutes: number, fullMinutes: number): MemoryTrend {
  const warmUpMinutes = Math.min(Math.max(minutes * WARM_UP_SHARE.least, fullMinutes), minutes * WARM_UP_SHARE.most);
  const warm = samples.slice(Math.floor(samples.length * warmUpMinutes / minutes));
  const third = (number: number) =>
    warm.slice(Math.floor(warm.length * number / 3), Math.floor(warm.length * (number + 1) / 3));
  const mean = (values: readonly number[]) =>
    round(values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length), 1);
  const thirds = [mean(third(0)), mean(third(1)), mean(third(2))] as const;
  return {
    warmUpMinutes: round(warmUpMinutes, 1),
    thirds,
    ratio: thirds[0] === 0 ? 0 : round(thirds[2] / thirds[0], 3),
    highest: samples.reduce((highest, sample) => Math.max(highest, sample), 0),
  };
}

/** What of the promise was broken, in words; empty when it was kept. */
export function findBrokenPromises(
  totals: LedgerTotals,
  memory: MemoryTrend,
  agent: { readonly running: boolean },
): readonly string[] {
  const broken: string[] = [];
  if (!agent.running) broken.push("the agent ended by itself");
  if (totals.eventsIn === 0) broken.push("no event was made");
  if (totals.lost > 0) broken.push(`${totals.lost} of ${totals.eventsIn} faults were never reported`);
  const repeatsLost = totals.repeatsIn - totals.repeatsReported;
  if (repeatsLost > 0) broken.push(`${repeatsLost} of ${totals.repeatsIn} repeats were never reported`);
  if (totals.repeatedOtherId > 0) broken.push(`${totals.repeatedOtherId} occurrences came under another id`);
  if (totals.repeatedSameId > 0) broken.push(`${totals.repeatedSameId} copies are in the stream`);
  if (memory.ratio > GROWTH_LIMIT) broken.push(`memory grew by ${round((memory.ratio - 1) * 100, 1)} %`);
  return broken;
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
