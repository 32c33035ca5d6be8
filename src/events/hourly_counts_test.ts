import assert from "node:assert/strict";
import { createHourlyCounts } from "./hourly_counts.ts";

const MINUTE = 60_000;

Deno.test("hourly counts: faults are counted by severity and rule, the most frequent rules first", () => {
  const counts = createHourlyCounts();
  for (let n = 0; n < 7; n++) for (let m = 0; m <= n; m++) counts.countFault("high", `rule.${n}`, 1_000);
  counts.countFault("low", "rule.6", 1_000);
  counts.countGap(1_000);
  assert.deepEqual(counts.summary(1_000), {
    faults: { critical: 0, high: 28, medium: 0, low: 1 },
    topRules: [6, 5, 4, 3, 2].map((n) => ({ rule: `rule.${n}`, count: n === 6 ? 8 : n + 1 })),
    gaps: 1,
  });
});

Deno.test("hourly counts: what is older than an hour is gone, also when nothing comes after it", () => {
  const counts = createHourlyCounts();
  counts.countFault("critical", "a", 0);
  counts.countFault("critical", "a", 30 * MINUTE);
  assert.equal(counts.summary(54 * MINUTE).faults.critical, 2);
  assert.equal(counts.summary(61 * MINUTE).faults.critical, 1);
  assert.equal(counts.summary(300 * MINUTE).faults.critical, 0);
});

Deno.test("hourly counts: rules without end take no memory without end, and every fault still counts", () => {
  const counts = createHourlyCounts();
  for (let n = 0; n < 10_000; n++) counts.countFault("low", `rule.${n}`, 0);
  assert.equal(counts.summary(0).faults.low, 10_000);
});
