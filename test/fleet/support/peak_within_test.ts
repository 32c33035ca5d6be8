import assert from "node:assert/strict";
import { peakWithin } from "./peak_within.ts";

const ROWS: readonly { name: string; times: readonly number[]; want: number }[] = [
  { name: "no times", times: [], want: 0 },
  { name: "one", times: [5], want: 1 },
  { name: "a window does not hold its end", times: [0, 500, 1_000], want: 1 },
  { name: "a window across two halves", times: [400, 450, 550, 600, 2_000], want: 4 },
  { name: "in no order", times: [900, 100, 950, 999], want: 3 },
];

for (const { name, times, want } of ROWS) {
  Deno.test(`peak within half a second: ${name}`, () => assert.equal(peakWithin(times, 500), want));
}
