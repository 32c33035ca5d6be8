import assert from "node:assert/strict";
import type { MetricsReport } from "../../src/wire/metrics_report.ts";
import { isWhole, putNode, putPod, startMetricsRig } from "../support/metrics_rig.ts";
import type { Fault, FaultVerb } from "../../sandbox/api/fault_script.ts";

/** What can go wrong with a request, and what the report must say about it. */
const FAULTS: readonly {
  readonly name: string;
  readonly fault: Fault;
  readonly says: RegExp;
  readonly hanging?: boolean;
}[] = [
  {
    name: "429",
    fault: { kind: "status", status: 429, reason: "TooManyRequests", retryAfterSeconds: 30 },
    says: /: 429 TooManyRequests/,
  },
  { name: "403", fault: { kind: "status", status: 403, reason: "Forbidden" }, says: /: 403 Forbidden; grant "/ },
  { name: "500", fault: { kind: "status", status: 500, reason: "InternalError" }, says: /: 500 InternalError/ },
  {
    name: "no answer",
    hanging: true,
    fault: { kind: "hang" },
    says: /no whole answer within|within \d+ ms|within the collector's/,
  },
];
/** Only a list can be cut in two. */
const LIST_FAULTS: typeof FAULTS = [
  {
    name: "a page that stops midway",
    hanging: true,
    fault: { kind: "stopMidway", then: "silence" },
    says: /no whole answer within|within the collector's/,
  },
  { name: "a page that breaks off midway", fault: { kind: "stopMidway", then: "cut" }, says: /^Cannot GET \/api/ },
];

/** Each request that a report is made from: which errors name it when it fails, and what the report is without it. */
const READS: readonly {
  readonly verb: FaultVerb;
  readonly resource: string;
  readonly errors: readonly string[];
  readonly without: (data: MetricsReport["data"]) => void;
}[] = [
  { verb: "get", resource: "version", errors: ["cluster"], without: (data) => delete data.cluster },
  {
    verb: "list",
    resource: "nodes",
    errors: ["nodes"],
    without: (data) => {
      delete data.nodes;
      delete data.node_details;
    },
  },
  {
    verb: "list",
    resource: "pods",
    errors: ["namespaces.pods", "pods"],
    without: (data) => {
      delete data.pods;
      for (const { resources } of Object.values(data.namespaces ?? {})) delete resources.pods;
    },
  },
  { verb: "list", resource: "namespaces", errors: ["namespaces"], without: (data) => delete data.namespaces },
  {
    verb: "list",
    resource: "services",
    errors: ["namespaces.services"],
    without: (data) => {
      for (const { resources } of Object.values(data.namespaces ?? {})) delete resources.services;
    },
  },
  {
    verb: "list",
    resource: "nodes.metrics.k8s.io",
    errors: ["nodes.usage"],
    without: (data) => {
      delete data.nodes?.usage;
      for (const node of Object.values(data.node_details ?? {})) delete node.usage;
    },
  },
  {
    verb: "list",
    resource: "pods.metrics.k8s.io",
    errors: ["namespaces.usage", "pods.usage"],
    without: (data) => {
      delete data.pods?.usage;
      for (const namespace of Object.values(data.namespaces ?? {})) delete namespace.usage;
    },
  },
];

/** What differs between two reports of the same cluster. */
function timeless({ data }: MetricsReport): MetricsReport["data"] {
  return JSON.parse(JSON.stringify(data, (key, value) => key === "as_of" ? undefined : value));
}

for (const { verb, resource, errors, without } of READS) {
  for (const { name, fault, says, hanging = false } of [...FAULTS, ...(verb === "list" ? LIST_FAULTS : [])]) {
    Deno.test(`metrics faults: ${name} for ${resource}: the rest is reported, the failure named, a later report whole`, async () => {
      await using rig = await startMetricsRig({
        hanging,
        prepare: (api) => api.faults.plan(verb, resource, fault, 1_000),
      });
      const hurt = await rig.report(
        `a report that lacks ${resource} alone and says why`,
        (report) =>
          JSON.stringify(Object.keys(report.errors ?? {}).sort()) === JSON.stringify(errors) &&
          Object.values(report.errors ?? {}).every((error) => says.test(error)),
      );
      rig.api.faults.clear();
      const whole = await rig.report("a whole report", isWhole);
      const want = timeless(whole);
      without(want);
      assert.deepEqual(timeless(hurt), want);
      assert.equal(whole.data.pods?.total, 250);
    });
  }
}

for (const inconsistent of [true, false]) {
  const offer = inconsistent ? "with" : "without";
  Deno.test(`metrics faults: a continue token that expires ${offer} an offer to go on costs no figure`, async () => {
    await using rig = await startMetricsRig({
      prepare: (api) => api.faults.plan("list", "pods", { kind: "expiredToken", inconsistent }),
    });
    const whole = await rig.report("a whole report", isWhole);
    assert.equal(whole.data.pods?.total, 250);
    assert.equal(whole.data.namespaces?.default?.resources.pods, 250);
  });
}

Deno.test("metrics faults: a changed node that can't be read again leaves the nodes out, and the next report has the change", async () => {
  await using rig = await startMetricsRig();
  await rig.report("a whole report", isWhole);
  rig.api.faults.plan("get", "nodes", { kind: "status", status: 500, reason: "InternalError" });
  putNode(rig.api.store, "node-1", { unschedulable: true });
  const hurt = await rig.report("a report without nodes", ({ errors }) => errors?.nodes !== undefined);
  assert.equal(hurt.errors?.nodes, "Cannot get nodes: 500 InternalError");
  assert.equal(hurt.data.nodes, undefined);
  assert.equal(hurt.data.pods?.total, 250);
  const whole = await rig.report("the change", ({ data }) => data.nodes?.schedulable === 2);
  assert.equal(whole.data.node_details?.["node-1"]?.schedulable, false);
  assert.ok(isWhole(whole));
});

for (const resource of ["nodes", "pods", "namespaces", "services", "configmaps"] as const) {
  Deno.test(`metrics faults: ${resource} that may be listed and not watched are listed for each report`, async () => {
    const forbidden = { kind: "status", status: 403, reason: "Forbidden" } as const;
    const listOnly: string[] = [];
    await using rig = await startMetricsRig({
      prepare: (api) => api.faults.plan("watch", resource, forbidden, 1_000),
      collectors: { onListOnly: (which, isSo) => void listOnly.push(`${which} ${isSo}`) },
    });
    await rig.report("a whole report", isWhole);
    putPod(rig.api.store, "later");
    await rig.report("what came later", ({ data }) => data.pods?.total === 251);
    assert.deepEqual(listOnly, [`${resource} true`]);
    rig.api.faults.clear();
    await rig.report("a report beside an open watch", (report) => isWhole(report) && listOnly.length === 2);
    assert.equal(listOnly[1], `${resource} false`);
  });
}
