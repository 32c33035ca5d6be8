import { writeFile } from "node:fs/promises";
import process from "node:process";
import { renderMetricsDocs } from "./render_metrics_docs.ts";

/** Writes docs/metrics.md from the declared series. */
await writeFile(new URL("../docs/metrics.md", import.meta.url), renderMetricsDocs());
process.stdout.write("wrote docs/metrics.md\n");
