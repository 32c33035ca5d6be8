import assert from "node:assert/strict";
import { createCheckpointSaver } from "../../src/events/checkpoint/checkpoint_saver.ts";
import { createConfigMapStore } from "../../src/state/configmap_store.ts";
import { createCoreDelivery } from "../../src/bus/deliver_core.ts";
import { startSandboxApi } from "../../sandbox/api/sandbox_api.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { startNatsServer } from "../../sandbox/nats_server.ts";
import { startBusRig } from "../support/bus_rig.ts";
import { collectNats } from "../support/collect_nats.ts";
import { probeCommand, startCommandHarness } from "../support/command_harness.ts";
import { openTestClient } from "../support/kube_client.ts";
import { CLUSTER, createMovableClock, putFault, startEventRig } from "../support/pipeline_rig.ts";

const never = new AbortController().signal;

Deno.test("leading: what waits for the bus when the lead is lost is handed over, but for results", async () => {
  await using server = await startNatsServer();
  await using heard = await collectNats(server.url, ["agent.>"]);
  let leads = true;
  await using rig = startBusRig(server.url, { mayPublish: () => leads });
  await rig.connected();
  await rig.put("e1");
  await rig.left(1);
  leads = false;
  await rig.put("e2");
  await rig.put("m1", { kind: "metrics", subject: "agent.metrics.prod" });
  await rig.put("r1", { kind: "result", subject: "agent.result.prod" });
  await rig.left(4);
  assert.deepEqual([...rig.settled].sort(), ["e1 delivered", "e2 handed_over", "m1 handed_over", "r1 delivered"]);
  assert.deepEqual(heard.messages.map(({ subject }) => subject), ["agent.event.prod", "agent.result.prod"]);
  leads = true;
  await rig.put("e3");
  await eventually("it goes out again", () => rig.settled.includes("e3 delivered"));
});

Deno.test("leading: a stop while the bus is away waits for nothing, and hands over", async () => {
  const rig = startBusRig("nats://127.0.0.1:9", { mayPublish: () => true, drainMs: 60_000 });
  await rig.put("e1");
  await rig[Symbol.asyncDispose]();
  assert.deepEqual(rig.settled, ["e1 handed_over"]);
});

Deno.test("leading: messages carry the epoch of the present term", async () => {
  await using server = await startNatsServer();
  await using heard = await collectNats(server.url, ["agent.event.prod"]);
  let epoch: string | null = null;
  await using rig = startBusRig(server.url, { deliver: createCoreDelivery(() => epoch) });
  await rig.connected();
  for (const [id, term] of [["e1", null], ["e2", "41"], ["e3", "97"]] as const) {
    epoch = term;
    await rig.put(id);
    await eventually(`${id} is delivered`, () => rig.settled.includes(`${id} delivered`));
  }
  await rig.put("e4", { headers: { "X-Own": "kept" } });
  await eventually("e4 is delivered", () => rig.settled.includes("e4 delivered"));
  assert.deepEqual(heard.messages.map(({ headers }) => headers["Agent-Epoch"]), [undefined, "41", "97", "97"]);
  assert.equal(heard.messages.at(-1)?.headers["X-Own"], "kept");
});

Deno.test("leading: a watch that may not report takes nothing in, and its place stays", async () => {
  await using api = await startSandboxApi();
  let leads = true;
  await using rig = await startEventRig(api, createMovableClock(), {
    backlog: { kind: "all" },
    mayReport: () => leads,
  });
  await rig.watching();
  putFault(api, { pod: "before" });
  await rig.report("the fault before", ({ labels }) => labels.name === "before");
  rig.acknowledge();
  const place = rig.pipeline.capture().versions;
  leads = false;
  putFault(api, { pod: "after" });
  await eventually("the server has sent it", () => api.requests("watch", "events") > 0);
  assert.deepEqual(rig.reported().map(({ labels }) => labels.name), ["before"]);
  assert.deepEqual(rig.pipeline.capture().versions, place);
});

Deno.test("leading: a report that is handed over moves the checkpoint no further", async () => {
  await using api = await startSandboxApi();
  await using rig = await startEventRig(api, createMovableClock(), { backlog: { kind: "all" } });
  await rig.watching();
  putFault(api, { pod: "kept" });
  await rig.report("the fault", ({ labels }) => labels.name === "kept");
  const before = rig.pipeline.capture();
  rig.handOver("kept");
  await rig.caughtUp();
  const { versions, reported, gaps } = rig.pipeline.capture();
  assert.deepEqual([versions, gaps], [before.versions, undefined]);
  assert.ok(!reported.some(([key]) => key.includes("kept")));
});

Deno.test("leading: no checkpoint is written once the lead is lost, not even when a write meets another's", async () => {
  await using api = await startSandboxApi();
  const client = await openTestClient(api);
  try {
    let leads = true;
    const store = createConfigMapStore({
      client,
      clusterId: CLUSTER,
      namespace: "agent",
      name: "place",
      key: "checkpoint.json",
      mayWrite: () => leads,
    });
    const checkpoint = { savedAtMs: 1, versions: { "/api/v1/events": "7" }, reported: [] };
    await store.write(checkpoint, never);
    api.faults.plan("patch", "configmaps", { kind: "status", status: 409, reason: "Conflict" });
    const write = store.write({ ...checkpoint, savedAtMs: 2 }, never);
    leads = false;
    await assert.rejects(write, /another replica leads now/);
    const writes = api.requests("patch", "configmaps");
    const saver = createCheckpointSaver({
      store,
      clock: createMovableClock(),
      capture: () => ({ ...checkpoint, savedAtMs: 3 }),
      maySave: () => leads,
    });
    const end = new AbortController();
    const run = saver.run(end.signal);
    end.abort();
    await run;
    assert.equal(api.requests("patch", "configmaps"), writes);
  } finally {
    client.close();
  }
});

Deno.test("leading: a command that is found in the socket after the lead was lost is neither run nor answered", async () => {
  let leads = true;
  let left = 0;
  await using harness = await startCommandHarness({ mayAct: () => leads, onLeft: () => left++ });
  assert.equal((await harness.ask(probeCommand("c1", "hello"))).status, "success");
  leads = false;
  const answers = harness.deliver(probeCommand("c2", "hello"));
  await eventually("it is counted", () => left === 1);
  assert.deepEqual([answers, harness.results.length], [[], 1]);
});

Deno.test("leading: a command that waited for a free place while the lead was lost does not run", async () => {
  let leads = true;
  await using harness = await startCommandHarness({ mayAct: () => leads, concurrency: 1 });
  const first = harness.deliver(probeCommand("c1", "nap"));
  await eventually("it runs", () => harness.service.running() === 1);
  const second = harness.deliver(probeCommand("c2", "hello"));
  await eventually("the other waits", () => harness.service.queued() === 1);
  leads = false;
  await eventually("both are answered", () => first.length === 1 && second.length === 1);
  assert.deepEqual([first[0]?.status, second[0]?.refusal?.code], ["success", "shutting_down"]);
});
