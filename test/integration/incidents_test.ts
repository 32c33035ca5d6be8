import "../support/ignore_stray_socket_errors.ts";
import assert from "node:assert/strict";
import { jetstreamManager } from "@nats-io/jetstream";
import type { SandboxApi } from "../../sandbox/api/sandbox_api.ts";
import { startSandboxApi } from "../../sandbox/api/sandbox_api.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { type NatsServer, startNatsServer } from "../../sandbox/nats_server.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { objectOf } from "../../src/inventory/json_field.ts";
import { type Event, eventSchema } from "../../src/wire/event.ts";
import { type Update, updateSchema } from "../../src/wire/update.ts";
import { collectNats, type NatsCollector } from "../support/collect_nats.ts";
import { requestJson } from "../support/https_json.ts";
import { rosterPod } from "../support/incident_rig.ts";
import { podShape, running, terminated, waiting } from "../support/object_shapes.ts";
import { runTestAgent } from "../support/run_test_agent.ts";

const CONFIG = {
  cluster_id: "prod",
  metrics_interval: "30s",
  enable_commands: false,
  objects: { enabled: false },
  events: { backlog: "all", repeat_window: "0s" },
  state: { kind: "none" },
};

interface World extends AsyncDisposable {
  readonly api: SandboxApi;
  readonly nats: NatsServer;
  readonly collector: NatsCollector;
}

async function openWorld(): Promise<World> {
  const stack = new AsyncDisposableStack();
  const api = stack.use(await startSandboxApi());
  const nats = stack.use(await startNatsServer());
  const collector = stack.use(await collectNats(nats.url, ["agent.>"]));
  return { api, nats, collector, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const eventsOf = ({ collector }: World): readonly Event[] =>
  collector.on("agent.event.prod").map(({ json }) => eventSchema.parse(json));
const updatesOf = ({ collector }: World): readonly Update[] =>
  collector.on("agent.update.prod").map(({ json }) => updateSchema.parse(json));

/** Pods of a Deployment on a node, as they run. */
function putPods({ api }: World, deployment: string, node: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `${deployment}-6c8d4f9b7d-${"bcdfghjklmn"[index] ?? "p"}xk2z`;
    api.store.put("pods", rosterPod({ name, replicaSet: `${deployment}-6c8d4f9b7d`, node }));
    return name;
  });
}

let made = 0;

/** A Warning about a pod or node, now. */
function putWarning(
  { api }: Pick<World, "api">,
  about: { readonly kind: string; readonly name: string; readonly namespace?: string },
  reason: string,
  message: string,
  component = "kubelet",
): void {
  const now = new Date().toISOString();
  const namespace = about.namespace ?? (about.kind === "Pod" ? "shop" : "default");
  api.putEvent({
    metadata: { name: `${about.name}.${++made}`, namespace },
    involvedObject: {
      kind: about.kind,
      name: about.name,
      uid: about.name,
      apiVersion: "v1",
      ...(about.kind === "Pod" ? { namespace, fieldPath: "spec.containers{app}" } : {}),
    },
    reason,
    message,
    type: "Warning",
    count: 1,
    firstTimestamp: now,
    lastTimestamp: now,
    source: { component },
    reportingComponent: component,
  });
}

/** Waits until the agent's roster has the pods: only then does it know nodes. */
async function rosterIsFilled(world: World, pods: number): Promise<void> {
  await eventually(
    "the first report has all pods",
    () => world.collector.on("agent.metrics.prod").find(({ json }) => JSON.stringify(json).includes(`"total":${pods}`)),
    30_000,
  );
}

Deno.test("incidents: a registry that is away is one incident a Deployment, with one shared cause", async () => {
  await using world = await openWorld();
  await using _agent = await runTestAgent(world.api, { ...CONFIG, central_endpoint: world.nats.url });
  const pods = ["api", "blog", "web"].flatMap((deployment) => putPods(world, deployment, "node-1", 4));
  await rosterIsFilled(world, 12);
  for (const name of pods) {
    putWarning(
      world,
      { kind: "Pod", name },
      "Failed",
      'Failed to pull image "registry.example.com/shop/app:v2": dial tcp: lookup registry.example.com: no such host',
    );
    putWarning(world, { kind: "Pod", name }, "BackOff", 'Back-off pulling image "registry.example.com/shop/app:v2"');
  }
  const events = await eventually("all 24 reports", () => {
    const all = eventsOf(world);
    return all.length === 24 ? all : undefined;
  }, 30_000);
  assert.equal(new Set(events.map(({ incident }) => incident?.id)).size, 3);
  assert.ok(
    events.every(({ incident, labels }) =>
      incident?.family === "image" && labels.incident === incident.id && labels.owner_kind === "Deployment" &&
      labels.node === "node-1" && labels.container === "app"
    ),
  );
  const shared = new Set(
    events.flatMap(({ caused_by: causes = [] }) =>
      causes.filter(({ kind }) => kind === "shared").map(({ object, incident }) => `${object} ${incident}`)
    ),
  );
  assert.equal(shared.size, 1);
  assert.match([...shared][0] ?? "", /^registry\/registry\.example\.com [0-9a-f]{16}-/);
  const last = events.slice(-8); // the third Deployment's, and those after it
  assert.ok(last.every(({ caused_by: causes }) => causes?.some(({ kind }) => kind === "shared")));
});

