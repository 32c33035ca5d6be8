import { appendFile, readFile } from "node:fs/promises";
import process from "node:process";

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

/** Names the file that collects the rows of a run; unset, a row only goes to standard error. */
const REPORT_VARIABLE = "FAULT_REPORT";

/** Adds a row to the report of this run. */
export async function recordFaultRow(row: FaultRow): Promise<void> {
  const file = process.env[REPORT_VARIABLE];
  const line = JSON.stringify(row) + "\n";
  if (file === undefined) process.stderr.write(line);
  else await appendFile(file, line);
}

/** The rows that the tests of this run recorded. */
export async function readFaultRows(file: string): Promise<readonly FaultRow[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

const COLUMNS: readonly { readonly title: string; readonly value: (row: FaultRow) => string | number }[] = [
  { title: "scenario", value: ({ scenario }) => scenario },
  { title: "API server", value: ({ api }) => api },
  { title: "in", value: ({ eventsIn }) => eventsIn },
  { title: "reported", value: ({ reported }) => reported },
  { title: "lost", value: ({ lost }) => lost },
  { title: "told as a gap", value: ({ told }) => told },
  { title: "repeated, same id", value: ({ repeatedSameId }) => repeatedSameId },
  { title: "repeated, other id", value: ({ repeatedOtherId }) => repeatedOtherId },
  { title: "s", value: ({ seconds }) => seconds.toFixed(1) },
];

/** One table over all rows, and the same as one line of JSON. */
export function renderFaultReport(rows: readonly FaultRow[]): string {
  const cells = [COLUMNS.map(({ title }) => title), ...rows.map((row) => COLUMNS.map(({ value }) => `${value(row)}`))];
  const widths = COLUMNS.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  const lines = cells.map((line) =>
    line.map((cell, column) => column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))
      .join("  ").trimEnd()
  );
  return `${lines.join("\n")}\n\n${JSON.stringify({ faults: rows })}\n`;
}
