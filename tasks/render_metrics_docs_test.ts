import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createMetrics } from "../src/telemetry/metrics.ts";
import { explainedLabels, readSeries, renderMetricsDocs } from "./render_metrics_docs.ts";

Deno.test("docs/metrics.md is up to date (deno task docs:metrics)", async () => {
  assert.equal(await readFile(new URL("../docs/metrics.md", import.meta.url), "utf8"), renderMetricsDocs());
});

Deno.test("the metrics page has every series of /metrics with its type and help", async () => {
  const { body } = await createMetrics().expose();
  const declared = readSeries();
  const types = [...body.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
  const helps = [...body.matchAll(/^# HELP (\S+) (.+)$/gm)].map(([, name, help]) => `${name} ${help}`);
  assert.deepEqual(declared.map(({ name, type }) => `${name} ${type}`).toSorted(), types.toSorted());
  assert.deepEqual(declared.map(({ name, help }) => `${name} ${help}`).toSorted(), helps.toSorted());
});

Deno.test("the metrics page explains labels that exist", () => {
  const known = new Set(readSeries().flatMap(({ name, labels }) => labels.map((label) => `${name} ${label}`)));
  assert.deepEqual(explainedLabels().filter(([name, label]) => !known.has(`${name} ${label}`)), []);
});
