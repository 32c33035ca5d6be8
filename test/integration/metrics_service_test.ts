import assert from "node:assert/strict";
import { type Clock, systemClock } from "../../src/lifecycle/clock.ts";
import { type CollectorsOptions, createCollectors } from "../../src/metrics/create_collectors.ts";
import { createMetricsService } from "../../src/metrics/metrics_service.ts";
import { joinReport } from "../../src/metrics/split_report.ts";
import type { OutboundMessage } from "../../src/outbox/outbound_message.ts";
import { createMemoryOutbox } from "../../src/outbox/memory_outbox.ts";
import { createMetrics, type Metrics } from "../../src/telemetry/metrics.ts";
import { type MetricsReport, metricsReportSchema } from "../../src/wire/metrics_report.ts";
import { eventually } from "../support/eventually.ts";
import { openTestClient } from "../support/kube_client.ts";
import type { Fault } from "../support/sandbox_api/fault_script.ts";
import { type SandboxApi, startSandboxApi } from "../support/sandbox_api/sandbox_api.ts";

/** A hundred times the usual pace: an interval of a minute is a test of 600 ms. */
const hurriedClock: Clock = {
  now: systemClock.now,
  monotonic: () => systemClock.monotonic() * 100,
  sleep: (delayMs, signal) => systemClock.sleep(delayMs / 100, signal),
};

interface Rig extends AsyncDisposable {
  readonly api: SandboxApi;
  readonly telemetry: Metrics;
  readonly messages: readonly OutboundMessage[];
  readonly reports: readonly MetricsReport[];
  /** The first report that `accept` takes, waited for. */
  report(what: string, accept: (report: MetricsReport) => boolean): Promise<MetricsReport>;
}

interface RigOptions {
  readonly prepare?: (api: SandboxApi) => void;
  readonly collectors?: Partial<CollectorsOptions>;
  readonly maxPayload?: number;
}

async function startRig({ prepare = () => {}, collectors = {}, maxPayload = 1_048_576 }: RigOptions): Promise<Rig> {
  const api = await startSandboxApi();
  populate(api);
  prepare(api);
  const client = await openTestClient(api);
  const telemetry = createMetrics();
  const outbox = createMemoryOutbox({ clock: hurriedClock, limit: 1_000, draining: () => true, onSettled: () => {} });
  const service = createMetricsService({
    collectors: createCollectors({
      client,
      clock: hurriedClock,
      telemetry,
      collectors: ["cluster", "nodes", "pods", "namespaces"],
      namespaces: [],
      labels: ["*"],
      annotations: [],
      countSecrets: false,
      ...collectors,
    }),
    outbox,
    telemetry,
    clock: hurriedClock,
    clusterId: "test",
    subject: "agent.metrics.test",
    intervalMs: 60_000,
    deadlineMs: 20_000,
    maxPayload: () => maxPayload,
  });
  const stop = new AbortController();
  const running = service.run(stop.signal);
  const messages: OutboundMessage[] = [];
  const reports: MetricsReport[] = [];
  return {
    api,
    telemetry,
    messages,
    reports,
    report: (what, accept) =>
      eventually(what, () => {
        for (const entry of outbox.take("metrics", 1_000)) {
          messages.push(entry.message);
          reports.push(metricsReportSchema.parse(JSON.parse(new TextDecoder().decode(entry.message.body))));
          outbox.settle("metrics", [entry], { kind: "delivered" });
        }
        return reports.find(accept);
      }),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
      client.close();
      await api[Symbol.asyncDispose]();
    },
  };
}

const isWhole = ({ data, errors }: MetricsReport) =>
  errors === undefined && Object.keys(data).length === 5 && data.pods?.total !== undefined;

function populate({ store }: SandboxApi): void {
  for (let index = 0; index < 3; index++) putNode(store, `node-${index}`);
  for (let index = 0; index < 250; index++) putPod(store, `web-${String(index).padStart(3, "0")}`);
  store.put("services", { metadata: { name: "web", namespace: "default" } });
  store.put("configmaps", { metadata: { name: "settings", namespace: "default" }, data: { key: "value" } });
  store.put("secrets", { metadata: { name: "token", namespace: "default" } });
}

function putNode(store: SandboxApi["store"], name: string, spec: Record<string, unknown> = {}): void {
  store.put("nodes", {
    kind: "Node",
    metadata: { name, labels: { zone: "a" }, annotations: { note: "x" } },
    spec,
    status: {
      conditions: [{ type: "Ready", status: "True", lastHeartbeatTime: new Date().toISOString() }],
      capacity: { cpu: "4", memory: "8Gi", pods: "110" },
      allocatable: { cpu: "3920m", memory: "7Gi", pods: "110" },
    },
  });
}

