import assert from "node:assert/strict";
import { readCheckpoint } from "../../src/events/checkpoint/read_checkpoint.ts";
import type { EventPipelineOptions } from "../../src/events/create_event_pipeline.ts";
import type { EventCheckpoint } from "../../src/events/event_checkpoint.ts";
import { createConfigMapStore } from "../../src/state/configmap_store.ts";
import { encodeState } from "../../src/state/state_store.ts";
import { CLUSTER, createMovableClock, MINUTE_MS, putFault, startEventRig } from "../support/pipeline_rig.ts";
import { openTestClient } from "../support/kube_client.ts";
import { type SandboxApi, startSandboxApi } from "../../sandbox/api/sandbox_api.ts";

const never = new AbortController().signal;
const CHECKPOINT: EventCheckpoint = { savedAtMs: 1, versions: { "/api/v1/events": "7" }, reported: [] };
const FAULTS: Partial<EventPipelineOptions> = { backlog: { kind: "all" } };

async function openConfigMapStore(api: SandboxApi) {
  const client = await openTestClient(api);
  const store = createConfigMapStore({
    key: "checkpoint.json",
    client,
    clusterId: CLUSTER,
    namespace: "agent",
    name: "place",
  });
  return { store, [Symbol.dispose]: () => client.close() };
}

Deno.test("configmap checkpoint: it is made where there is none, then patched, and read back", async () => {
  await using api = await startSandboxApi();
  using opened = await openConfigMapStore(api);
  assert.deepEqual(await opened.store.read(never), { kind: "none" });
  await opened.store.write({ ...CHECKPOINT, savedAtMs: 0 }, never);
  await opened.store.write(CHECKPOINT, never);
  assert.deepEqual(await readCheckpoint(opened.store, never), CHECKPOINT);
  assert.deepEqual([api.requests("create", "configmaps"), api.requests("patch", "configmaps")], [1, 1]);
  assert.deepEqual(api.store.get("configmaps", "agent", "place")?.metadata.labels, {
    "app.kubernetes.io/managed-by": "agent",
  });
});

Deno.test("configmap checkpoint: what somebody else keeps in the ConfigMap stays", async () => {
  await using api = await startSandboxApi();
  using opened = await openConfigMapStore(api);
  api.store.put("configmaps", { metadata: { name: "place", namespace: "agent" }, data: { other: "kept" } });
  assert.deepEqual(await opened.store.read(never), { kind: "none" });
  await opened.store.write(CHECKPOINT, never);
  assert.deepEqual(api.store.get("configmaps", "agent", "place")?.data, {
    other: "kept",
    "checkpoint.json": encodeState(CLUSTER, CHECKPOINT),
  });
});

const UNUSABLE: readonly { readonly name: string; readonly given: unknown }[] = [
  { name: "no JSON", given: { "checkpoint.json": "{" } },
  { name: "another cluster's", given: { "checkpoint.json": encodeState("staging", CHECKPOINT) } },
  { name: "of another form", given: { "checkpoint.json": encodeState(CLUSTER, { versions: [] }) } },
  { name: "no text", given: { "checkpoint.json": 7 } },
  { name: "in a ConfigMap without data", given: null },
];

for (const { name, given } of UNUSABLE) {
  Deno.test(`configmap checkpoint: one that is ${name} starts without one`, async () => {
    await using api = await startSandboxApi();
    using opened = await openConfigMapStore(api);
    api.store.put("configmaps", { metadata: { name: "place", namespace: "agent" }, data: given });
    assert.equal(await readCheckpoint(opened.store, never), null);
  });
}

Deno.test("configmap checkpoint: without the permission reading starts without one and writing rejects", async () => {
  await using api = await startSandboxApi();
  using opened = await openConfigMapStore(api);
  api.forbid("get", "configmaps");
  api.forbid("patch", "configmaps");
  assert.equal(await readCheckpoint(opened.store, never), null);
  await assert.rejects(opened.store.write(CHECKPOINT, never), { status: 403 });
});

