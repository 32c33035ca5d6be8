import assert from "node:assert/strict";
import { eventually } from "../../sandbox/eventually.ts";
import { type SandboxApi, startSandboxApi } from "../../sandbox/api/sandbox_api.ts";
import type { EvidenceServiceOptions } from "../../src/evidence/evidence_service.ts";
import { evidenceRequest, startEvidence } from "../support/evidence_rig.ts";
import { openTestClient } from "../support/kube_client.ts";

async function open(more: Partial<EvidenceServiceOptions> = {}) {
  const api = await startSandboxApi();
  const client = await openTestClient(api);
  const rig = startEvidence(client, more);
  return {
    ...rig,
    api,
    async [Symbol.asyncDispose]() {
      await rig[Symbol.asyncDispose]();
      client.close();
      await api[Symbol.asyncDispose]();
    },
  };
}

const ENDED = { exitCode: 1, reason: "Error", startedAt: "2026-01-01T00:00:00Z", finishedAt: "2026-01-01T00:00:05Z" };

/** A crashing pod of a Deployment with two templates, on a node, with its logs. */
function plantCrash(api: SandboxApi): void {
  const template = (image: string, memory: string) => ({
    metadata: { labels: { app: "web" } },
    spec: {
      containers: [{
        name: "app",
        image,
        env: [{ name: "DB_PASSWORD", value: "hunter2-Kx9" }, { name: "LEVEL", value: "info" }],
        resources: { limits: { memory } },
      }],
    },
  });
  const set = (name: string, revision: string, hoursAgo: number, image: string, memory: string) =>
    api.store.put("replicasets", {
      metadata: {
        name,
        namespace: "shop",
        labels: { app: "web" },
        annotations: { "deployment.kubernetes.io/revision": revision },
        creationTimestamp: new Date(Date.now() - hoursAgo * 3_600_000).toISOString(),
        ownerReferences: [{ kind: "Deployment", name: "web", controller: true }],
      },
      spec: { replicas: revision === "2" ? 2 : 0, template: template(image, memory) },
      status: { replicas: 2, readyReplicas: 0 },
    });
  set("web-5d8f7c6b9d", "1", 30, "registry.example/web:1", "64Mi");
  set("web-6c4b8f7d5c", "2", 1, "registry.example/web:2", "32Mi");
  api.store.put("deployments", {
    metadata: { name: "web", namespace: "shop", generation: 5 },
    spec: { replicas: 2, selector: { matchLabels: { app: "web" } }, strategy: { type: "RollingUpdate" } },
    status: {
      replicas: 2,
      updatedReplicas: 2,
      unavailableReplicas: 2,
      observedGeneration: 5,
      conditions: [{ type: "Available", status: "False", reason: "MinimumReplicasUnavailable", message: "no" }],
    },
  });
  api.store.put("pods", {
    metadata: {
      name: "web-1",
      namespace: "shop",
      uid: "pod-uid",
      labels: { app: "web", "pod-template-hash": "6c4b8f7d5c", "app.kubernetes.io/name": "web" },
      annotations: { note: "private" },
      ownerReferences: [{ kind: "ReplicaSet", name: "web-6c4b8f7d5c", controller: true }],
    },
    spec: { nodeName: "node-1", ...template("registry.example/web:2", "32Mi").spec },
    status: {
      phase: "Running",
      qosClass: "Burstable",
      containerStatuses: [{
        name: "app",
        ready: false,
        restartCount: 3,
        image: "registry.example/web:2",
        state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 40s restarting failed container" } },
        lastState: { terminated: ENDED },
      }],
    },
  });
  api.logs.put(
    { namespace: "shop", pod: "web-1", container: "app", previous: true },
    "starting\nconnecting with password=hunter2-Kx9\nFATAL: no route to db.shop\n",
  );
  api.store.put("pods.metrics.k8s.io", {
    metadata: { name: "web-1", namespace: "shop" },
    containers: [{ name: "app", usage: { cpu: "5m", memory: "30Mi" } }],
  });
}