function putPod(store: SandboxApi["store"], name: string, phase = "Running", restarts = 0, namespace = "default") {
  store.put("pods", {
    kind: "Pod",
    metadata: { name, namespace },
    status: { phase, containerStatuses: [{ restartCount: restarts }] },
  });
}

Deno.test("metrics service: a whole report, and another after changes", async () => {
  await using rig = await startRig({});
  const { data } = await rig.report("a whole report", isWhole);
  assert.equal(data.cluster?.git_version, "v1.36.3");
  assert.deepEqual(data.nodes, {
    total: 3,
    ready: 3,
    not_ready: 0,
    schedulable: 3,
    capacity: { cpu_cores: 12, memory_bytes: 24 * 1024 ** 3, pods: 330 },
    allocatable: { cpu_cores: 11.76, memory_bytes: 21 * 1024 ** 3, pods: 330 },
  });
  assert.deepEqual(data.pods, {
    total: 250,
    by_phase: { Running: 250 },
    by_namespace: { default: 250 },
    total_restarts: 0,
  });
  assert.deepEqual(data.namespaces?.default?.resources, { pods: 250, services: 1, configmaps: 1 });
  assert.deepEqual(data.namespaces?.["kube-system"]?.resources, { pods: 0, services: 0, configmaps: 0 });
  assert.deepEqual(data.node_details?.["node-0"]?.labels, { zone: "a" });
  assert.deepEqual(data.node_details?.["node-0"]?.annotations, {});
  assert.equal(rig.api.requests("list", "secrets"), 0);

  putNode(rig.api.store, "node-1", { unschedulable: true });
  rig.api.store.remove("nodes", "", "node-2");
  putPod(rig.api.store, "web-000", "Failed", 3);
  rig.api.store.remove("pods", "default", "web-001");
  putPod(rig.api.store, "job", "Succeeded", 1, "kube-system");
  rig.api.store.remove("services", "default", "web");
  const after = await rig.report("the changes", (report) => report.data.pods?.total_restarts === 4);
  assert.equal(after.data.nodes?.total, 2);
  assert.equal(after.data.nodes?.schedulable, 1);
  assert.deepEqual(after.data.pods?.by_phase, { Failed: 1, Running: 248, Succeeded: 1 });
  assert.deepEqual(after.data.namespaces?.default?.resources, { pods: 249, services: 0, configmaps: 1 });
  assert.equal(after.data.namespaces?.["kube-system"]?.resources.pods, 1);
  assert.equal(rig.api.requests("watch", "pods"), 1);
});

const FAULTS: readonly {
  readonly name: string;
  readonly fault: Fault;
  readonly times?: number;
  readonly error: RegExp;
}[] = [
  {
    name: "429",
    fault: { kind: "status", status: 429, reason: "TooManyRequests", retryAfterSeconds: 30 },
    error: /Cannot list pods: 429 TooManyRequests/,
  },
  {
    name: "403",
    fault: { kind: "status", status: 403, reason: "Forbidden" },
    error: /Cannot list pods: 403 Forbidden; grant "list pods"/,
  },
  {
    name: "500",
    fault: { kind: "status", status: 500, reason: "InternalError" },
    times: 5,
    error: /Cannot list pods: 500 InternalError.*tried again/,
  },
  { name: "a page that hangs", fault: { kind: "hang" }, error: /Cannot list pods: the first list is not complete/ },
];
for (const { name, fault, times, error } of FAULTS) {
  Deno.test(`metrics service: ${name} for pods leaves pods out by name, and the next report is whole`, async () => {
    await using rig = await startRig({ prepare: (api) => api.faults.plan("list", "pods", fault, times) });
    const hurt = await rig.report("a report without pods", ({ errors }) => errors?.pods !== undefined);
    assert.match(hurt.errors?.pods ?? "", error);
    assert.match(hurt.errors?.["namespaces.pods"] ?? "", error);
    assert.equal(hurt.data.pods, undefined);
    assert.equal(hurt.data.nodes?.total, 3);
    assert.deepEqual(hurt.data.namespaces?.default?.resources, { services: 1, configmaps: 1 });
    const { body } = await rig.telemetry.expose();
    assert.match(body, /agent_collector_success{collector="nodes"} 1/);
    if (fault.kind === "hang") rig.api.cutConnections();
    const whole = await rig.report("a whole report", isWhole);
    assert.equal(whole.data.pods?.total, 250);
  });
}

for (const inconsistent of [true, false]) {
  const offer = inconsistent ? "with" : "without";
  Deno.test(`metrics service: a continue token that expires ${offer} an offer to go on costs no figure`, async () => {
    await using rig = await startRig({
      prepare: (api) => api.faults.plan("list", "pods", { kind: "expiredToken", inconsistent }),
    });
    const whole = await rig.report("a whole report", isWhole);
    assert.equal(whole.data.pods?.total, 250);
    assert.equal(whole.data.namespaces?.default?.resources.pods, 250);
  });
}

