import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import process from "node:process";
import * as z from "zod";
import { formatProblem } from "../../src/config/config_problem.ts";
import { loadConfigContent } from "../../src/config/load_config.ts";
import { type ControlPlane, missingControlPlaneTools, startControlPlane } from "../support/control_plane.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { CHART_CASES, CHART_FOLDER, findHelm, parseObjects, renderChart, substanceOf } from "../support/helm_chart.ts";
import { runToolOrFail } from "../../sandbox/run_tool.ts";
import {
  AGENT_NAMESPACE,
  EVIDENCE_FOLDER,
  MANIFESTS_FOLDER,
  NAMESPACED_FOLDER,
  NAMESPACED_NAMESPACE,
  readManifest,
  REPLICAS_FOLDER,
} from "../support/shipped_manifests.ts";

const DEPLOY = new URL("../../deploy/", import.meta.url).pathname;
const CRDS = new URL("../fixtures/monitoring_crds.yaml", import.meta.url).pathname;
const SERVICE_MONITOR = `${DEPLOY}prometheus/servicemonitor.yaml`;

const missing = await missingControlPlaneTools();
if (missing.length > 0) {
  process.stderr.write(`SKIPPED: the manifests on a real API server; not found: ${missing.join(", ")}\n`);
}
const found = missing.length > 0 ? null : await findHelm({ build: true });
const helm = found ?? "helm";

