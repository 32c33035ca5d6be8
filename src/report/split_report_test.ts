import assert from "node:assert/strict";
import fc from "fast-check";
import { type MetricsReport, metricsReportSchema } from "../wire/metrics_report.ts";
import { joinReport, splitReport } from "./split_report.ts";

const envelope = { cluster_id: "c", timestamp: "2026-11-23T10:00:00.000Z" };
const namespaceOf = (name: string, labels: Record<string, string> = {}) => ({
  name,
  status: "Active",
  created: "2026-11-23T09:00:00Z",
  labels,
  annotations: {},
  resources: { pods: 1 },
});
const nodeOf = (name: string, message: string, labels: Record<string, string> = {}) => ({
  name,
  ready: true,
  schedulable: true,
  labels,
  annotations: {},
  conditions: { Ready: { status: "True", reason: "KubeletReady", message } },
  node_info: {},
  capacity: { cpu: "4" },
  allocatable: {},
});

function reportOf(namespaces: readonly string[], nodes: readonly string[], message = "ready"): MetricsReport {
  return {
    ...envelope,
    data: {
      cluster: { version: "v1", git_version: "v1", platform: "linux/amd64" },
      nodes: { total: 1, ready: 1, not_ready: 0, schedulable: 1, capacity: { cpu_cores: 4 }, allocatable: {} },
      node_details: Object.fromEntries(nodes.map((name) => [name, nodeOf(name, message)])),
      pods: {
        total: 3,
        by_phase: { Running: 3 },
        by_namespace: Object.fromEntries(namespaces.map((name) => [name, 1])),
        total_restarts: 2,
      },
      namespaces: Object.fromEntries(namespaces.map((name) => [name, namespaceOf(name)])),
    },
    errors: { "namespaces.services": "Cannot list services: 403 Forbidden" },
  };
}

const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).length;
const names = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

Deno.test("split: a report that fits is sent as it is", () => {
  const report = reportOf(["default"], ["n"]);
  assert.deepEqual(splitReport(report, bytesOf(report)), [report]);
});

Deno.test("split: parts fit, are valid messages, and together are the whole, whatever the names", () => {
  const name = fc.oneof(fc.string({ unit: "binary", maxLength: 20 }), fc.constantFrom("__proto__", 'a"b', "\u20ac"));
  fc.assert(fc.property(
    fc.uniqueArray(name, { maxLength: 30 }),
    fc.uniqueArray(name, { maxLength: 30 }),
    fc.integer({ min: 1_000, max: 4_000 }),
    (namespaces, nodes, limit) => {
      const report = reportOf(namespaces, nodes);
      const parts = splitReport(report, limit);
      for (const part of parts) {
        assert.ok(bytesOf(part) <= limit);
        assert.equal(part.timestamp, report.timestamp);
      }
      // Compared as JSON with sorted keys: the order of keys is not part of the message.
      assert.equal(canonical(joinReport(parts)), canonical(report));
      assert.equal(canonical(joinReport(parts.toReversed())), canonical(report));
    },
  ));
});

Deno.test("split: parts pass the schema of the message", () => {
  const parts = splitReport(reportOf(names("ns", 40), names("node", 40)), 2_000);
  assert.ok(parts.length > 5);
  for (const part of parts) assert.deepEqual(metricsReportSchema.parse(part), part);
});

Deno.test("split: the same report gives the same parts", () => {
  const report = reportOf(names("ns", 40), names("node", 40));
  assert.deepEqual(splitReport(report, 2_000), splitReport(structuredClone(report), 2_000));
});

Deno.test("split: parts are filled before a new one is begun", () => {
  const report = reportOf(names("ns", 100), names("node", 100));
  const parts = splitReport(report, 4_000);
  assert.ok(parts.length <= Math.ceil(bytesOf(report) / 4_000 * 1.3), `${parts.length} parts`);
});

Deno.test("split: a node too large for a message loses its labels first", () => {
  const report = reportOf([], []);
  const labels = Object.fromEntries(names("label", 200).map((key) => [key, "x".repeat(20)]));
  report.data.node_details = { big: nodeOf("big", "ready", labels), small: nodeOf("small", "ready", { a: "b" }) };
  const joined = metricsReportSchema.parse(joinReport(splitReport(report, 2_000)));
  assert.deepEqual(joined.data.node_details?.big, nodeOf("big", "ready"));
  assert.deepEqual(joined.data.node_details?.small, nodeOf("small", "ready", { a: "b" }));
});

Deno.test("split: a node that is still too large is left out, and the errors say so", () => {
  const report = reportOf([], []);
  const huge = { ...nodeOf("huge", "ready"), capacity: { cpu: "x".repeat(3_000) } };
  report.data.node_details = { huge, small: nodeOf("small", "ready") };
  const parts = splitReport(report, 2_000);
  assert.ok(parts.every((part) => bytesOf(part) <= 2_000));
  const joined = metricsReportSchema.parse(joinReport(parts));
  assert.deepEqual(Object.keys(joined.data.node_details ?? {}), ["small"]);
  assert.match(joined.errors?.["node_details.huge"] ?? "", /Too large for one message of 2000 bytes.*max_payload/);
});

Deno.test("split: a limit too small for anything still gives a message and no crash", () => {
  for (const limit of [-500, 0, 10, 100, 300]) {
    const parts = splitReport(reportOf(["default"], ["n"]), limit);
    assert.ok(parts.length >= 1);
    for (const part of parts) assert.equal(part.cluster_id, "c");
  }
});

Deno.test("split: nothing known to be there stays different from not known", () => {
  const joined = metricsReportSchema.parse(joinReport(splitReport(reportOf([], [], "x".repeat(10)), 600)));
  assert.deepEqual(joined.data.namespaces, {});
  assert.deepEqual(joined.data.node_details, {});
  assert.deepEqual(joined.data.pods?.by_namespace, {});
});

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
    return Object.entries(inner).sort(([a], [b]) => a < b ? -1 : 1);
  });
}
