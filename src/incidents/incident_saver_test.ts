import assert from "node:assert/strict";
import { eventually } from "../../sandbox/eventually.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { createIncidentRig, faultOf } from "../../test/support/incident_rig.ts";
import { systemClock } from "../lifecycle/clock.ts";
import { createFileStore } from "../state/file_store.ts";
import { createIncidentSaver, readIncidents } from "./incident_saver.ts";
import { takeSnapshot } from "./incident_snapshot.ts";

Deno.test("incident saver: each change of the store is saved, and where there is none no snapshot is taken", async () => {
  await using dir = await createTempDir("incident-saver");
  const rig = createIncidentRig();
  const store = { ...createFileStore({ path: dir.file("incidents.json"), clusterId: "prod" }), intervalMs: 5 };
  let captures = 0;
  let looks = 0;
  const saver = createIncidentSaver({
    store,
    clock: systemClock,
    capture() {
      captures++;
      return takeSnapshot(rig.store.all());
    },
    revision() {
      looks++;
      return rig.store.revision();
    },
    maySave: () => true,
  });
  const stop = new AbortController();
  const running = saver.run(stop.signal);
  const kept = async () => (await readIncidents(store, stop.signal)).map(({ reports }) => reports);
  const fault = { kind: "object", faultKey: "oom" } as const;
  const { incident } = rig.store.open(faultOf(rig, fault));
  await eventually("one is opened", async () => (await kept())[0] === 1);
  rig.store.open(faultOf(rig, fault));
  await eventually("it is reported again", async () => (await kept())[0] === 2);
  const before = { captures, looks };
  await eventually("it has looked some times", () => looks > before.looks + 5);
  assert.equal(captures, before.captures);
  const end = {
    incidentKey: incident.key,
    faultKey: "oom",
    by: "gone",
    proof: "deleted",
    endedAtMs: rig.nowMs,
  } as const;
  assert.equal(rig.store.end(end)?.kind, "resolved");
  await eventually("it has ended", async () => (await kept()).length === 0);
  stop.abort();
  await running;
});