Deno.test("evidence: of a crash, the container, its log, owner, change and usage, without its secrets", async () => {
  await using rig = await open();
  plantCrash(rig.api);
  const { evidence, omitted, cost, truncated, incident_id, event_id } = await rig.gather({ key: "a", uid: "pod-uid" });
  assert.deepEqual([omitted, truncated, incident_id, event_id], [[], false, "a-1", "report-a"]);
  assert.deepEqual(Object.keys(evidence), ["container", "log", "owner", "change", "node", "usage"]);
  const text = JSON.stringify(evidence);
  assert.ok(!text.includes("hunter2") && !text.includes("private"), text);
  const container = JSON.parse(JSON.stringify(evidence.container));
  assert.deepEqual(container.last_state, {
    terminated: { reason: "Error", exit_code: 1, started_at: ENDED.startedAt, finished_at: ENDED.finishedAt },
  });
  assert.deepEqual([container.env, container.limits, container.restarts], [
    ["DB_PASSWORD", "LEVEL"],
    { memory: "32Mi" },
    3,
  ]);
  assert.deepEqual(container.pod.labels, { "app.kubernetes.io/name": "web" });
  assert.deepEqual(evidence.log, {
    container: "app",
    previous: true,
    lines: "starting\nconnecting with password=[REDACTED:assignment]\nFATAL: no route to db.shop",
    left_out: 0,
  });
  const { owner, change, usage } = JSON.parse(text);
  assert.deepEqual([owner.chain, owner.desired, owner.unavailable], [
    ["ReplicaSet/web-6c4b8f7d5c", "Deployment/web"],
    2,
    2,
  ]);
  assert.deepEqual([change.from.revision, change.to.revision], ["1", "2"]);
  assert.deepEqual(change.changes, [
    { path: "containers[app].image", change: "changed", from: "registry.example/web:1", to: "registry.example/web:2" },
    { path: "containers[app].resources.limits.memory", change: "changed", from: "64Mi", to: "32Mi" },
  ]);
  assert.deepEqual(usage.containers, [
    { name: "app", usage: { cpu: "5m", memory: "30Mi" }, limits: { memory: "32Mi" } },
  ]);
  assert.equal(cost.requests, 7);
  assert.equal(rig.api.requests("list", "events") + rig.api.requests("get", "events"), 0);
});

Deno.test("evidence: of a Deployment that does not get on, its pod in most trouble", async () => {
  await using rig = await open();
  plantCrash(rig.api);
  rig.api.store.put("pods", {
    metadata: { name: "web-0", namespace: "shop", labels: { app: "web" } },
    spec: { containers: [{ name: "app" }] },
    status: {
      phase: "Running",
      containerStatuses: [{ name: "app", ready: true, restartCount: 0, state: { running: {} } }],
    },
  });
  rig.api.store.put("nodes", { metadata: { name: "node-1" } });
  const about = { family: "place", category: "deployment", kind: "Deployment", name: "web", message: "" };
  const { evidence, omitted, cost } = await rig.gather(about);
  const { container, owner, change } = JSON.parse(JSON.stringify(evidence));
  assert.deepEqual([container.pod.name, container.restarts, owner.name, omitted], ["web-1", 3, "web", []]);
  assert.deepEqual([change.changes.length, cost.requests], [2, 7]);
});

Deno.test("evidence: a static pod is known by the uid that its kubelet gives it", async () => {
  await using rig = await open();
  rig.api.store.put("pods", {
    metadata: {
      name: "etcd-a",
      namespace: "kube-system",
      uid: "api",
      annotations: { "kubernetes.io/config.hash": "node" },
    },
    spec: { containers: [{ name: "etcd" }] },
  });
  const { omitted } = await rig.gather({ namespace: "kube-system", name: "etcd-a", uid: "node" });
  assert.deepEqual(omitted, []);
});

Deno.test("evidence: what is known of an owner is not asked for again", async () => {
  await using rig = await open();
  plantCrash(rig.api);
  await rig.gather({ key: "a" });
  const { cost, evidence } = await rig.gather({ key: "b" });
  assert.equal(cost.requests, 3);
  assert.ok(evidence.change);
});

