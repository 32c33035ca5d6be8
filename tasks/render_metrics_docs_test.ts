import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createTelemetry } from "../src/telemetry/telemetry.ts";
import { renderMetricsDocs } from "./render_metrics_docs.ts";

const readPage = () => readFile(new URL("../docs/metrics.md", import.meta.url), "utf8");

Deno.test("docs/metrics.md is up to date (deno task docs:metrics)", async () => {
  assert.equal(await readPage(), renderMetricsDocs());
});

Deno.test("the metrics page has every series of /metrics with its type and help", async () => {
  const telemetry = createTelemetry();
  const { body } = await telemetry.expose();
  const types = [...body.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
  const helps = [...body.matchAll(/^# HELP (\S+) (.+)$/gm)].map(([, name, help]) => `${name} ${help}`);
  const { declarations } = telemetry;
  assert.deepEqual(declarations.map(({ name, type }) => `${name} ${type}`).toSorted(), types.toSorted());
  assert.deepEqual(declarations.map(({ name, help }) => `${name} ${help}`).toSorted(), helps.toSorted());
});

Deno.test("the metrics page lists every value of every label", async () => {
  const rows = (await readPage()).split("\n").filter((line) => line.startsWith("| `"));
  const missing = createTelemetry().declarations.flatMap(({ name, labels }) =>
    Object.entries(labels).flatMap(([label, { values }]) => {
      const row = rows.find((line) => line.startsWith(`| \`${label}\` |`) && line.includes(`\`${name}\``)) ?? "";
      const absent = values.filter((value) => !row.includes(`\`${value}\``)).map((value) =>
        `${name} ${label} ${value}`
      );
      return row === "" ? [`${name} ${label}`] : absent;
    })
  );
  assert.deepEqual(missing, []);
});
