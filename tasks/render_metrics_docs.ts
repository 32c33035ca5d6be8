import type { SeriesDeclaration } from "../src/telemetry/declare_series.ts";
import { type Label, OTHER } from "../src/telemetry/label.ts";
import { createTelemetry } from "../src/telemetry/telemetry.ts";
import { markdownTable } from "./markdown_table.ts";

const INTRODUCTION = `# Metrics

<!-- Written by \`deno task docs:metrics\` from src/telemetry/telemetry.ts. Change the table there, not this page. -->

\`GET /metrics\` on the health port answers in the Prometheus text format. Every series also has the label \`cluster_id\`,
once the cluster's id is known. Times are in seconds, sizes in bytes. [operations.md](operations.md) has the alerts worth having.
`;

const VALUES_INTRODUCTION = `## Values of labels

A label has no other values than these. If the values are not known beforehand, there is a limit: the first values are kept
apart, and all later ones are counted under \`${OTHER}\`.
`;

/** docs/metrics.md: every series with its type, labels and help, and every value of a label, from the declarations alone. */
export function renderMetricsDocs(series: readonly SeriesDeclaration[] = createTelemetry().declarations): string {
  return [
    INTRODUCTION,
    markdownTable(
      ["series", "type", "labels", "what it means"],
      series.map(({ name, type, labels, help }) => [
        `\`${name}\``,
        type,
        Object.keys(labels).map((label) => `\`${label}\``).join(", "),
        help,
      ]),
    ),
    VALUES_INTRODUCTION,
    markdownTable(["label", "series", "values"], rowsOfLabels(series)),
  ].join("\n");
}

/** A row a label; series whose label takes the same values share it. */
function rowsOfLabels(series: readonly SeriesDeclaration[]): string[][] {
  const rows = new Map<string, { readonly label: string; readonly values: string; readonly series: string[] }>();
  for (const { name, labels } of series) {
    for (const [label, spec] of Object.entries(labels)) {
      const values = describeValues(spec);
      const key = `${label} ${values}`;
      const row = rows.get(key) ?? { label, values, series: [] };
      row.series.push(`\`${name}\``);
      rows.set(key, row);
    }
  }
  return [...rows.values()].map((row) => [`\`${row.label}\``, row.series.join(", "), row.values]);
}

function describeValues({ values, meanings, open }: Label<string>): string {
  const known = values.map((value) => {
    const meaning = meanings[value] ?? "";
    return meaning === "" ? `\`${value}\`` : `\`${value}\` (${meaning.replace(/\.$/, "")})`;
  });
  if (open === null) return known.join(", ");
  const bound = `${open.why}; at most ${open.atMost.toLocaleString("en-US")}`;
  return known.length === 0 ? bound : `${known.join(", ")}; ${bound}`;
}