Deno.test("evidence: what is forbidden is left out, said once, and not asked for again", async () => {
  await using rig = await open();
  plantCrash(rig.api);
  const lifted = [rig.api.forbid("get", "pods/log"), rig.api.forbid("list", "replicasets")];
  const first = await rig.gather({ key: "a" });
  const second = await rig.gather({ key: "b" });
  const expected = [{ part: "log", reason: "forbidden" }, { part: "change", reason: "forbidden" }];
  assert.deepEqual([first.omitted, second.omitted], [expected, expected]);
  assert.deepEqual([rig.api.requests("get", "pods/log"), rig.api.requests("list", "replicasets")], [1, 1]);
  assert.deepEqual(rig.service.refused(), ["pods/log", "replicasets.apps"]);
  for (const lift of lifted) lift();
});

Deno.test("evidence: a pod that is gone, or another one by the same name, is no evidence", async () => {
  await using rig = await open();
  plantCrash(rig.api);
  const { evidence, omitted } = await rig.gather({ uid: "an-older-pod", message: "exit code 3" });
  assert.deepEqual(evidence, { parsed: { exit_code: 3 } });
  assert.deepEqual(omitted.map(({ part, reason }) => `${part} ${reason}`), [
    "container gone",
    "log gone",
    "owner gone",
    "change gone",
    "usage gone",
  ]);
});

Deno.test("evidence: a refusal in the words of a log is no log", async () => {
  await using rig = await open();
  plantCrash(rig.api);
  rig.api.logs.put(
    { namespace: "shop", pod: "web-1", container: "app", previous: true },
    "unable to retrieve container logs for containerd://0f3c",
  );
  const { omitted } = await rig.gather();
  assert.deepEqual(omitted, [{ part: "log", reason: "not_available" }]);
});

Deno.test("evidence: a kubelet that is away costs its log, and no other part and nobody's pause", async () => {
  await using rig = await open();
  plantCrash(rig.api);
  rig.api.faults.plan("get", "pods/log", { kind: "status", status: 500, message: "dial tcp 10.0.0.9:10250: no route" });
  const failed = await rig.gather();
  assert.deepEqual(failed.omitted, [{ part: "log", reason: "not_available" }]);
  rig.api.faults.plan("get", "pods/log", { kind: "hang" });
  const silent = await rig.gather();
  assert.deepEqual(silent.omitted, [{ part: "log", reason: "unanswered" }]);
  assert.ok(silent.evidence.usage);
});

Deno.test("evidence: of a log above the limit the end is what counts", async () => {
  await using rig = await open();
  plantCrash(rig.api);
  const long = Array.from({ length: 200 }, (_, index) => `${index} ${"x".repeat(700)}`).join("\n");
  rig.api.logs.put({ namespace: "shop", pod: "web-1", container: "app", previous: true }, `${long}\nFATAL: the end\n`);
  const { evidence, cost } = await rig.gather();
  const log = JSON.parse(JSON.stringify(evidence.log));
  assert.match(log.lines, /FATAL: the end$/);
  assert.deepEqual([log.cut, cost.requests], [true, 8]);
});

Deno.test("evidence: without logs none is asked for", async () => {
  await using rig = await open({ logLines: 0 });
  plantCrash(rig.api);
  const { evidence, omitted } = await rig.gather();
  assert.deepEqual([evidence.log, omitted, rig.api.requests("get", "pods/log")], [undefined, [], 0]);
});

Deno.test("evidence: a server that is overloaded is left alone", async () => {
  await using rig = await open();
  plantCrash(rig.api);
  rig.api.faults.plan("get", "pods", { kind: "status", status: 429, retryAfterSeconds: 60 });
  const { omitted } = await rig.gather({ key: "a", message: "exit code 3" });
  assert.deepEqual(omitted[0], { part: "container", reason: "throttled" });
  const asked = rig.api.requests("get", "pods");
  rig.service.request(evidenceRequest({ key: "b" }));
  assert.deepEqual([rig.api.requests("get", "pods"), rig.service.waiting()], [asked, 1]);
});

Deno.test("evidence: what does not answer is left out after five seconds, and the rest is sent", async () => {
  await using rig = await open();
  plantCrash(rig.api);
  rig.api.faults.plan("get", "deployments", { kind: "hang" });
  const started = performance.now();
  const { evidence, omitted } = await rig.gather({ node: "node-1" });
  assert.ok(performance.now() - started < 7_000);
  assert.ok(evidence.log);
  assert.deepEqual(omitted.map(({ part, reason }) => `${part} ${reason}`), [
    "owner timeout",
    "change timeout",
    "usage timeout",
  ]);
});

