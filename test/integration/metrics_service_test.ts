import assert from "node:assert/strict";
import { joinReport } from "../../src/report/split_report.ts";
import { metricsReportSchema } from "../../src/wire/metrics_report.ts";
import { isWhole, putNode, putPod, startMetricsRig } from "../support/metrics_rig.ts";

Deno.test("metrics service: a whole report, and another after changes", async () => {
  await using rig = await startMetricsRig({});
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

Deno.test("metrics service: a watch that expired is listed again, and what happened meanwhile is in the figures", async () => {
  await using rig = await startMetricsRig({});
  await rig.report("a whole report", isWhole);
  rig.api.faults.plan("watch", "pods", { kind: "errorEvent", code: 410 });
  rig.api.cutConnections();
  rig.api.store.remove("pods", "default", "web-007");
  const after = await rig.report("the deletion", ({ data }) => data.pods?.total === 249);
  assert.equal(after.data.pods?.by_namespace?.default, 249);
});

Deno.test("metrics service: secrets are listed only when that is asked for", async () => {
  await using rig = await startMetricsRig({ collectors: { countSecrets: true } });
  const report = await rig.report("a whole report", isWhole);
  assert.equal(report.data.namespaces?.default?.resources.secrets, 1);
});

Deno.test("metrics service: with namespaces it asks for nothing cluster-wide and leaves nodes out without an error", async () => {
  await using rig = await startMetricsRig({
    collectors: { namespaces: ["default", "kube-system"] },
    prepare: (api) => {
      putPod(api.store, "elsewhere", "Running", 0, "kube-public");
      api.faults.plan("get", "namespaces", { kind: "status", status: 403, reason: "Forbidden" }, 1_000);
    },
  });
  const { data } = await rig.report("a report without an error", ({ errors }) => errors === undefined);
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
  await using rig = await startMetricsRig({ maxPayload: 2_300 });
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
  await using rig = await startMetricsRig({});
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
