import type { FleetRow } from "../../../tasks/fleet_report.ts";
import type { FleetRig } from "../support/fleet_rig.ts";

/** What a scenario may take, and what it is told of the run. */
export interface ScenarioOptions {
  /** How long the steady fleet is looked at. */
  readonly steadyMs: number;
  /** How long NATS is stopped, but not killed. */
  readonly pauseMs: number;
  /** How often what is measured by the subcommands is measured. */
  readonly runs: number;
  /** Events that each cluster reports before history is read. */
  readonly historyEach: number;
}

type Figure = Omit<FleetRow, "scenario" | "clusters">;

/** One thing that a fleet does or that is done to it. It leaves the fleet as it found it. */
export interface FleetScenario {
  readonly name: string;
  readonly play: (rig: FleetRig, options: ScenarioOptions) => Promise<readonly Figure[]>;
}

/** A figure, by its goal where it has one. */
export function figure(
  name: string,
  value: number | null,
  unit: FleetRow["unit"],
  { bare = null, goal = null }: Partial<Pick<FleetRow, "bare" | "goal">> = {},
): Figure {
  return { figure: name, value, unit, bare, goal };
}

/** A count that must be so and no other. */
export const count = (name: string, value: number | null, exactly: number): Figure =>
  figure(name, value, "", { goal: { exactly } });

/** Seconds, to the hundredth; `null` stays. */
export const seconds = (ms: number | null): number | null => ms === null ? null : Math.round(ms / 10) / 100;
