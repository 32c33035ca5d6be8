import assert from "node:assert/strict";
import * as z from "zod";
import { systemClock } from "../../src/lifecycle/clock.ts";
import { type CollectorsOptions, createCollectors } from "../../src/metrics/create_collectors.ts";
import { createMetricsService } from "../../src/metrics/metrics_service.ts";
import { createMemoryOutbox } from "../../src/outbox/memory_outbox.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { type MetricsReport, metricsReportSchema } from "../../src/wire/metrics_report.ts";
import { type ControlPlane, missingControlPlaneTools, startControlPlane } from "../support/control_plane.ts";
import { eventually } from "../support/eventually.ts";
import { openTestClient } from "../support/kube_client.ts";

const NODES = 12;
const WAIT_MS = 120_000;

/** What metrics need of the agent's ClusterRole, and no more. */
const READ_ONLY = "nodes,pods,namespaces,services,configmaps";

const metadataSchema = z.object({ name: z.string(), namespace: z.string().default("") });
const nodeSchema = z.object({
  metadata: metadataSchema,
  spec: z.object({ unschedulable: z.boolean().default(false) }),
  status: z.object({
    conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
    capacity: z.record(z.string(), z.string()),
  }),
});
const podSchema = z.object({
  metadata: metadataSchema,
  status: z.object({
    phase: z.string(),
    containerStatuses: z.array(z.object({ restartCount: z.number() })).default([]),
  }),
});
const namedSchema = z.object({ metadata: metadataSchema });

async function readAll<T>(plane: ControlPlane, resource: string, schema: z.ZodType<T>): Promise<T[]> {
  const text = await plane.kubectl(["get", resource, "-A", "-o", "json"]);
  return z.object({ items: z.array(schema) }).parse(JSON.parse(text)).items;
}

function tally<T>(items: readonly T[], key: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[key(item)] = (counts[key(item)] ?? 0) + 1;
  return counts;
}

/** The figures of a report, as kubectl's lists give them. */
async function countWithKubectl(plane: ControlPlane) {
  const nodes = await readAll(plane, "nodes", nodeSchema);
  const pods = await readAll(plane, "pods", podSchema);
  const namespaces = await readAll(plane, "namespaces", namedSchema);
  const services = tally(await readAll(plane, "services", namedSchema), ({ metadata }) => metadata.namespace);
  const configmaps = tally(await readAll(plane, "configmaps", namedSchema), ({ metadata }) => metadata.namespace);
  const podsBy = tally(pods, ({ metadata }) => metadata.namespace);
  const ready =
    nodes.filter(({ status }) =>
      status.conditions.some((condition) => condition.type === "Ready" && condition.status === "True")
    ).length;
  return {
    nodes: {
      total: nodes.length,
      ready,
      not_ready: nodes.length - ready,
      schedulable: nodes.filter(({ spec }) => !spec.unschedulable).length,
      cpu_cores: nodes.reduce((sum, { status }) => sum + Number(status.capacity.cpu), 0),
    },
    names: nodes.map(({ metadata }) => metadata.name).sort(),
    pods: {
      total: pods.length,
      by_phase: tally(pods, ({ status }) => status.phase),
      by_namespace: podsBy,
      total_restarts: pods.flatMap(({ status }) => status.containerStatuses)
        .reduce((sum, { restartCount }) => sum + restartCount, 0),
    },
    resources: Object.fromEntries(
      namespaces.map(({ metadata: { name } }) => [name, {
        pods: podsBy[name] ?? 0,
        services: services[name] ?? 0,
        configmaps: configmaps[name] ?? 0,
      }]),
    ),
  };
}

/** The same figures out of a report. */
function figuresOf({ data }: MetricsReport) {
  const { nodes, pods, namespaces = {}, node_details: details = {} } = data;
  return {
    nodes: {
      total: nodes?.total,
      ready: nodes?.ready,
      not_ready: nodes?.not_ready,
      schedulable: nodes?.schedulable,
      cpu_cores: nodes?.capacity.cpu_cores,
    },
    names: Object.keys(details).sort(),
    pods,
    resources: Object.fromEntries(Object.entries(namespaces).map(([name, { resources }]) => [name, resources])),
  };
}

interface Reporter extends AsyncDisposable {
  latest(): MetricsReport | undefined;
}

/** Runs the metrics service with the token of the service account `agent`, a report a second. */
async function startReporter(
  plane: ControlPlane,
  namespace: string,
  options: Partial<CollectorsOptions> = {},
): Promise<Reporter> {
  const env = await plane.enterPod(namespace, "agent");
  const client = await openTestClient({
    port: Number(env.KUBERNETES_SERVICE_PORT),
    serviceAccountDir: env.AGENT_SERVICE_ACCOUNT_DIR ?? assert.fail("no service account folder"),
  });
  const telemetry = createMetrics();
  const outbox = createMemoryOutbox({ clock: systemClock, limit: 100, draining: () => true, onSettled: () => {} });
  const service = createMetricsService({
    collectors: createCollectors({
      client,
      clock: systemClock,
      telemetry,
      collectors: ["cluster", "nodes", "pods", "namespaces"],
      namespaces: [],
      labels: ["*"],
      annotations: [],
      countSecrets: false,
      ...options,
    }),
    outbox,
    telemetry,
    clock: systemClock,
    clusterId: "test",
    subject: "agent.metrics.test",
    intervalMs: 1_000,
    deadlineMs: 1_000,
    maxPayload: () => 1_048_576,
  });
  const stop = new AbortController();
  const running = service.run(stop.signal);
  let latest: MetricsReport | undefined;
  return {
    latest() {
      for (const entry of outbox.take("metrics", 100)) {
        latest = metricsReportSchema.parse(JSON.parse(new TextDecoder().decode(entry.message.body)));
        outbox.settle("metrics", [entry], { kind: "delivered" });
      }
      return latest;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
      client.close();
    },
  };
}