interface Row {
  readonly name: string;
  /** Pods that crash, in this order, while the first agent watches. */
  readonly crash: readonly string[];
  /** The pods whose reports the bus acknowledges before the agent dies. */
  readonly acknowledged: readonly string[];
  /** What the second agent reports: everything that was not acknowledged, and nothing that was. */
  readonly want: readonly string[];
  /** The server forgets its history while no agent runs. */
  readonly compacted?: boolean;
}

const RESTARTS: readonly Row[] = [
  { name: "everything was acknowledged", crash: ["a", "b", "c"], acknowledged: ["a", "b", "c"], want: [] },
  { name: "nothing was acknowledged", crash: ["a", "b", "c"], acknowledged: [], want: ["a", "b", "c"] },
  { name: "the first was not acknowledged", crash: ["a", "b", "c"], acknowledged: ["b", "c"], want: ["a"] },
  { name: "one in the middle was not", crash: ["a", "b", "c"], acknowledged: ["a", "c"], want: ["b"] },
  { name: "the last was not", crash: ["a", "b", "c"], acknowledged: ["a", "b"], want: ["c"] },
  {
    name: "one in the middle was not, and the server forgot its history",
    crash: ["a", "b", "c"],
    acknowledged: ["a", "c"],
    want: ["b"],
    compacted: true,
  },
];

for (const { name, crash, acknowledged, want, compacted } of RESTARTS) {
  Deno.test(`checkpoint: a restart after ${name}`, async () => {
    await using api = await startSandboxApi();
    putFault(api, { pod: "listed" });
    const clock = createMovableClock();
    const first = await startEventRig(api, clock, FAULTS);
    await first.watching();
    first.acknowledge();
    for (const pod of crash) putFault(api, { pod });
    await first.caughtUp();
    first.acknowledge("listed", ...acknowledged);
    const checkpoint = JSON.parse(JSON.stringify(first.pipeline.capture()));
    const ids = new Map(first.reported().map(({ labels, id }) => [labels.name, id]));
    await first[Symbol.asyncDispose]();
    putFault(api, { pod: "while-away" });
    if (compacted) api.store.compact();

    await using second = await startEventRig(api, clock, { ...FAULTS, checkpoint });
    await second.watching();
    await second.caughtUp();
    const again = second.reported();
    assert.deepEqual(again.map(({ labels }) => labels.name), [...want, "while-away"]);
    for (const { labels, id } of again.slice(0, -1)) assert.equal(id, ids.get(labels.name), "a copy has the same id");
  });
}

Deno.test("checkpoint: the unacknowledged reports of a list are reported again", async () => {
  await using api = await startSandboxApi();
  for (const pod of ["a", "b"]) putFault(api, { pod });
  const clock = createMovableClock();
  const first = await startEventRig(api, clock, FAULTS);
  await first.watching();
  await first.caughtUp();
  first.acknowledge("a");
  const checkpoint = first.pipeline.capture();
  await first[Symbol.asyncDispose]();
  await using second = await startEventRig(api, clock, { ...FAULTS, checkpoint });
  await second.caughtUp();
  assert.deepEqual(second.reported().map(({ labels }) => labels.name), ["b"]);
});

Deno.test("checkpoint: a repeat that was held when the agent died is reported at its window's end", async () => {
  await using api = await startSandboxApi();
  const clock = createMovableClock();
  const first = await startEventRig(api, clock, FAULTS);
  await first.watching();
  for (const count of [1, 2, 3]) putFault(api, { pod: "a", count });
  await first.caughtUp();
  first.acknowledge();
  const checkpoint = first.pipeline.capture();
  await first[Symbol.asyncDispose]();
  await using second = await startEventRig(api, clock, { ...FAULTS, checkpoint });
  await second.watching();
  await second.caughtUp();
  assert.deepEqual(second.reported(), []);
  clock.advance(MINUTE_MS);
  const repeat = await second.report("the repeat", ({ labels }) => labels.name === "a");
  assert.equal(repeat.raw_data.count, 3);
});

Deno.test("checkpoint: one that is older than events are kept is told as a gap", async () => {
  await using api = await startSandboxApi();
  const checkpoint = { ...CHECKPOINT, savedAtMs: Date.now() - 61 * MINUTE_MS };
  await using rig = await startEventRig(api, createMovableClock(), { checkpoint });
  const gap = await rig.report("the gap", ({ type }) => type === "agent_gap");
  assert.equal(gap.reason, "CheckpointTooOld");
});