Deno.test("evidence: of a pod that waits for its claim and its quota, these", async () => {
  await using rig = await open();
  rig.api.store.put("persistentvolumeclaims", {
    metadata: { name: "data", namespace: "shop" },
    spec: { storageClassName: "fast", accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    status: { phase: "Pending" },
  });
  rig.api.store.put("pods", {
    metadata: { name: "db-0", namespace: "shop" },
    spec: { volumes: [{ name: "d", persistentVolumeClaim: { claimName: "data" } }], containers: [{ name: "db" }] },
    status: { phase: "Pending" },
  });
  const pending = await rig.gather({
    family: "place",
    category: "scheduling",
    name: "db-0",
    message: "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.",
  });
  assert.deepEqual(pending.evidence.claims, {
    claims: [{
      name: "data",
      created_at: rig.api.store.get("persistentvolumeclaims", "shop", "data")?.metadata.creationTimestamp,
      phase: "Pending",
      storage_class: "fast",
      access_modes: ["ReadWriteOnce"],
      requested: { storage: "1Gi" },
    }],
  });
  rig.api.store.put("resourcequotas", {
    metadata: { name: "small", namespace: "shop" },
    status: { hard: { pods: "2" }, used: { pods: "2" } },
  });
  const refused = await rig.gather({
    family: "place",
    kind: "ReplicaSet",
    name: "web-6c",
    message: 'pods "a" is forbidden: exceeded quota: small, requested: pods=1, used: pods=2, limited: pods=2',
  });
  assert.deepEqual(refused.evidence.quota, { name: "small", hard: { pods: "2" }, used: { pods: "2" } });
});

Deno.test("evidence: of an autoscaler, a namespace and a node, their own state", async () => {
  await using rig = await open();
  const conditions = [{
    type: "ScalingActive",
    status: "False",
    reason: "FailedGetResourceMetric",
    message: "no metrics",
  }];
  rig.api.store.put("horizontalpodautoscalers", {
    metadata: { name: "web", namespace: "shop" },
    spec: { minReplicas: 2, maxReplicas: 4, scaleTargetRef: { kind: "Deployment", name: "web" }, metrics: [] },
    status: { currentReplicas: 2, desiredReplicas: 2, conditions },
  });
  const scaler = await rig.gather({ family: "autoscaling", kind: "HorizontalPodAutoscaler", name: "web" });
  assert.deepEqual(scaler.evidence.autoscaler, {
    name: "web",
    target: "Deployment/web",
    min: 2,
    max: 4,
    current: 2,
    desired: 2,
    metrics: [],
    current_metrics: [],
    conditions,
  });
  rig.api.store.put("namespaces", {
    metadata: { name: "old" },
    spec: { finalizers: ["kubernetes"] },
    status: {
      phase: "Terminating",
      conditions: [{ type: "NamespaceContentRemaining", status: "True", message: "pods." }],
    },
  });
  const stuck = await rig.gather({ family: "run", namespace: "", kind: "Namespace", name: "old" });
  assert.deepEqual(stuck.evidence.namespace_state, {
    name: "old",
    phase: "Terminating",
    finalizers: ["kubernetes"],
    conditions: [{ type: "NamespaceContentRemaining", status: "True", message: "pods." }],
  });
  rig.api.store.put("nodes", {
    metadata: { name: "node-1" },
    spec: { taints: [{ key: "node.kubernetes.io/unreachable", effect: "NoExecute" }] },
    status: { conditions: [{ type: "Ready", status: "Unknown", reason: "NodeStatusUnknown" }] },
  });
  const lost = await rig.gather({ family: "node", namespace: "", kind: "Node", name: "node-1" });
  const node = JSON.parse(JSON.stringify(lost.evidence.node));
  assert.deepEqual([node.taints, node.conditions[0].reason], [
    ["node.kubernetes.io/unreachable:NoExecute"],
    "NodeStatusUnknown",
  ]);
});

Deno.test("evidence: of a Service, its selector beside the labels of the workload that it means", async () => {
  await using rig = await open();
  const written = { manager: "kubectl-edit", operation: "Update", time: "2026-03-01T12:00:00Z" };
  rig.api.store.put("services", {
    metadata: {
      name: "front",
      namespace: "shop",
      creationTimestamp: "2026-01-01T12:00:00Z",
      managedFields: [
        { ...written, manager: "helm", time: "2026-01-01T12:00:00Z", fieldsV1: { "f:spec": { "f:selector": {} } } },
        { ...written, fieldsV1: { "f:spec": { "f:selector": { "f:version": {} } } } },
        { ...written, manager: "other", time: "2026-04-01T12:00:00Z", fieldsV1: { "f:status": {} } },
      ],
    },
    spec: {
      type: "ClusterIP",
      clusterIP: "None",
      ports: [{ port: 80, protocol: "TCP", targetPort: "http" }],
      selector: { app: "front", version: "v2" },
    },
  });
  const labels = { app: "front", version: "v1", "app.kubernetes.io/part-of": "shop", note: "private" };
  rig.api.store.put("deployments", {
    metadata: { name: "front", namespace: "shop" },
    spec: { template: { metadata: { labels } } },
    status: { readyReplicas: 2 },
  });
  const fault = { family: "net", category: "network", kind: "Service", name: "front" };
  const { evidence, cost } = await rig.gather({ ...fault, related: { kind: "Deployment", name: "front" } });
  const service = {
    name: "front",
    created_at: "2026-01-01T12:00:00Z",
    type: "ClusterIP",
    headless: true,
    ports: ["80/TCP -> http"],
    selector: { app: "front", version: "v2" },
    selector_set: { by: "kubectl-edit", at: "2026-03-01T12:00:00Z", how: "Update" },
  };
  assert.deepEqual(evidence.service, {
    ...service,
    nearest: {
      object: "Deployment/front",
      labels: { "app.kubernetes.io/part-of": "shop", app: "front", version: "v1" },
      differs: ["version"],
      ready: 2,
    },
  });
  assert.equal(cost.requests, 2);
  const gone = await rig.gather({ ...fault, key: "gone", related: { kind: "Deployment", name: "absent" } });
  assert.deepEqual(gone.evidence.service, service);
});

Deno.test("evidence: what was reported of the owner and the node before is there without a request", async () => {
  await using rig = await open();
  const web = { kind: "Deployment", name: "web", guessed: false };
  const told = [
    { key: "a", rule: "image.pull.failed", message: "no such image", owner: web, name: "web-2" },
    { key: "b", rule: "node.not_ready", message: "password=hunter2-Kx9", kind: "Node", name: "node-1", node: "node-1" },
    { key: "c", rule: "crash.other", message: "elsewhere", name: "api-1", node: "node-2" },
  ];
  for (const { sighting, stamp } of told.map(evidenceRequest)) rig.service.note(sighting, stamp);
  rig.rollouts.sawPods("shop", "web", "web-6c", Date.now());
  const { evidence } = await rig.gather({ owner: web, node: "node-1" });
  const { around } = JSON.parse(JSON.stringify(evidence));
  assert.deepEqual(
    around.reports.map(({ rule, message, same }: Record<string, unknown>) => [rule, message, same]),
    [["node.not_ready", "password=[REDACTED:assignment]", "node"], ["image.pull.failed", "no such image", "owner"]],
  );
  assert.equal(around.rollout.template, "web-6c");
  assert.equal(rig.api.requests("list", "events") + rig.api.requests("list", "pods"), 0);
});

Deno.test("evidence: in a flood the requests stay within the minute, the most severe go first and the rest is counted", async () => {
  await using rig = await open();
  for (let number = 0; number < 1_000; number++) {
    rig.service.request(
      evidenceRequest({ key: `f-${number}`, name: `p-${number}`, severity: number % 2 === 0 ? "high" : "critical" }),
    );
  }
  await eventually("nothing is due", () => rig.api.requests("get", "pods") >= 7);
  const requests = rig.api.requests("get", "pods") + rig.api.requests("get", "pods/log");
  assert.ok(requests <= 60, String(requests));
  assert.ok(rig.service.waiting() <= 64);
  assert.ok(rig.service.takeSkipped() >= 900);
  assert.equal(rig.service.takeSkipped(), 0);
});
