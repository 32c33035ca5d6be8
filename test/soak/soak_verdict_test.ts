import assert from "node:assert/strict";
import { findBrokenPromises, type MemoryTrend, readMemoryTrend } from "./soak_verdict.ts";
import type { LedgerTotals } from "./event_ledger.ts";

const FINE: LedgerTotals = {
  eventsIn: 100,
  reported: 100,
  lost: 0,
  repeatsIn: 10,
  repeatsReported: 10,
  repeatedSameId: 0,
  repeatedOtherId: 0,
  gaps: 0,
};
const EVEN: MemoryTrend = { warmUpMinutes: 1, thirds: [80, 81, 82], ratio: 1.025, highest: 90 };

Deno.test("soak verdict: a run without loss and growth keeps the promise", () => {
  assert.deepEqual(findBrokenPromises(FINE, EVEN, { running: true }), []);
});

const BROKEN: readonly { name: string; totals?: Partial<LedgerTotals>; ratio?: number; running?: boolean }[] = [
  { name: "a lost fault", totals: { lost: 1 } },
  { name: "a lost repeat", totals: { repeatsReported: 9 } },
  { name: "a copy in the stream", totals: { repeatedSameId: 1 } },
  { name: "an occurrence under two ids", totals: { repeatedOtherId: 1 } },
  { name: "memory that grew by more than a tenth", ratio: 1.11 },
  { name: "an agent that ended", running: false },
  { name: "a run without events", totals: { eventsIn: 0 } },
];
for (const { name, totals, ratio, running } of BROKEN) {
  Deno.test(`soak verdict: ${name} breaks it`, () => {
    const broken = findBrokenPromises({ ...FINE, ...totals }, { ...EVEN, ratio: ratio ?? EVEN.ratio }, {
      running: running ?? true,
    });
    assert.equal(broken.length, 1);
  });
}

Deno.test("soak verdict: the warm-up does not count, and each third is a mean", () => {
  const samples = [500, 500, 80, 90, 100, 100, 110, 120, 90, 90];
  assert.deepEqual(readMemoryTrend(samples, 10, 1), {
    warmUpMinutes: 2,
    thirds: [85, 103.3, 100],
    ratio: 1.176,
    highest: 500,
  });
});

Deno.test("soak verdict: the warm-up lasts until bounded memories are full, and half of the run at most", () => {
  const samples = [500, 500, 500, 500, 90, 90, 90, 90, 90, 90];
  assert.equal(readMemoryTrend(samples, 10, 4).ratio, 1);
  assert.equal(readMemoryTrend(samples, 10, Infinity).warmUpMinutes, 5);
});