Deno.test("checkpoint: one that is old because its reports were never confirmed is told as a gap", async () => {
  await using api = await startSandboxApi();
  const clock = createMovableClock();
  const first = await startEventRig(api, clock, FAULTS);
  await first.watching();
  putFault(api, { pod: "stuck" });
  await first.caughtUp();
  clock.advance(61 * MINUTE_MS);
  putFault(api, { pod: "fine" });
  await first.report("the second", ({ labels }) => labels.name === "fine");
  first.acknowledge("fine"); // the memory of reports moves on, the safe version does not
  const checkpoint = first.pipeline.capture();
  await first[Symbol.asyncDispose]();
  await using second = await startEventRig(api, clock, { ...FAULTS, checkpoint });
  const gap = await second.report("the gap", ({ type }) => type === "agent_gap");
  assert.equal(gap.reason, "CheckpointTooOld");
});

Deno.test("checkpoint: the cluster was restored while no agent ran: what is new is reported once, and a gap", async () => {
  await using api = await startSandboxApi();
  const clock = createMovableClock();
  const first = await startEventRig(api, clock, FAULTS);
  await first.watching();
  putFault(api, { pod: "kept" });
  await first.caughtUp();
  const backup = api.store.backup();
  for (const pod of ["gone-a", "gone-b", "gone-c"]) putFault(api, { pod });
  await first.caughtUp();
  first.acknowledge();
  const checkpoint = first.pipeline.capture();
  await first[Symbol.asyncDispose]();
  api.store.restore(backup);
  putFault(api, { pod: "new" });
  assert.ok(api.store.version() < Number(checkpoint.versions["/api/v1/events"]));

  await using second = await startEventRig(api, clock, { ...FAULTS, checkpoint });
  await second.report("the gap", ({ reason }) => reason === "VersionsWentBack");
  await second.caughtUp();
  putFault(api, { pod: "later" });
  await second.caughtUp();
  const faults = second.reported().filter(({ type }) => type !== "agent_gap");
  assert.deepEqual(faults.map(({ labels }) => labels.name), ["new", "later"]);
  second.acknowledge();
  assert.equal(second.pipeline.capture().versions["/api/v1/events"], String(api.store.version()));
});

Deno.test("checkpoint: the cluster was restored under a running agent: what is new is reported once, and a gap", async () => {
  await using api = await startSandboxApi();
  await using rig = await startEventRig(api, createMovableClock(), FAULTS);
  await rig.watching();
  putFault(api, { pod: "kept" });
  await rig.caughtUp();
  const backup = api.store.backup();
  for (const pod of ["gone-a", "gone-b", "gone-c"]) putFault(api, { pod });
  await rig.caughtUp();
  rig.acknowledge();
  api.store.restore(backup);
  putFault(api, { pod: "new" });
  api.cutConnections();
  await rig.report("the gap", ({ reason }) => reason === "VersionsWentBack");
  await rig.caughtUp();
  const names = rig.reported().filter(({ type }) => type !== "agent_gap").map(({ labels }) => labels.name);
  assert.deepEqual(names, ["kept", "gone-a", "gone-b", "gone-c", "new"]);
});

Deno.test("checkpoint: a gap that nobody was told of before the end is told by the next process, once", async () => {
  await using api = await startSandboxApi();
  const clock = createMovableClock();
  const first = await startEventRig(api, clock, FAULTS);
  await first.watching();
  putFault(api, { pod: "lost" });
  await first.caughtUp();
  first.lose("lost");
  await first.report("the gap", ({ type }) => type === "agent_gap"); // put, and never confirmed
  const checkpoint = JSON.parse(JSON.stringify(first.pipeline.capture()));
  await first[Symbol.asyncDispose]();

  const second = await startEventRig(api, clock, { ...FAULTS, checkpoint });
  const gap = await second.report("the gap", ({ type }) => type === "agent_gap");
  assert.deepEqual([gap.reason, gap.raw_data.count], ["OutboxOverflow", 1]);
  second.acknowledge();
  assert.equal(second.pipeline.capture().gaps, undefined);
  await second[Symbol.asyncDispose]();
});