/** Waits for a report that `accept` takes and that says what kubectl counts at the same time. */
async function expectAgreement(
  what: string,
  plane: ControlPlane,
  reporter: Reporter,
  accept: (report: MetricsReport) => void = () => {},
): Promise<MetricsReport> {
  return await eventually(what, async () => {
    const want = await countWithKubectl(plane);
    const report = reporter.latest();
    assert.ok(report !== undefined);
    assert.deepEqual(figuresOf(report), want);
    assert.equal(report.errors, undefined);
    accept(report);
    return report;
  }, WAIT_MS);
}

Deno.test({
  name: "metrics: every figure equals what kubectl counts, at rest and after changes",
  ignore: (await missingControlPlaneTools({ nodes: NODES })).length > 0,
  async fn() {
    await using plane = await startControlPlane({ nodes: NODES });
    const kubectl = (line: string, ...rest: string[]) => plane.kubectl([...line.split(" "), ...rest]);
    await kubectl(`create clusterrole agent --verb=get,list,watch --resource=${READ_ONLY}`);
    await kubectl("create clusterrolebinding agent --clusterrole=agent --serviceaccount=default:agent");
    for (const name of ["team-a", "team-b"]) {
      await kubectl(`create namespace ${name}`);
      await kubectl(`-n ${name} create deployment web --image=registry.example/web:1 --replicas=30`);
      await kubectl(`-n ${name} create service clusterip web --tcp=80`);
      await kubectl(`-n ${name} create configmap settings --from-literal=a=b`);
      await kubectl(`-n ${name} wait deployment/web --for=condition=Available --timeout=60s`);
    }
    await using reporter = await startReporter(plane, "default");

    await expectAgreement("the figures at rest", plane, reporter, ({ data }) => {
      assert.equal(data.pods?.by_phase?.Running, 60);
      assert.equal(data.nodes?.ready, NODES);
      assert.equal(data.cluster?.platform, "linux/amd64");
    });

    await kubectl("cordon node-3");
    await expectAgreement("a cordoned node", plane, reporter, ({ data }) => {
      assert.equal(data.node_details?.["node-3"]?.schedulable, false);
    });

    await kubectl("label node node-4 tier=gold");
    await expectAgreement("a new label", plane, reporter, ({ data }) => {
      assert.equal(data.node_details?.["node-4"]?.labels.tier, "gold");
    });

    await kubectl("-n team-a scale deployment/web --replicas=45");
    await kubectl("-n team-b scale deployment/web --replicas=10");
    await expectAgreement("scaled deployments", plane, reporter, ({ data }) => {
      assert.deepEqual(data.pods?.by_namespace, { "team-a": 45, "team-b": 10 });
      assert.deepEqual(data.pods?.by_phase, { Running: 55 });
    });

    await kubectl("-n team-a run batch --image=registry.example/batch:1 --restart=Never");
    await kubectl("-n team-a wait pod/batch --for=condition=Ready --timeout=60s");
    const status = { phase: "Failed", containerStatuses: [exitedContainer("batch", 4)] };
    await kubectl("-n team-a patch pod batch --subresource=status -p", JSON.stringify({ status }));
    await expectAgreement("a failed pod with restarts", plane, reporter, ({ data }) => {
      assert.equal(data.pods?.by_phase?.Failed, 1);
      assert.equal(data.pods?.total_restarts, 4);
    });

    await kubectl("delete node node-9");
    await kubectl("delete namespace team-b --timeout=60s");
    await expectAgreement("a deleted node and namespace", plane, reporter, ({ data }) => {
      assert.equal(data.nodes?.total, NODES - 1);
      assert.equal(data.namespaces?.["team-b"], undefined);
    });

    await plane.killApiServer();
    await plane.startApiServer();
    await kubectl("-n team-a scale deployment/web --replicas=5");
    await expectAgreement("the figures after the API server was away", plane, reporter, ({ data }) => {
      assert.deepEqual(data.pods?.by_phase, { Running: 5, Failed: 1 });
    });
  },
});

Deno.test({
  name: "metrics: with namespaces, Role rights alone are enough",
  ignore: (await missingControlPlaneTools()).length > 0,
  async fn() {
    await using plane = await startControlPlane();
    const kubectl = (line: string) => plane.kubectl(line.split(" "));
    await kubectl("create namespace team");
    await kubectl("-n team create role agent --verb=list,watch --resource=pods,services,configmaps");
    await kubectl("-n team create rolebinding agent --role=agent --serviceaccount=team:agent");
    for (const namespace of ["team", "default"]) {
      await kubectl(`-n ${namespace} run app --image=registry.example/app:1`);
      await kubectl(`-n ${namespace} create configmap settings --from-literal=a=b`);
    }
    await using reporter = await startReporter(plane, "team", { namespaces: ["team"] });
    const report = await eventually("a report", () => reporter.latest(), WAIT_MS);
    assert.equal(report.errors, undefined);
    assert.deepEqual(Object.keys(report.data).sort(), ["cluster", "namespaces", "pods"]);
    assert.deepEqual(report.data.pods?.by_namespace, { team: 1 });
    assert.equal(report.data.namespaces?.team?.resources.configmaps, 1);
    assert.equal(report.data.namespaces?.team?.status, undefined);
  },
});

function exitedContainer(name: string, restartCount: number) {
  return {
    name,
    restartCount,
    ready: false,
    image: "registry.example/batch:1",
    imageID: "",
    state: { terminated: { exitCode: 1, reason: "Error" } },
  };
}