Deno.test("incidents: a lost node is one incident, and what follows on its pods says so", async () => {
  await using world = await openWorld();
  await using _agent = await runTestAgent(world.api, { ...CONFIG, central_endpoint: world.nats.url });
  const pods = [
    ...putPods(world, "api", "node-6", 9),
    ...putPods(world, "web", "node-6", 8),
  ];
  await rosterIsFilled(world, 17);
  putWarning(
    world,
    { kind: "Node", name: "node-6" },
    "NodeNotReady",
    "Node node-6 status is now: NodeNotReady",
    "node-controller",
  );
  for (const name of pods) {
    putWarning(world, { kind: "Pod", name }, "NodeNotReady", "Node is not ready", "node-controller");
  }
  for (const name of pods) {
    putWarning(
      world,
      { kind: "Pod", name },
      "TaintManagerEviction",
      `Marking for deletion Pod shop/${name}`,
      "taint-eviction-controller",
    );
  }
  const events = await eventually("all 35 reports", () => {
    const all = eventsOf(world);
    return all.length === 35 ? all : undefined;
  }, 30_000);
  const [node, ...others] = events;
  assert.deepEqual([node?.incident?.family, node?.labels.kind, node?.labels.node], ["node", "Node", "node-6"]);
  for (const { caused_by: causes, reason } of others) {
    const [cause] = causes ?? [];
    assert.deepEqual(
      [cause?.kind, cause?.object, cause?.incident, cause?.confidence],
      ["node", "Node/node-6", node?.incident?.id, "high"],
      reason,
    );
  }
});

Deno.test("incidents: ids outlive the process", async () => {
  await using world = await openWorld();
  await using dir = await createTempDir("incidents");
  const config = {
    ...CONFIG,
    enable_metrics: false,
    central_endpoint: world.nats.url,
    state: { kind: "file", path: dir.file("checkpoint.json") },
  };
  const pod = { kind: "Pod", name: "web-6c8d4f9b7d-2ptz5" };
  const ids: (string | undefined)[] = [];
  for (const round of [1, 2]) {
    await using _agent = await runTestAgent(world.api, config);
    putWarning(world, pod, "BackOff", `Back-off restarting failed container app in pod ${pod.name} (${round})`);
    const event = await eventually(
      "its report",
      () => eventsOf(world).find(({ message }) => message.includes(`(${round})`)),
    );
    ids.push(event.incident?.id);
    assert.deepEqual([event.labels.owner_name, event.labels.owner_guessed], ["web", "true"]);
  }
  assert.ok(ids[0] !== undefined && ids[0] === ids[1], String(ids));
  assert.equal(eventsOf(world).at(-1)?.incident?.reports, 2);
});

Deno.test("incidents: a bus that takes no updates loses them alone, and readiness says which subject to add", async () => {
  await using api = await startSandboxApi();
  await using nats = await startNatsServer({
    config: `authorization { users: [
      { user: agent, password: a, permissions: { publish: { deny: ["agent.update.>"] } } }
      { user: central, password: c } ] }`,
  });
  await using collector = await collectNats(nats.url, ["agent.>"], { user: "central", pass: "c" });
  await using agent = await runTestAgent(api, {
    ...CONFIG,
    enable_metrics: false,
    central_endpoint: nats.url.replace("nats://", "nats://agent:a@"),
    incidents: { storm_reports: 1 },
  });
  for (let index = 0; index < 20; index++) {
    putWarning({ api }, { kind: "Pod", name: `web-${index}` }, "BackOff", "Back-off restarting failed container app");
  }
  await collector.waitForCount(20, ({ subject }) => subject === "agent.event.prod", 30_000);
  await eventually("readiness names the subject", async () => {
    const { status, text } = await requestJson(`${agent.url}/health/ready?verbose`);
    if (status === 200 && /delivery of update: off: .*agent\.update\.prod/.test(text)) return true;
    throw new Error(text);
  }, 60_000);
  putWarning({ api }, { kind: "Pod", name: "late" }, "BackOff", "Back-off restarting failed container late");
  await collector.waitForCount(21, ({ subject }) => subject === "agent.event.prod", 30_000);
  assert.equal(collector.on("agent.update.prod").length, 0);
});

