import assert from "node:assert/strict";
import { type FleetRow, isKept, renderFleetReport } from "./fleet_report.ts";

const ROW: FleetRow = {
  scenario: "fan-out",
  figure: "all answered",
  clusters: 1_000,
  value: 0.5,
  unit: "s",
  bare: null,
  goal: { atMost: 1 },
};

const CASES: readonly { name: string; row: Partial<FleetRow>; slack?: number; want: boolean }[] = [
  { name: "below its bound", row: {}, want: true },
  { name: "at its bound", row: { value: 1 }, want: true },
  { name: "above its bound", row: { value: 1.01 }, want: false },
  { name: "above its bound, on a machine that is given more time", row: { value: 4 }, slack: 5, want: true },
  { name: "a count, which no slow machine excuses", row: { unit: "", value: 4 }, slack: 5, want: false },
  { name: "exactly what it must be", row: { unit: "", value: 0, goal: { exactly: 0 } }, want: true },
  { name: "less than it must be", row: { unit: "", value: 2, goal: { exactly: 3 } }, slack: 5, want: false },
  { name: "not to be had", row: { value: null }, want: false },
  { name: "not to be had, and nothing promised", row: { value: null, goal: null }, want: true },
];

for (const { name, row, slack, want } of CASES) {
  Deno.test(`fleet report: a figure ${name} is ${want ? "kept" : "missed"}`, () => {
    assert.equal(isKept({ ...ROW, ...row }, slack), want);
  });
}

Deno.test("fleet report: the table tells what was missed", () => {
  const text = renderFleetReport([ROW, { ...ROW, figure: "copies", value: 2, unit: "", goal: { exactly: 0 } }]);
  assert.match(text, /fan-out +1000 +all answered +0\.50 +s +- +<= 1 +kept/);
  assert.match(text, /copies +2 +- +0 +MISSED/);
});
