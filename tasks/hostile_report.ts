import { type Column, recordRow, renderReport } from "./suite_report.ts";

/** What one attack did to the agent. */
export interface HostileRow {
  readonly attack: string;
  /** Who kept the container's limits. */
  readonly limits: string;
  readonly sent: number;
  /** Resident memory of the agent at its highest; and with what its commands had of their own. */
  readonly peakBytes: number;
  readonly treePeakBytes: number;
  /** The longest time in which /health/live was asked and did not answer; and in which no connection to it stood. */
  readonly silenceMs: number;
  readonly connectMs: number;
  readonly alive: boolean;
  /** What should have arrived and did not; and of how much of that the agent has told. */
  readonly lost: number;
  readonly told: number;
  /** What happened that must not. */
  readonly problems: readonly string[];
  readonly seconds: number;
}

/** Names the file that collects the rows of a run. */
export const HOSTILE_REPORT = "HOSTILE_REPORT";

/** Adds a row to the report of this run. */
export const recordHostileRow = (row: HostileRow): Promise<void> => recordRow(HOSTILE_REPORT, row);

const COLUMNS: readonly Column<HostileRow>[] = [
  { title: "attack", value: ({ attack }) => attack, words: true },
  { title: "sent", value: ({ sent }) => sent },
  { title: "peak memory, MB", value: ({ peakBytes }) => (peakBytes / 1e6).toFixed(0) },
  { title: "with commands, MB", value: ({ treePeakBytes }) => (treePeakBytes / 1e6).toFixed(0) },
  { title: "longest silence, ms", value: ({ silenceMs }) => silenceMs.toFixed(0) },
  { title: "to connect, ms", value: ({ connectMs }) => connectMs.toFixed(0) },
  { title: "alive", value: ({ alive }) => alive ? "yes" : "NO" },
  { title: "lost", value: ({ lost }) => lost },
  { title: "told", value: ({ told }) => told },
  { title: "s", value: ({ seconds }) => seconds.toFixed(0) },
  { title: "what must not be", value: ({ problems }) => problems.join("; "), words: true },
];

/** One table over all attacks, and the same as one line of JSON. */
export const renderHostileReport = (rows: readonly HostileRow[]): string => renderReport("hostile", COLUMNS, rows);
