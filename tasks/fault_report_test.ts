import assert from "node:assert/strict";
import { renderFaultReport } from "./fault_report.ts";

Deno.test("fault report: a table in columns, then one line of JSON", () => {
  const row = {
    scenario: "a long name",
    api: "sandbox",
    eventsIn: 100,
    reported: 99,
    lost: 1,
    told: 1,
    repeatedSameId: 0,
    repeatedOtherId: 0,
    seconds: 1.25,
  };
  const [head, first, , json] = renderFaultReport([row]).split("\n");
  assert.match(
    head ?? "",
    /^scenario {5}API server +in +reported +lost +told as a gap +repeated, same id +repeated, other id +s$/,
  );
  assert.match(first ?? "", /^a long name {2}sandbox {5}100 +99 +1 +1 +0 +0 +1\.3$/);
  assert.deepEqual(JSON.parse(json ?? ""), { faults: [row] });
});
