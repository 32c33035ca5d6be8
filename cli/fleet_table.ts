import { stripVTControlCharacters, styleText } from "node:util";
import type { ClusterState, ClusterView } from "../src/fleet/cluster_view.ts";
import { shortIds } from "./cluster_labels.ts";
import { displayWidth } from "./display_width.ts";
import { type Column, describeLeftOut, fitTable, type FittedTable } from "./plain_table.ts";
import { printable } from "./printable.ts";
import { wrapLine } from "./wrap_line.ts";

const COLOUR_OF: Readonly<Record<ClusterState, "green" | "yellow" | "red" | "magenta" | "gray">> = {
  fresh: "green",
  degraded: "yellow",
  stale: "yellow",
  lost: "red",
  duplicate: "magenta",
  stopped: "gray",
};

/** Which cluster, whether it is there and how bad it is come first; where it runs is known to who named it. */
const COLUMNS: readonly Column[] = [
  { title: "CLUSTER", cut: "middle", least: 16 },
  { title: "NAME", cut: "middle", least: 12, worth: 8 },
  { title: "PROVIDER", worth: 1 },
  { title: "REGION", worth: 2 },
  { title: "VERSION", cut: "end", least: 10, worth: 3 },
  { title: "STATE" },
  { title: "BEAT", worth: 9 },
  { title: "CRIT", worth: 12 },
  { title: "HIGH", worth: 11 },
  { title: "MED", worth: 7 },
  { title: "LOW", worth: 4 },
  { title: "QUEUE", worth: 10 },
  { title: "LAG", worth: 5 },
  { title: "DROPS", worth: 6 },
];

/** The fleet as a table for people, with a footer: counts by state, the oldest beat, and what is not known. */
export function formatFleetTable(
  clusters: readonly ClusterView[],
  options: {
    readonly colour: boolean;
    readonly unreadable: number;
    readonly known: number;
    /** Columns of the terminal, which lines then fit; `null`: nothing is cut or left out. */
    readonly width: number | null;
  },
): string {
  const { width } = options;
  const fitted = fitRows(clusters.map((cluster) => rowOf(cluster, options.colour)), width);
  const below = wrapLine(`${footer(clusters, options)}${describeLeftOut(fitted)}`, width, "");
  return [...(clusters.length === 0 ? [] : [fitted.text, ""]), ...below].map((line) => `${line}\n`).join("");
}

/** On a terminal that has no room for all of it, of a long id what `agent exec` needs is shown. */
function fitRows(rows: readonly (readonly string[])[], width: number | null): FittedTable {
  const whole = fitTable(COLUMNS, rows, null);
  if (width === null || displayWidth(widest(whole.text)) <= width) return whole;
  const short = shortIds(rows.map(([id = ""]) => id));
  return fitTable(COLUMNS, rows.map(([, ...cells], at) => [short[at] ?? "", ...cells]), width);
}

const widest = (text: string) =>
  stripVTControlCharacters(text).split("\n").reduce((most, line) => line.length > most.length ? line : most, "");

/** One cluster's cells; what its agent does not say is `-`. */
function rowOf(cluster: ClusterView, colour: boolean): string[] {
  const { faults1h } = cluster;
  const count = (value: number | null | undefined) => value === null || value === undefined ? "-" : String(value);
  const state = cluster.state + (cluster.skewMs === null ? "" : " (skewed)");
  return [
    ...[cluster.id, cluster.name, cluster.provider, cluster.region, cluster.version].map((text) =>
      printable(text ?? "-")
    ),
    colour ? styleText(COLOUR_OF[cluster.state], state) : state,
    cluster.beatAgeMs === null ? "-" : formatAge(cluster.beatAgeMs),
    count(faults1h?.critical),
    count(faults1h?.high),
    count(faults1h?.medium),
    count(faults1h?.low),
    count(cluster.queue),
    cluster.watchLagSeconds === null ? "-" : formatAge(cluster.watchLagSeconds * 1000),
    count(cluster.droppedTotal),
  ];
}

function footer(
  clusters: readonly ClusterView[],
  { unreadable, known }: { readonly unreadable: number; readonly known: number },
): string {
  const counts = new Map<ClusterState, number>();
  for (const { state } of clusters) counts.set(state, (counts.get(state) ?? 0) + 1);
  const states = [...counts].map(([state, count]) => `${count} ${state}`).join(", ");
  const ages = clusters.flatMap(({ beatAgeMs }) => beatAgeMs === null ? [] : [beatAgeMs]);
  const silent = clusters.filter(({ faults1h }) => faults1h === null).length;
  const skewed = clusters.filter(({ skewMs }) => skewMs !== null).length;
  return [
    clusters.length === 0 ? describeNone(known) : `${countOf(clusters.length, "cluster")}: ${states}`,
    ...(ages.length === 0 ? [] : [`oldest beat ${formatAge(Math.max(...ages))} ago`]),
    ...(silent === 0 ? [] : [`${silent} do not count faults (an older version)`]),
    ...(skewed === 0 ? [] : [`${skewed} with a clock more than 30 s off`]),
    ...(unreadable === 0 ? [] : [
      unreadable === 1
        ? "1 message that is none of its subject's"
        : `${unreadable} messages that are none of their subject's`,
    ]),
  ].join("; ");
}

/** Filters may leave nothing of a fleet, and a fleet that was set up just now has heard of nobody. */
function describeNone(known: number): string {
  return known === 0
    ? "No agent is known here; one that runs is listed from its next heartbeat on"
    : `None of ${known === 1 ? "the one agent" : `the ${known} agents`} known here matches`;
}

const countOf = (count: number, what: string) => `${count} ${count === 1 ? what : `${what}s`}`;

/** `4s`, `3m`, `2h`, `5d`: two digits at most, as kubectl prints ages. */
function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 2 * 3_600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 48 * 3_600) return `${Math.floor(seconds / 3_600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}
