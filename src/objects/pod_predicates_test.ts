import assert from "node:assert/strict";
import { type PodShape, podShape, running, SHAPE_TIME, terminated, waiting } from "../../test/support/object_shapes.ts";
import { createObjectJudge } from "./judge_object.ts";
import { OBJECT_RULES } from "./object_rules.ts";
import type { Judgement } from "./object_rule.ts";

const judge = createObjectJudge(OBJECT_RULES, {
  isNodeDown: (node) => node === "node-down",
  nodesOut: () => 0,
  templatesOf: () => [],
});
const at = Date.parse;

/** `rule container`, with the excuse in brackets; what only goes on is left out. */
const words = (found: readonly Judgement[]) =>
  found.filter(({ finding }) => !finding.continuing).map(({ rule, finding, excuse }) =>
    [rule.id, finding.container, excuse === null ? "" : `(${excuse})`].filter((word) => word !== "").join(" ")
  );

const OOM = terminated("OOMKilled", 137);
const CRASHED: PodShape = { containers: [{ restartCount: 1, lastState: terminated("Error", 1) }] };
const JOB = { ownerReferences: [{ kind: "Job", name: "import", controller: true }] };
const PENDING = { phase: "Pending", conditions: { Ready: "False", ContainersReady: "False" } } as const;
const DELETED = { metadata: { deletionTimestamp: SHAPE_TIME, finalizers: ["example.com/drain"] } } as const;

