import { copyFile, readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { CHART_COPIES, renderShippedChartReadme, renderValuesSchema } from "./chart_copies.ts";

/**
 * Writes the chart's README.md from its values, the part of its schema that is the configuration's, and the copies of files
 * that it holds: Flux drops symbolic links.
 */
const chart = new URL("../deploy/helm/agent/", import.meta.url);
for (const { from, to } of CHART_COPIES) await copyFile(new URL(from, chart), new URL(to, chart));
const read = (name: string) => readFile(new URL(name, chart), "utf8");
await writeFile(
  new URL("README.md", chart),
  renderShippedChartReadme(await read("Chart.yaml"), await read("values.yaml")),
);
await writeFile(new URL("values.schema.json", chart), renderValuesSchema(await read("values.schema.json")));
process.stdout.write("wrote README.md, values.schema.json and files/ of deploy/helm/agent\n");
