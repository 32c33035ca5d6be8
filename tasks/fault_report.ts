import { type Column, recordRow, renderReport } from "./suite_report.ts";

/** What became of the events of one fault scenario. */
export interface FaultCount {
  /** Events that were made. */
  readonly eventsIn: number;
  /** Of these, how many arrived. */
  readonly reported: number;
  readonly lost: number;
  /** Lost events that an `agent_gap` told of, with their number. */
  readonly told: number;
  readonly repeatedSameId: number;
  readonly repeatedOtherId: number;
}

export interface FaultRow extends FaultCount {
  readonly scenario: string;
  /** What the agent watched, or "-" where there was none. */
  readonly api: string;
  readonly seconds: number;
}

/** Names the file that collects the rows of a run. */
export const FAULT_REPORT = "FAULT_REPORT";

/** Adds a row to the report of this run. */
export const recordFaultRow = (row: FaultRow): Promise<void> => recordRow(FAULT_REPORT, row);

const COLUMNS: readonly Column<FaultRow>[] = [
  { title: "scenario", value: ({ scenario }) => scenario, words: true },
  { title: "API server", value: ({ api }) => api, words: true },
  { title: "in", value: ({ eventsIn }) => eventsIn },
  { title: "reported", value: ({ reported }) => reported },
  { title: "lost", value: ({ lost }) => lost },
  { title: "told as a gap", value: ({ told }) => told },
  { title: "repeated, same id", value: ({ repeatedSameId }) => repeatedSameId },
  { title: "repeated, other id", value: ({ repeatedOtherId }) => repeatedOtherId },
  { title: "s", value: ({ seconds }) => seconds.toFixed(1) },
];

/** One table over all rows, and the same as one line of JSON. */
export const renderFaultReport = (rows: readonly FaultRow[]): string => renderReport("faults", COLUMNS, rows);