const ROWS: readonly (readonly [string, PodShape, readonly string[]])[] = [
  ["a pod that runs", {}, []],
  ["a pod that ran to its end", { phase: "Succeeded", conditions: { Ready: "False" } }, []],

  ["an OOM kill while the container is still ended", {
    containers: [{ state: OOM, ready: false }],
    conditions: { Ready: "False" },
  }, ["oom.container.killed app"]],
  ["an OOM kill that restarted at once", {
    containers: [{ restartCount: 1, lastState: OOM }],
  }, ["oom.container.killed app"]],
  ["a child that was killed: exit 0", {
    containers: [{ restartCount: 1, lastState: terminated("OOMKilled", 0) }],
  }, ["oom.container.child_killed app"]],
  ["killed right after its start: reason Error", {
    containers: [{ restartCount: 1, lastState: terminated("Error", 137) }],
  }, ["crash.container.exit app"]],
  ["an OOM kill in a Job's pod that restarts its containers", {
    metadata: JOB,
    spec: { restartPolicy: "OnFailure" },
    containers: [{ restartCount: 1, lastState: OOM }],
  }, ["oom.container.killed app"]],
  ["a failed pod of a Job", {
    metadata: JOB,
    phase: "Failed",
    spec: { restartPolicy: "Never" },
    containers: [{ state: OOM, ready: false }],
  }, []],

  ["a container that ended with an error", CRASHED, ["crash.container.exit app"]],
  ["a container of a Job that ended with an error", {
    ...CRASHED,
    metadata: JOB,
    spec: { restartPolicy: "OnFailure" },
  }, []],
  ["a container that ended with 0 and runs again", {
    containers: [{ restartCount: 1, lastState: terminated("Completed", 0) }],
  }, []],
  ["a restart with an empty lastState", { containers: [{ restartCount: 1 }] }, ["crash.container.exit app"]],
  ["a pod that is being deleted ends with 143", {
    ...CRASHED,
    metadata: { deletionTimestamp: SHAPE_TIME },
    containers: [{ state: terminated("Error", 143), ready: false }],
  }, ["crash.container.exit app (deleted)", "lifecycle.pod.terminating"]],
  ["an evicted pod ends with 137", {
    containers: [{ state: terminated("Error", 137), ready: false }],
    conditions: { DisruptionTarget: "True", Ready: "False" },
  }, ["crash.container.exit app (disrupted)"]],
  ["a sidecar that ended with an error", {
    initContainers: [{ name: "proxy", restartPolicy: "Always", restartCount: 1, lastState: terminated("Error", 1) }],
  }, ["crash.container.exit proxy"]],
  ["an init container that failed once and then did its work", {
    initContainers: [{
      name: "init",
      restartCount: 1,
      state: terminated("Completed", 0),
      lastState: terminated("Error", 1),
    }],
  }, []],

  ["a crash loop", {
    containers: [{
      restartCount: 5,
      state: waiting("CrashLoopBackOff", "back-off 2m40s restarting failed container=app pod=web_shop(1)"),
      lastState: terminated("Error", 1),
      ready: false,
    }],
    conditions: { Ready: "False" },
  }, ["crash.container.exit app", "crash.container.loop app"]],
  ["a loop of ends with 0", {
    containers: [{
      restartCount: 5,
      state: waiting("CrashLoopBackOff", "back-off 5m0s restarting failed container"),
      lastState: terminated("Completed", 0),
      ready: false,
    }],
    conditions: { Ready: "False" },
  }, ["crash.container.loop app"]],
  ["an init container in a loop", {
    ...PENDING,
    initContainers: [{
      name: "init",
      restartCount: 4,
      state: waiting("CrashLoopBackOff"),
      lastState: terminated("Error", 1),
      ready: false,
    }],
    containers: [{ state: waiting("PodInitializing"), ready: false }],
    conditions: { ...PENDING.conditions, Initialized: "False" },
  }, ["crash.container.loop init"]],

  ...["ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError"].map((
    reason,
  ): readonly [string, PodShape, readonly string[]] => [`waits as ${reason}`, {
    ...PENDING,
    containers: [{
      state: waiting(reason, `Back-off pulling image "registry.example.com/shop/app:1.6"`),
      ready: false,
    }],
  }, ["image.container.waiting app"]]),
  ...["CreateContainerConfigError", "CreateContainerError", "RunContainerError"].map((
    reason,
  ): readonly [string, PodShape, readonly string[]] => [`waits as ${reason}`, {
    ...PENDING,
    containers: [{ state: waiting(reason, `secret "db" not found`), ready: false }],
  }, ["config.container.waiting app"]]),

  ["no node takes it", {
    ...PENDING,
    spec: { nodeName: "" },
    statuses: false,
    conditions: { PodScheduled: { status: "False", reason: "Unschedulable", message: "0/20 nodes are available" } },
  }, ["scheduling.pod.pending"]],
  ["gated by whoever will let it go", {
    ...PENDING,
    spec: { nodeName: "", schedulingGates: [{ name: "example.com/quota" }] },
    statuses: false,
    conditions: { PodScheduled: { status: "False", reason: "SchedulingGated" } },
  }, []],
  ["scheduled, and nothing starts", {
    ...PENDING,
    containers: [{ state: waiting("ContainerCreating"), ready: false }],
  }, ["sandbox.pod.starting"]],
  ["scheduled, and the kubelet says nothing", { ...PENDING, statuses: false }, ["sandbox.pod.starting"]],
  ["an init container that hangs", {
    ...PENDING,
    initContainers: [{ name: "wait-for-db", ready: false }],
    containers: [{ state: waiting("PodInitializing"), ready: false }],
    conditions: { ...PENDING.conditions, Initialized: "False" },
  }, ["crash.init.stuck wait-for-db"]],
  ["a sidecar that runs before the pod is initialised", {
    ...PENDING,
    initContainers: [{ name: "proxy", restartPolicy: "Always" }, {
      name: "init",
      state: waiting("PodInitializing"),
      ready: false,
    }],
    containers: [{ state: waiting("PodInitializing"), ready: false }],
    conditions: { ...PENDING.conditions, Initialized: "False" },
  }, []],

  ["runs and is not ready", {
    containers: [{ ready: false }],
    conditions: { Ready: { status: "False", reason: "ContainersNotReady" } },
  }, ["probe.pod.not_ready app"]],
  ["a readiness gate is not met", {
    spec: { readinessGates: [{ conditionType: "target-health.example.com/web" }] },
    conditions: { Ready: { status: "False", reason: "ReadinessGatesNotReady" } },
  }, ["probe.pod.not_ready"]],
  ["a Job's pod that is not ready", { metadata: JOB, containers: [{ ready: false }], conditions: { Ready: "False" } }, [
    "probe.pod.not_ready app (job)",
  ]],
  ["not ready on a node that is down", {
    spec: { nodeName: "node-down" },
    containers: [{ ready: false }],
    conditions: { Ready: "False" },
  }, ["probe.pod.not_ready app (node_not_ready)"]],
  ["a pod that is held by a finalizer", DELETED, ["lifecycle.pod.terminating"]],
];

for (const [name, shape, expected] of ROWS) {
  Deno.test(`pod rules: ${name}`, () => {
    assert.deepEqual(words(judge.pod(podShape(shape), null)), expected);
  });
}

const only = (shape: PodShape, rule: string) => {
  const found = judge.pod(podShape(shape), null).find((one) => one.rule.id === rule);
  assert.ok(found !== undefined);
  return found.finding;
};