/** Who checks each shipped YAML; a file that nobody does fails. */
const CHECKED_BY: readonly { readonly files: RegExp; readonly by: string }[] = [
  { files: /^manifests\//, by: "kubectl apply -k, below" },
  { files: /^manifests-namespaced\//, by: "kubectl apply -k, below" },
  { files: /^manifests-replicas\//, by: "kubectl apply -k, below" },
  { files: /^manifests-evidence\//, by: "kubectl kustomize, below" },
  { files: /^helm\/agent\/templates\//, by: "helm template, below" },
  { files: /^helm\/agent\/(?:Chart|values)\.yaml$/, by: "helm lint in test/integration/chart_test.ts" },
  { files: /^helm\/agent\/files\/alerts\.yaml$/, by: "the chart's PrometheusRule, below" },
  { files: /^helm\/agent\/files\/defaults\.yaml$/, by: "tasks/render_chart_readme_test.ts" },
  { files: /^samples\//, by: "helm template, in test/integration/chart_samples_test.ts" },
  { files: /^prometheus\/servicemonitor\.yaml$/, by: "the published schema, below" },
  { files: /^prometheus\/alerts(?:_test)?\.yaml$/, by: "promtool in test/integration/monitoring_test.ts" },
  { files: /^nats\/streams\.nack\.yaml$/, by: "the definitions of fleet setup, in src/fleet/nack_streams_test.ts" },
  { files: /^export\/vector\.yaml$/, by: "test/integration/export_test.ts" },
  { files: /^config\.example\.yaml$/, by: "the loader, below" },
];

Deno.test("deploy: every shipped YAML is checked by somebody", async () => {
  const files = (await readdir(DEPLOY, { recursive: true })).filter((file) => /\.ya?ml$/.test(file));
  assert.ok(files.length > 20);
  assert.deepEqual(files.filter((file) => !CHECKED_BY.some(({ files }) => files.test(file))), []);
  assert.deepEqual(CHECKED_BY.filter((row) => !files.some((file) => row.files.test(file))).map(({ by }) => by), []);
});

Deno.test("deploy: the loader accepts the example of a configuration", async () => {
  const text = await readFile(`${DEPLOY}config.example.yaml`, "utf8");
  const loaded = await loadConfigContent("config.example.yaml", { kind: "ok", text }, { env: {} });
  assert.deepEqual(loaded.kind === "ok" ? [] : loaded.problems.map(formatProblem), []);
});

const linesOf = (text: string) => text.trim().split("\n");
const notEnding = (text: string, end: RegExp) => linesOf(text).filter((line) => !end.test(line));

/** Applies twice: the first time everything is made, then nothing changes, as the server counts. */
async function applyTwice(plane: ControlPlane, args: readonly string[], stdin?: string): Promise<number> {
  const apply = (...more: string[]) => plane.kubectl(["apply", "--validate=strict", ...args, ...more], stdin);
  assert.deepEqual(notEnding(await apply("--dry-run=client"), / created \(dry run\)$/), []);
  const made = await apply();
  assert.deepEqual(notEnding(made, / created$/), []);
  const before = await versions(plane);
  assert.deepEqual(notEnding(await apply("--dry-run=server"), / unchanged \(server dry run\)$/), []);
  assert.deepEqual(notEnding(await apply(), / unchanged$/), []);
  assert.deepEqual(await versions(plane), before);
  return linesOf(made).length;
}

const listSchema = z.object({
  items: z.array(z.object({
    kind: z.string(),
    metadata: z.object({ namespace: z.string().optional(), name: z.string(), resourceVersion: z.string() }),
  })),
});

/** The resourceVersion of every object that the shipped files make. */
async function versions(plane: ControlPlane): Promise<string[]> {
  const kinds = "namespaces,serviceaccounts,clusterroles,clusterrolebindings,roles,rolebindings,configmaps," +
    "deployments,services,networkpolicies";
  const selector = ["-l", "app.kubernetes.io/name=aetherius-agent"];
  const listed: unknown = JSON.parse(await plane.kubectl(["get", kinds, "-A", ...selector, "-o", "json"]));
  const { items } = listSchema.parse(listed);
  assert.ok(items.length >= 11);
  return items.map(({ kind, metadata }) =>
    `${kind} ${metadata.namespace}/${metadata.name} ${metadata.resourceVersion}`
  );
}

Deno.test({
  name: "deploy: the shipped files on a real API server",
  ignore: missing.length > 0,
  async fn(t) {
    await using plane = await startControlPlane();
    const dryRun = (...args: string[]) => plane.kubectl(["apply", "--dry-run=server", "--validate=strict", ...args]);
    const dryRunText = (text: string) =>
      plane.kubectl(["apply", "--dry-run=server", "--validate=strict", "-f", "-"], text);

    await t.step("kubectl apply -k deploy/manifests succeeds, and a second time changes nothing", async () => {
      assert.equal(await applyTwice(plane, ["-k", MANIFESTS_FOLDER]), 12);
    });

    await t.step(
      "kubectl apply -k deploy/manifests-namespaced succeeds, and a second time changes nothing",
      async () => {
        assert.equal(await applyTwice(plane, ["-k", NAMESPACED_FOLDER]), 11);
      },
    );

    await t.step(
      "the set with evidence and without commands has the role of the one and not that of the other",
      async () => {
        const objects = parseObjects(await plane.kubectl(["kustomize", EVIDENCE_FOLDER]));
        const roles = objects.filter(({ kind }) => kind === "ClusterRole").map(({ metadata }) => metadata.name);
        assert.deepEqual(roles.sort(), ["aetherius-agent-evidence", "aetherius-agent-report"]);
        assert.equal(objects.filter(({ kind }) => kind === "ClusterRoleBinding").length, 2);
        await dryRun("-k", EVIDENCE_FOLDER);
      },
    );

    await t.step("one replica becomes two by kubectl apply -k, which leaves the Lease's holder alone", async () => {
      const apply = (...more: string[]) =>
        plane.kubectl(["apply", "--validate=strict", "-k", REPLICAS_FOLDER, ...more]);
      const made = await apply();
      assert.match(made, /^deployment\.apps\/agent configured$/m);
      assert.match(made, /^lease\.coordination\.k8s\.io\/agent created$/m);
      const path = `/apis/coordination.k8s.io/v1/namespaces/${AGENT_NAMESPACE}/leases/agent`;
      const patch = { spec: { holderIdentity: "pod_1", leaseDurationSeconds: 4 } };
      await plane.request("PATCH", path, patch, { "content-type": "application/merge-patch+json" });
      // kubectl sends a budget's selector each time, whose change is none.
      assert.deepEqual(notEnding(await apply(), / unchanged$|^poddisruptionbudget\S+ configured$/), []);
      assert.match((await plane.request("GET", path)).text, /"holderIdentity":"pod_1"/);
    });

    await t.step("the namespaced set has nothing that belongs to the cluster", async () => {
      const objects = parseObjects(await plane.kubectl(["kustomize", NAMESPACED_FOLDER]));
      assert.deepEqual(objects.filter(({ metadata }) => metadata.namespace !== NAMESPACED_NAMESPACE), []);
      assert.deepEqual(objects.filter(({ kind }) => kind.startsWith("Cluster")), []);
      assert.doesNotMatch(JSON.stringify(objects), /"namespace":"aetherius-agent"/);
    });

    await t.step("pod security `restricted` takes the pod, and refuses it with more rights", async () => {
      const [pod, loose] = await Promise.all([podOf({}), podOf({ hostNetwork: true })]);
      const path = `/api/v1/namespaces/${AGENT_NAMESPACE}/pods?dryRun=All`;
      assert.equal((await plane.request("POST", path, pod)).status, 201);
      const refused = await plane.request("POST", path, loose);
      assert.equal(refused.status, 403);
      assert.match(refused.text, /violates PodSecurity .*restricted/);
    });

    await t.step("the ServiceMonitor fits the published schema, and a wrong one does not", async () => {
      await plane.kubectl(["apply", "-f", CRDS]);
      await eventually("the schemas are served", async () => {
        const kinds = await plane.kubectl(["api-resources", "--api-group=monitoring.coreos.com", "-o", "name"]);
        return kinds.includes("servicemonitors") && kinds.includes("prometheusrules");
      }, 30_000);
      assert.match(await dryRun("-f", SERVICE_MONITOR), / created \(server dry run\)$/m);
      const text = await readFile(SERVICE_MONITOR, "utf8");
      await assert.rejects(dryRunText(text.replace("scrapeTimeout", "scrapeTimout")), /unknown field .*scrapeTimout/);
      await assert.rejects(dryRunText(text.replace("interval: 30s", "interval: often")), /interval/);
    });

    if (found === null) return;

    await t.step("helm template | kubectl apply succeeds, and a second time changes nothing", async () => {
      const namespace = "agent-by-helm";
      const text = await renderChart(helm, { namespace, values: { namespace: { create: true } } });
      assert.equal(await applyTwice(plane, ["-f", "-"], text), 12);
    });

    await t.step("the same with one namespace's Roles alone", async () => {
      const text = await renderChart(helm, {
        release: "team",
        namespace: "kube-public",
        values: { namespaced: { enabled: true } },
      });
      assert.equal(await applyTwice(plane, ["-f", "-"], text), 11);
    });

    for (const name of ["team-a", "team-b"]) await plane.kubectl(["create", "namespace", name]);
    for (const [name, given] of Object.entries(CHART_CASES)) {
      await t.step(`the API server takes the chart's objects: ${name}`, async () => {
        const text = await renderChart(helm, { ...given, release: `case-${name}` });
        assert.equal(linesOf(await dryRunText(text)).length, parseObjects(text).length);
      });
    }

    await t.step("the API server takes the chart's alert rules and dashboard", async () => {
      const values = { prometheusRule: { enabled: true }, dashboard: { enabled: true } };
      const shown = await dryRunText(await renderChart(helm, { release: "watched", values }));
      assert.match(shown, /prometheusrule.*created/);
      assert.match(shown, /configmap\/watched-agent-dashboard created/);
    });

    await t.step("helm installs, upgrades and removes a release, and says what to look at", async () => {
      const release = ["released", "--namespace", "team-a", "--kubeconfig", plane.kubeconfig];
      const values = ["--set", "namespaced.enabled=true"];
      const install = () => runToolOrFail(helm, ["upgrade", "--install", ...release, CHART_FOLDER, ...values]);
      const first = await install();
      assert.match(first, /STATUS: deployed/);
      assert.match(first, /kubectl -n team-a logs deployment\/released-agent/);
      assert.match(first, /set clusterId/);
      assert.match(await install(), /REVISION: 2/);
      await runToolOrFail(helm, ["uninstall", ...release]);
      const left = await plane.kubectl(["get", "deployments,roles,configmaps", "-n", "team-a", "-o", "name"]);
      assert.doesNotMatch(left, /released/);
    });

    await t.step("namespaced mode renders what deploy/manifests-namespaced has", async () => {
      const shipped = parseObjects(await plane.kubectl(["kustomize", NAMESPACED_FOLDER]));
      const namespace = NAMESPACED_NAMESPACE;
      const rendered = parseObjects(await renderChart(helm, { namespace, values: { namespaced: { enabled: true } } }));
      const withoutWatched = (value: unknown) => JSON.parse(JSON.stringify(value, replaceWatched));
      assert.deepEqual(
        rendered.map((object) => withoutWatched(substanceOf(object))),
        shipped.map((object) => withoutWatched(substanceOf(object))),
      );
    });
  },
});

/** The set names its namespace by WATCH_NAMESPACES, the chart in the configuration, which comes to the same. */
function replaceWatched(key: string, value: unknown): unknown {
  if (key === "env") return undefined;
  if (key !== "config.yaml" || typeof value !== "object" || value === null) return value;
  const { events: _events, metrics: _metrics, cluster_id: _id, ...rest } = {
    events: 0,
    metrics: 0,
    cluster_id: 0,
    ...value,
  };
  return rest;
}

const deploymentSchema = z.object({
  kind: z.literal("Deployment"),
  spec: z.object({ template: z.object({ metadata: z.looseObject({}), spec: z.looseObject({}) }) }),
});

/** A bare pod from the Deployment's template, with some of its fields replaced. */
async function podOf(changes: Record<string, unknown>) {
  const { template } = deploymentSchema.parse((await readManifest("04-deployment.yaml"))[0]).spec;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...template.metadata, name: "probe" },
    spec: { ...template.spec, ...changes },
  };
}
