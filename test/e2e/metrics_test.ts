import assert from "node:assert/strict";
import process from "node:process";
import type { MetricsReport, Usage } from "../../src/wire/metrics_report.ts";
import { type ControlPlane, missingControlPlaneTools, startControlPlane } from "../support/control_plane.ts";
import { countWithKubectl } from "../support/count_with_kubectl.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { startMetricsApi } from "../support/metrics_api.ts";
import { type MetricsReporter, startMetricsReporter, startProgramReporter } from "../support/metrics_reporter.ts";

/**
 * `METRICS_NODES=500 METRICS_PODS=5000` runs this beside a cluster of that size, with the program itself (`AGENT_BINARY`,
 * or the sources) in place of its metrics service.
 */
const BIG = process.env.METRICS_NODES !== undefined;
const NODES = Number(process.env.METRICS_NODES ?? 12);
/** In two namespaces, half in each. */
const PODS = Number(process.env.METRICS_PODS ?? 60);
const WAIT_MS = BIG ? 600_000 : 120_000;

/** What metrics need of the agent's ClusterRole, and no more. */
const READ_ONLY = "nodes,pods,namespaces,services,configmaps";

/** Where two values differ, as paths with both sides; `absent` is no value at all. */
function differences(got: unknown, want: unknown, path = "data"): string[] {
  if (isRecord(got) && isRecord(want)) {
    return [...new Set([...Object.keys(got), ...Object.keys(want)])].flatMap((key) =>
      differences(got[key], want[key], `${path}.${key}`)
    );
  }
  const [left, right] = [got, want].map((value) => value === undefined ? "absent" : JSON.stringify(value));
  return left === right ? [] : [`${path}: reported ${left}, kubectl has ${right}`];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Waits for a report that `accept` takes and that says what kubectl counts at the same time. */
async function expectAgreement(
  what: string,
  plane: ControlPlane,
  reporter: MetricsReporter,
  accept: (report: MetricsReport) => void = () => {},
): Promise<MetricsReport> {
  return await eventually(what, async () => {
    const want = await countWithKubectl(plane);
    const report = reporter.latest();
    assert.ok(report !== undefined);
    // Beside a big cluster an assertion's own comparison of what differs would take gigabytes.
    assert.deepEqual(differences(report.data, want).slice(0, 10), []);
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
      await kubectl(`-n ${name} create deployment web --image=registry.example/web:1 --replicas=${PODS / 2}`);
      await kubectl(`-n ${name} create service clusterip web --tcp=80`);
      await kubectl(`-n ${name} create configmap settings --from-literal=a=b`);
      await kubectl(`-n ${name} wait deployment/web --for=condition=Available --timeout=${WAIT_MS}ms`);
    }
    await using reporter = await (BIG ? startProgramReporter : startMetricsReporter)(plane, "default");

    await expectAgreement("the figures at rest", plane, reporter, ({ data }) => {
      assert.equal(data.pods?.by_phase?.Running, PODS);
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

    const [more, fewer] = [PODS * 0.75, PODS * 0.15];
    await kubectl(`-n team-a scale deployment/web --replicas=${more}`);
    await kubectl(`-n team-b scale deployment/web --replicas=${fewer}`);
    await expectAgreement("scaled deployments", plane, reporter, ({ data }) => {
      assert.deepEqual(data.pods?.by_namespace, { "team-a": more, "team-b": fewer });
      assert.deepEqual(data.pods?.by_phase, { Running: more + fewer });
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
    await kubectl(`delete namespace team-b --timeout=${WAIT_MS}ms`);
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
    await using reporter = await startMetricsReporter(plane, "team", { namespaces: ["team"] });
    const report = await eventually("a report", () => reporter.latest(), WAIT_MS);
    assert.equal(report.errors, undefined);
    assert.deepEqual(Object.keys(report.data).sort(), ["cluster", "namespaces", "pods"]);
    assert.deepEqual(report.data.pods?.by_namespace, { team: 1 });
    assert.equal(report.data.namespaces?.team?.resources.configmaps, 1);
    assert.equal(report.data.namespaces?.team?.status, undefined);
  },
});

Deno.test({
  name:
    "metrics: usage is reported while the metrics API is served, with the rights to read it, and is absent otherwise",
  ignore: (await missingControlPlaneTools()).length > 0,
  async fn() {
    await using plane = await startControlPlane();
    const kubectl = (line: string) => plane.kubectl(line.split(" "));
    await kubectl(`create clusterrole agent --verb=get,list,watch --resource=${READ_ONLY}`);
    await kubectl("create clusterrolebinding agent --clusterrole=agent --serviceaccount=default:agent");
    await plane.kubectl(
      ["create", "-f", "-"],
      JSON.stringify({ apiVersion: "v1", kind: "Node", metadata: { name: "n" } }),
    );
    const usage = (cpu: string, memory: string) => ({ usage: { cpu, memory } });
    await using api = await startMetricsApi(plane, {
      nodes: [{ metadata: { name: "n" }, ...usage("156340000n", "2Gi") }],
      pods: [
        { metadata: { name: "a", namespace: "default" }, containers: [usage("1500u", "1Mi"), usage("2m", "1Ki")] },
        { metadata: { name: "b", namespace: "kube-system" }, containers: [usage("1", "1M")] },
      ],
    });
    await using reporter = await startMetricsReporter(plane, "default");
    const report = (what: string, accept: (report: MetricsReport) => boolean) =>
      eventually(what, () => {
        const latest = reporter.latest();
        return latest !== undefined && accept(latest) && latest;
      }, WAIT_MS);
    const isWithout = ({ data, errors }: MetricsReport) =>
      errors === undefined && data.nodes?.total === 1 && data.nodes.usage === undefined && data.pods !== undefined &&
      data.pods.usage === undefined;
    await report("a report without usage and without an error", isWithout);

    await api.register();
    const refused = await report("usage may not be read", ({ errors }) => errors?.["nodes.usage"] !== undefined);
    assert.match(refused.errors?.["pods.usage"] ?? "", /403 Forbidden; grant "list pods.metrics.k8s.io"/);
    await kubectl("create clusterrole usage --verb=list --resource=nodes.metrics.k8s.io,pods.metrics.k8s.io");
    await kubectl("create clusterrolebinding usage --clusterrole=usage --serviceaccount=default:agent");
    const { data } = await report(
      "usage",
      ({ data, errors }) => errors === undefined && data.pods?.usage !== undefined,
    );
    const figures = ({ cpu_cores, memory_bytes, covers }: Usage) => [cpu_cores, memory_bytes, covers];
    assert.deepEqual(data.nodes?.usage && figures(data.nodes.usage), [0.15634, 2 ** 31, 1]);
    assert.deepEqual(data.node_details?.n?.usage, { cpu: "156340000n", memory: String(2 ** 31) });
    assert.deepEqual(data.pods?.usage && figures(data.pods.usage), [1.0035, 2 ** 20 + 2 ** 10 + 1e6, 2]);
    const inDefault = data.namespaces?.default?.usage;
    assert.deepEqual(inDefault && figures(inDefault), [0.0035, 2 ** 20 + 2 ** 10, 1]);

    await api.unregister();
    await report("no usage any more, and no error", isWithout);
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
