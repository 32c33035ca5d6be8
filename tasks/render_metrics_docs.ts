import { GAP_REASONS } from "../src/events/gap.ts";
import { createMetrics } from "../src/telemetry/metrics.ts";
import { markdownTable } from "./markdown_table.ts";

/** One series as src/telemetry/metrics.ts declares it. */
export interface Series {
  readonly name: string;
  readonly type: "gauge" | "counter" | "histogram";
  readonly labels: readonly string[];
  readonly help: string;
}

const INTRODUCTION = `# Metrics

<!-- Written by \`deno task docs:metrics\` from src/telemetry/metrics.ts. Change the table there, not this page. -->

\`GET /metrics\` on the health port answers in the Prometheus text format. Every series also carries the label \`cluster_id\`,
once the cluster's id is known. Times are in seconds, sizes in bytes. [operations.md](operations.md) has the alerts worth having.
`;

/** What the labels say that are neither free text nor explained by their name. */
const LABEL_VALUES: readonly (readonly [series: string, label: string, values: string])[] = [
  ["agent_events_seen_total", "type", "`ADDED`, `MODIFIED`, `DELETED`: the watch; `LISTED`: the list before it"],
  [
    "agent_events_ignored_total",
    "reason",
    "`normal` (no rule knows it, and it is no Warning), `rule` (known noise), `unknown_warning` (with `events.unknown_warnings: drop`), " +
    "`namespace` (excluded), `unchanged` (an edit, or a copy), `repeat_held` (waits for the end of its window), `deleted` (expired), " +
    "`unreadable`, `backlog` (older than `events.backlog`), `already_seen` (listed again)",
  ],
  ["agent_messages_dropped_total", "kind", "`event`, `metrics`, `result`, `heartbeat`"],
  [
    "agent_messages_dropped_total",
    "reason",
    "`overflow` (the outbox was full), `too_large` (above the server's `max_payload`), `stale` (a heartbeat or metrics report too old to be of use)",
  ],
  [
    "agent_publish_errors_total",
    "reason",
    "`disconnected`, `flush_timeout`, `refused` (no permission), `no_stream`, `stream_full`, `stream_error`, `ack_timeout`",
  ],
  ["agent_gaps_reported_total", "reason", Object.keys(GAP_REASONS).map((reason) => `\`${reason}\``).join(", ")],
  [
    "agent_watch_restarts_total",
    "cause",
    "`closed`, `silent_close`, `expired`, `too_many_requests`, `unauthorized`, `forbidden`, `server_error`, `stalled`; see [architecture.md](architecture.md)",
  ],
  ["agent_watch_lines_skipped_total", "reason", "`invalid_json`, `unexpected`"],
  [
    "agent_nats_errors_total",
    "kind",
    "`authorization`, `permission`, `tls`, `timeout`, `refused`, `configuration`, `other`",
  ],
];

/** docs/metrics.md: every series with its type, labels and help, from the declarations alone. */
export function renderMetricsDocs(series: readonly Series[] = readSeries()): string {
  return [
    INTRODUCTION,
    markdownTable(
      ["series", "type", "labels", "what it says"],
      series.map(({ name, type, labels, help }) => [
        `\`${name}\``,
        type,
        labels.map((label) => `\`${label}\``).join(", "),
        help,
      ]),
    ),
    "## Values of labels\n",
    markdownTable(
      ["series", "label", "values"],
      LABEL_VALUES.map(([name, label, values]) => [`\`${name}\``, `\`${label}\``, values]),
    ),
  ].join("\n");
}

/** Every series that `createMetrics` makes, in its order. */
export function readSeries(): readonly Series[] {
  return Object.values<unknown>(createMetrics()).flatMap((member) => {
    const series = seriesOf(member);
    return series === null ? [] : [series];
  });
}

/** The explained labels, for the test that compares them with the declarations. */
export function explainedLabels(): readonly (readonly [series: string, label: string])[] {
  return LABEL_VALUES.map(([series, label]) => [series, label]);
}

/** The client library keeps the declaration on the metric, though its types do not say so. */
function seriesOf(member: unknown): Series | null {
  if (typeof member !== "object" || member === null) return null;
  if (!("name" in member && "help" in member && "labelNames" in member)) return null;
  const { name, help, labelNames } = member;
  if (typeof name !== "string" || typeof help !== "string" || !Array.isArray(labelNames)) return null;
  return { name, type: typeOf(member), labels: labelNames.map(String), help };
}

function typeOf(metric: object): Series["type"] {
  const type = metric.constructor.name.toLowerCase();
  if (type === "gauge" || type === "counter" || type === "histogram") return type;
  throw new Error(`No column of docs/metrics.md fits a ${type}`);
}
