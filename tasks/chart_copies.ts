import { parse } from "yaml";
import * as z from "zod";
import { chartConfigSchema } from "./chart_config_schema.ts";
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

const valuesSchema = z.looseObject({
  properties: z.looseObject({ config: z.looseObject({ description: z.string() }) }),
});

/** values.schema.json with what the configuration's own schema says of `config`; the rest is written by hand. */
export function renderValuesSchema(text: string): string {
  const schema = valuesSchema.parse(JSON.parse(text));
  schema.properties.config = chartConfigSchema(schema.properties.config.description);
  return `${JSON.stringify(schema, null, 2)}\n`;
}
