import assert from "node:assert/strict";
import { eventually } from "../../sandbox/eventually.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { systemClock } from "../lifecycle/clock.ts";
import { createFileStore } from "../state/file_store.ts";
import { createFaultSaver, readFaults } from "./fault_saver.ts";
import type { FaultSnapshot } from "./fault_snapshot.ts";

const FAULT: FaultSnapshot["faults"][number] = {
  rule: "oom.container.killed",
  container: "app",
  namespace: "shop",
  owner: { kind: "Deployment", name: "web" },
  severity: "high",
  opened: 1,
  reported: 2,
  incident: "5f0c6a9be3d21477",
  deaths: 1,
  members: [],
};

Deno.test("fault saver: what has changed is saved, and where nothing has no snapshot is taken", async () => {
  await using dir = await createTempDir("fault-saver");
  const store = { ...createFileStore({ path: dir.file("objects.json"), clusterId: "prod" }), intervalMs: 5 };
  const world = { snapshot: { faults: [], over: [] } as FaultSnapshot, revision: 0, captures: 0, asked: 0, may: false };
  const saver = createFaultSaver({
    store,
    clock: systemClock,
    capture() {
      world.captures++;
      return world.snapshot;
    },
    revision() {
      world.asked++;
      return world.revision;
    },
    maySave: () => world.may,
  });
  const stop = new AbortController();
  const running = saver.run(stop.signal);
  await eventually("it has looked some times", () => world.asked > 5);
  assert.equal(world.captures, 1); // what there was at the start
  world.snapshot = { faults: [FAULT], over: [] };
  world.revision++;
  const askedThen = world.asked;
  await eventually("it has looked again", () => world.asked > askedThen + 5);
  assert.deepEqual(
    await readFaults(store, stop.signal),
    { faults: [], over: [] },
    "whoever does not lead saves nothing",
  );
  world.may = true;
  await eventually("the fault is saved", async () => (await readFaults(store, stop.signal)).faults.length === 1);
  const captures = world.captures;
  const askedBefore = world.asked;
  await eventually("it has looked once more", () => world.asked > askedBefore + 5);
  assert.equal(world.captures, captures);
  stop.abort();
  await running;
});
