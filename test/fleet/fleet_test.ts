import assert from "node:assert/strict";
import { isKept, recordFleetRow } from "../../tasks/fleet_report.ts";
import { FLEET_SCENARIOS } from "./scenario/scenarios.ts";
import { openFleetRig } from "./support/fleet_rig.ts";

/** The short form of `deno task fleet:sim`: what must hold at any size, with beats that come fast. */
const CLUSTERS = 200;
const HEARTBEAT_MS = 2_000;
/** A machine that does other things too gets more time for the same; what is lost or wrong has no such excuse. */
const SLACK = 5;

Deno.test("fleet: 200 clusters keep what a fleet promises", async (t) => {
  await using rig = await openFleetRig({ clusters: CLUSTERS, tls: true, heartbeatMs: HEARTBEAT_MS });
  for (const { name, play } of FLEET_SCENARIOS) {
    await t.step(name, async () => {
      const figures = await play(rig, { steadyMs: 5_000, pauseMs: 3_000, runs: 1, historyEach: 10 });
      const rows = figures.map((each) => ({ scenario: name, clusters: CLUSTERS, ...each }));
      for (const row of rows) await recordFleetRow(row);
      assert.deepEqual(rows.filter((row) => !isKept(row, SLACK)), []);
    });
  }
});
