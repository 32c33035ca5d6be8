import { type Column, recordRow, renderReport } from "./suite_report.ts";

/** What one scenario did to a cluster with several replicas of the agent. */
export interface ReplicaRow {
  readonly scenario: string;
  readonly runs: number;
  /** Times in which nobody watched, sorted: from what ended the old leader to the new one's open watch. */
  readonly gapsMs: readonly number[];
  /** Events in the stream, and of those that should be there, how many are not. */
  readonly events: number | null;
  readonly lost: number | null;
  /** Messages under an id that the stream has; reports of counts on the way. */
  readonly copies: number | null;
  readonly extra: number | null;
  readonly note: string;
}

/** Names the file that collects the rows of a run. */
export const REPLICA_REPORT = "REPLICA_REPORT";

/** Adds a row to the report of this run. */
export const recordReplicaRow = (row: ReplicaRow): Promise<void> => recordRow(REPLICA_REPORT, row);

/** The smallest value that so many percent of the values do not pass. */
export function percentile(sorted: readonly number[], percent: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * percent / 100) - 1)] ?? null;
}

const shown = (value: number | null) => value === null ? "-" : value.toFixed(0);

const COLUMNS: readonly Column<ReplicaRow>[] = [
  { title: "scenario", value: ({ scenario }) => scenario, words: true },
  { title: "runs", value: ({ runs }) => runs },
  { title: "gap p50, ms", value: ({ gapsMs }) => shown(percentile(gapsMs, 50)) },
  { title: "p99, ms", value: ({ gapsMs }) => shown(percentile(gapsMs, 99)) },
  { title: "events", value: ({ events }) => shown(events) },
  { title: "lost", value: ({ lost }) => shown(lost) },
  { title: "copies", value: ({ copies }) => shown(copies) },
  { title: "extra", value: ({ extra }) => shown(extra) },
  { title: "", value: ({ note }) => note, words: true },
];

/** One table over all scenarios, and the same as one line of JSON. */
export const renderReplicaReport = (rows: readonly ReplicaRow[]): string => renderReport("replicas", COLUMNS, rows);
