import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import * as z from "zod";
import { formatProblem } from "../../src/config/config_problem.ts";
import { loadConfigContent } from "../../src/config/load_config.ts";
import { CHART_FOLDER, type ChartCase, findHelm, parseObjects, renderChart } from "../support/helm_chart.ts";

const found = await findHelm({ build: false });
const helm = found ?? "helm";
const readSample = async (name: string) =>
  parseObjects(await readFile(new URL(`../../deploy/samples/${name}`, import.meta.url), "utf8"));

const releaseSchema = z.object({
  releaseName: z.string(),
  chartRef: z.object({ kind: z.string(), name: z.string() }),
  values: z.looseObject({}),
});
const applicationSchema = z.object({
  source: z.object({
    chart: z.string(),
    targetRevision: z.string(),
    helm: z.object({ releaseName: z.string(), valuesObject: z.looseObject({}) }),
  }),
  destination: z.object({ namespace: z.string() }),
});

/** What Flux would give to Helm. */
async function readFluxSample(): Promise<ChartCase> {
  const objects = await readSample("flux.yaml");
  const release = objects.find(({ kind }) => kind === "HelmRelease");
  const { releaseName, chartRef, values } = releaseSchema.parse(release?.["spec"]);
  assert.ok(objects.some(({ kind, metadata }) => kind === chartRef.kind && metadata.name === chartRef.name));
  return { release: releaseName, namespace: release?.metadata.namespace ?? "", values };
}

/** What Argo CD would give to Helm. */
async function readArgoSample(): Promise<ChartCase> {
  const [application] = await readSample("argocd.yaml");
  const { source, destination } = applicationSchema.parse(application?.["spec"]);
  const chart: unknown = parse(await readFile(`${CHART_FOLDER}Chart.yaml`, "utf8"));
  assert.partialDeepStrictEqual(chart, { name: source.chart, version: source.targetRevision });
  return { release: source.helm.releaseName, namespace: destination.namespace, values: source.helm.valuesObject };
}

const SAMPLES = { "flux.yaml": readFluxSample, "argocd.yaml": readArgoSample };
for (const [name, readGiven] of Object.entries(SAMPLES)) {
  Deno.test({
    name: `chart samples: ${name} renders, and the agent accepts its configuration`,
    ignore: found === null,
    async fn() {
      const objects = parseObjects(await renderChart(helm, await readGiven()));
      const configMap = objects.find(({ kind }) => kind === "ConfigMap");
      const { data } = z.object({ data: z.object({ "config.yaml": z.string() }) }).parse(configMap);
      const content = { kind: "ok", text: data["config.yaml"] } as const;
      const loaded = await loadConfigContent("config.yaml", content, { env: {} });
      assert.deepEqual(loaded.kind === "ok" ? [] : loaded.problems.map(formatProblem), []);
      assert.match(content.text, /cluster_id: prod-eu-1/);
      assert.ok(objects.some(({ kind }) => kind === "Lease"));
    },
  });
}

Deno.test({
  name: "chart samples: both make the same objects",
  ignore: found === null,
  async fn() {
    const [flux, argo] = await Promise.all([
      renderChart(helm, await readFluxSample()),
      renderChart(helm, await readArgoSample()),
    ]);
    assert.equal(flux, argo);
  },
});