Deno.test("metrics service: a watch that expired is listed again, and what happened meanwhile is in the figures", async () => {
  await using rig = await startRig({});
  await rig.report("a whole report", isWhole);
  rig.api.faults.plan("watch", "pods", { kind: "errorEvent", code: 410 });
  rig.api.cutConnections();
  rig.api.store.remove("pods", "default", "web-007");
  const after = await rig.report("the deletion", ({ data }) => data.pods?.total === 249);
  assert.equal(after.data.pods?.by_namespace?.default, 249);
});

Deno.test("metrics service: one resource that may not be counted leaves only its counts out", async () => {
  await using rig = await startRig({
    prepare: (api) => api.faults.plan("list", "services", { kind: "status", status: 403, reason: "Forbidden" }, 1_000),
  });
  const report = await rig.report("a report", ({ data }) => data.namespaces !== undefined);
  assert.deepEqual(report.data.namespaces?.default?.resources, { pods: 250, configmaps: 1 });
  assert.deepEqual(Object.keys(report.errors ?? {}), ["namespaces.services"]);
});

Deno.test("metrics service: secrets are listed only when that is asked for", async () => {
  await using rig = await startRig({ collectors: { countSecrets: true } });
  const report = await rig.report("a whole report", isWhole);
  assert.equal(report.data.namespaces?.default?.resources.secrets, 1);
});

Deno.test("metrics service: with namespaces it asks for nothing cluster-wide and leaves nodes out without an error", async () => {
  await using rig = await startRig({
    collectors: { namespaces: ["default", "kube-system"] },
    prepare: (api) => {
      putPod(api.store, "elsewhere", "Running", 0, "kube-public");
      api.faults.plan("get", "namespaces", { kind: "status", status: 403, reason: "Forbidden" }, 1_000);
    },
  });
  const { data, errors } = await rig.report("a report", (report) => report.data.namespaces !== undefined);
  assert.equal(errors, undefined);
  assert.deepEqual(Object.keys(data).sort(), ["cluster", "namespaces", "pods"]);
  assert.deepEqual(data.pods?.by_namespace, { default: 250 });
  assert.deepEqual(data.namespaces, {
    "default": {
      name: "default",
      labels: {},
      annotations: {},
      resources: { pods: 250, services: 1, configmaps: 1 },
    },
    "kube-system": {
      name: "kube-system",
      labels: {},
      annotations: {},
      resources: { pods: 0, services: 0, configmaps: 0 },
    },
  });
  assert.equal(rig.api.requests("list", "nodes") + rig.api.requests("list", "namespaces"), 0);
});

Deno.test("metrics service: a report above max_payload goes out in numbered parts with ids of their own", async () => {
  await using rig = await startRig({ maxPayload: 2_300 });
  await rig.report(
    "a second report",
    ({ timestamp }) => rig.reports[0] !== undefined && timestamp !== rig.reports[0].timestamp,
  );
  const [first] = rig.reports;
  assert.ok(first);
  const indexes = rig.reports.flatMap(({ timestamp }, index) => timestamp === first.timestamp ? [index] : []);
  const parts = indexes.map((index) => rig.messages[index] ?? assert.fail());
  assert.ok(parts.length > 1);
  assert.deepEqual(
    parts.map(({ headers }) => headers?.["Agent-Part"]),
    parts.map((_, index) => `${index + 1}/${parts.length}`),
  );
  assert.equal(new Set(rig.messages.map(({ id }) => id)).size, rig.messages.length);
  assert.ok(parts.every(({ body }) => body.length <= 2_300 - 1_024));
  const joined = metricsReportSchema.parse(joinReport(indexes.map((index) => rig.reports[index] ?? assert.fail())));
  assert.ok(isWhole(joined));
});

Deno.test("metrics service: tells its own price", async () => {
  await using rig = await startRig({});
  await rig.report("a whole report", isWhole);
  const { body } = await rig.telemetry.expose();
  for (const collector of ["cluster", "nodes", "pods", "namespaces"]) {
    const value = (series: string) => Number(body.match(new RegExp(`${series}{collector="${collector}"} (\\d+)`))?.[1]);
    assert.ok(value("agent_collector_api_received_bytes_total") > 50, collector);
    assert.ok(value("agent_collector_api_requests_total") >= 1, collector);
    assert.ok(value("agent_collector_duration_seconds_count") >= 1, collector);
    assert.ok(value("agent_collector_last_success_timestamp_seconds") > 1_700_000_000, collector);
  }
  assert.match(body, /agent_collector_objects{collector="pods"} 250/);
});