Deno.test("incidents: a storm is summed up, and every report of it is sent", async () => {
  await using world = await openWorld();
  await using _agent = await runTestAgent(world.api, {
    ...CONFIG,
    enable_metrics: false,
    central_endpoint: world.nats.url,
    incidents: { storm_reports: 20 },
  });
  for (let index = 0; index < 50; index++) {
    putWarning(world, { kind: "Pod", name: `web-${index}` }, "BackOff", "Back-off restarting failed container app");
  }
  const storm = await eventually("the storm", () => updatesOf(world).find(({ kind }) => kind === "storm"), 60_000);
  assert.ok(storm.kind === "storm");
  assert.deepEqual([storm.reports, storm.categories], [50, [{ name: "crash", reports: 50 }]]);
  assert.equal(eventsOf(world).length, 50);
});

/** The pod after its death, as the kubelet writes it: still down, or up again. */
function putKilledPod({ store }: SandboxApi, isUp: boolean): void {
  const pod = podShape({
    conditions: { Ready: isUp ? "True" : "False", ContainersReady: isUp ? "True" : "False" },
    containers: [{
      restartCount: 1,
      ready: isUp,
      state: isUp ? running(new Date().toISOString()) : waiting("CrashLoopBackOff"),
      lastState: terminated("OOMKilled", 137, { finishedAt: new Date().toISOString() }),
    }],
  });
  store.put("pods", { ...pod, metadata: { ...objectOf(pod.metadata), namespace: "shop", name: KILLED } });
}
const KILLED = "web-6c9f7d5b8-2ptz5";

for (const by of ["objects", "gone"] as const) {
  Deno.test(`incidents: a fault that was mended while the agent was away is resolved (${by})`, async () => {
    await using world = await openWorld();
    await using dir = await createTempDir("incidents");
    const { api, nats } = world;
    const config = {
      ...CONFIG,
      enable_metrics: false,
      central_endpoint: nats.url,
      state: { kind: "file", path: dir.file("checkpoint.json") },
      objects: { rules: [{ id: "oom.container.killed", hold: "1s" }, { id: "crash.container.loop", ignore: true }] },
    };
    putKilledPod(api, false);
    let reported: Event;
    {
      await using _agent = await runTestAgent(api, config);
      reported = await eventually(
        "its report",
        () => eventsOf(world).find(({ rule }) => rule === "oom.container.killed"),
        30_000,
      );
      assert.deepEqual([reported.type, reported.incident?.family, reported.incident?.reports], ["k8s_state", "run", 1]);
    }
    if (by === "gone") api.store.remove("pods", "shop", KILLED);
    else putKilledPod(api, true);
    await using _agent = await runTestAgent(api, config);
    const update = await eventually("its end", () => updatesOf(world).find(({ kind }) => kind === "resolved"), 30_000);
    assert.ok(update.kind === "resolved");
    assert.deepEqual([update.incident_id, update.by, update.event_ids], [reported.incident?.id, by, [reported.id]]);
    assert.ok(update.proof.length > 5 && update.open_for > 0, JSON.stringify(update));
    assert.equal(eventsOf(world).filter(({ rule }) => rule === "oom.container.killed").length, 1);
  });
}

Deno.test("incidents: a stream that takes events and no updates is no trouble", async () => {
  await using api = await startSandboxApi();
  await using nats = await startNatsServer({ jetstream: true });
  await using collector = await collectNats(nats.url, ["agent.event.>"]);
  const manager = await jetstreamManager(collector.connection);
  await manager.streams.add({ name: "AGENT", subjects: ["agent.event.*", "agent.metrics.*"] });
  await using agent = await runTestAgent(api, {
    ...CONFIG,
    enable_metrics: false,
    central_endpoint: nats.url,
    nats: { delivery: "jetstream" },
    incidents: { storm_reports: 1 },
  });
  for (let index = 0; index < 20; index++) {
    putWarning({ api }, { kind: "Pod", name: `web-${index}` }, "BackOff", "Back-off restarting failed container app");
  }
  await collector.waitForCount(20, ({ subject }) => subject === "agent.event.prod", 30_000);
  await eventually("readiness names the subject", async () => {
    const { status, text } = await requestJson(`${agent.url}/health/ready?verbose`);
    if (status === 200 && /delivery of update: off: .*agent\.update\.prod/.test(text)) return true;
    throw new Error(text);
  }, 60_000);
});