Deno.test("pod rules: one OOM kill is the same occurrence in state and in lastState", () => {
  const first = only(
    { containers: [{ state: OOM, ready: false }], conditions: { Ready: "False" } },
    "oom.container.killed",
  );
  const then = only({ containers: [{ restartCount: 1, lastState: OOM }] }, "oom.container.killed");
  assert.deepEqual([then.occurrence, then.sinceMs], [first.occurrence, first.sinceMs]);
  assert.equal(first.wellSinceMs, undefined);
  assert.equal(then.wellSinceMs, at(SHAPE_TIME));
  assert.equal(then.message, "Container app was killed because it ran out of memory (limit 64Mi, exit 137 SIGKILL)");
  assert.deepEqual(then.facts, {
    name: "app",
    exit_code: 137,
    signal: 9,
    reason: "OOMKilled",
    started_at: "2026-03-01T11:50:00.000Z",
    finished_at: "2026-03-01T11:59:00.000Z",
    restarts: 1,
  });
});

Deno.test("pod rules: exit 137 alone does not count as out of memory", () => {
  const { message } = only(
    { containers: [{ restartCount: 1, lastState: terminated("Error", 137) }] },
    "crash.container.exit",
  );
  assert.match(message, /was killed \(exit 137 SIGKILL\), and not for its memory limit/);
});

Deno.test("pod rules: an end that nobody saw is laid to the node", () => {
  const lastState = terminated("ContainerStatusUnknown", 137);
  assert.match(
    only({ containers: [{ restartCount: 1, lastState }] }, "crash.container.exit").message,
    /its node was probably/,
  );
});

Deno.test("pod rules: a loop of ends with 0 is medium, and the back-off tells how long it has gone on", () => {
  const finding = only({
    containers: [{
      restartCount: 7,
      state: waiting("CrashLoopBackOff", "back-off 5m0s restarting failed container=app"),
      lastState: terminated("Completed", 0),
      ready: false,
    }],
    conditions: { Ready: "False" },
  }, "crash.container.loop");
  assert.equal(finding.severity, "medium");
  assert.equal(finding.sinceMs, at("2026-03-01T11:59:00Z") - 290_000);
});

Deno.test("pod rules: between two tries a loop goes on and opens nothing", () => {
  const between = only(
    { containers: [{ restartCount: 7, state: running(), lastState: terminated("Error", 1) }] },
    "crash.container.loop",
  );
  assert.equal(between.continuing, true);
});

Deno.test("pod rules: a name that is no image's needs no patience", () => {
  const invalid = only(
    { ...PENDING, containers: [{ state: waiting("InvalidImageName"), ready: false }] },
    "image.container.waiting",
  );
  assert.equal(invalid.forMs, 0);
});

Deno.test("pod rules: a wait for an image counts from when the container could have started", () => {
  const scheduled = { status: "True", lastTransitionTime: "2026-03-01T11:00:00Z" };
  const initialized = { status: "True", lastTransitionTime: "2026-03-01T11:20:00Z" };
  const { sinceMs } = only({
    ...PENDING,
    containers: [{ state: waiting("ImagePullBackOff"), ready: false }],
    conditions: { ...PENDING.conditions, PodScheduled: scheduled, Initialized: initialized },
  }, "image.container.waiting");
  assert.equal(sinceMs, at("2026-03-01T11:20:00Z"));
});

Deno.test("pod rules: a pod of another shape than any finds nothing and breaks nothing", () => {
  for (
    const object of [{}, { status: 7 }, {
      metadata: [],
      spec: "x",
      status: { containerStatuses: [null, 7, { state: [] }] },
    }, {
      status: { phase: "Running", conditions: "none", containerStatuses: {} },
      spec: { containers: [null, { name: 7 }] },
    }]
  ) assert.deepEqual(words(judge.pod(object, null)), []);
});

Deno.test("pod rules: a restart is looked at until the container has been running and ready for half an hour", () => {
  const finds = (minutes: number, shape: PodShape) =>
    judge.pod(podShape(shape), at(SHAPE_TIME) + minutes * 60_000).map(({ rule }) => rule.id);
  const crashed = { restartCount: 1, lastState: terminated("Error", 1) };
  const rules = ["crash.container.exit", "crash.container.loop"];
  assert.deepEqual(finds(29, { containers: [crashed] }), rules);
  assert.deepEqual(finds(31, { containers: [crashed] }), []);
  assert.deepEqual(finds(31, { containers: [{ ...crashed, ready: false }] }), rules);
  assert.deepEqual(finds(31, { containers: [{ restartCount: 1 }] }), []);
});
