import { parse } from "yaml";
import * as z from "zod";
import { renderChartReadme } from "./render_chart_readme.ts";

/** Files of the chart that are copies, both beside its folder: templates read nothing outside it. */
export const CHART_COPIES: readonly { readonly from: string; readonly to: string }[] = [
  { from: "../../grafana/agent.json", to: "files/agent.json" },
  { from: "../../prometheus/alerts.yaml", to: "files/alerts.yaml" },
  { from: "values.yaml", to: "files/defaults.yaml" },
];

const chartSchema = z.object({ version: z.string(), kubeVersion: z.string() });

/** README.md of the shipped chart, from its Chart.yaml and values.yaml. */
export function renderShippedChartReadme(chart: string, values: string): string {
  return renderChartReadme(chartSchema.parse(parse(chart)), values);
}
