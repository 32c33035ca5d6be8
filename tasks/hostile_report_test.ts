import assert from "node:assert/strict";
import { renderHostileReport } from "./hostile_report.ts";

Deno.test("hostile report: a table in columns, then one line of JSON", () => {
  const row = {
    attack: "large-events",
    limits: "cgroup v1",
    sent: 175,
    peakBytes: 134_217_728,
    treePeakBytes: 200_000_000,
    silenceMs: 812.5,
    connectMs: 1_020,
    alive: false,
    lost: 2,
    told: 1,
    problems: ["one", "two"],
    seconds: 8.4,
  };
  const [head, first, , json] = renderHostileReport([row]).split("\n");
  assert.match(
    head ?? "",
    /^attack +sent +peak memory, MB +with commands, MB +longest silence, ms +to connect, ms +alive +lost +told +s +what must not be$/,
  );
  assert.match(first ?? "", /^large-events +175 +134 +200 +813 +1020 +NO +2 +1 +8 +one; two$/);
  assert.deepEqual(JSON.parse(json ?? ""), { hostile: [row] });
});
