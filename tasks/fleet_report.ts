import { type Column, recordRow, renderReport } from "./suite_report.ts";

/** What a figure must be. */
export type FleetGoal = { readonly atMost: number } | { readonly exactly: number };

/** One figure of the simulated fleet. */
export interface FleetRow {
  readonly scenario: string;
  readonly figure: string;
  readonly clusters: number;
  /** `null`: it could not be had, which is never good enough. */
  readonly value: number | null;
  readonly unit: "s" | "MB" | "kB" | "%" | "";
  /** The same work done with the NATS library alone; `null` where there is no such thing. */
  readonly bare: number | null;
  /** `null`: it is published, and nothing is promised. */
  readonly goal: FleetGoal | null;
}

/** Names the file that collects the rows of a run. */
export const FLEET_REPORT = "FLEET_REPORT";

/** Adds a row to the report of this run. */
export const recordFleetRow = (row: FleetRow): Promise<void> => recordRow(FLEET_REPORT, row);

/** Whether the figure is what it must be. `slack` stretches bounds on time, for machines that do other things too. */
export function isKept({ value, goal, unit }: FleetRow, slack = 1): boolean {
  if (goal === null) return true;
  if (value === null) return false;
  if ("exactly" in goal) return value === goal.exactly;
  return value <= goal.atMost * (unit === "s" ? slack : 1);
}

const digits = (value: number | null) =>
  value === null ? "-" : Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 2 : 1);

function goalText(goal: FleetGoal | null): string {
  if (goal === null) return "";
  return "exactly" in goal ? String(goal.exactly) : `<= ${goal.atMost}`;
}

const COLUMNS: readonly Column<FleetRow>[] = [
  { title: "scenario", value: ({ scenario }) => scenario, words: true },
  { title: "clusters", value: ({ clusters }) => clusters },
  { title: "figure", value: ({ figure }) => figure, words: true },
  { title: "is", value: ({ value }) => digits(value) },
  { title: "", value: ({ unit }) => unit, words: true },
  { title: "bare NATS", value: ({ bare }) => digits(bare) },
  { title: "goal", value: ({ goal }) => goalText(goal) },
  { title: "", value: (row) => row.goal === null ? "" : isKept(row) ? "kept" : "MISSED", words: true },
];

/** One table over all figures, and the same as one line of JSON. */
export const renderFleetReport = (rows: readonly FleetRow[]): string => renderReport("fleet", COLUMNS, rows);
