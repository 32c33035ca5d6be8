import { parseArgs } from "node:util";
import { FLEET_SCENARIOS } from "./scenario/scenarios.ts";

export interface SimOptions {
  readonly clusters: number;
  readonly minutes: number;
  /** Names of those to play; the first, which brings the agents up, is always one. */
  readonly scenarios: readonly string[];
  readonly heartbeatMs: number;
  readonly tls: boolean;
  readonly runs: number;
}

const NAMES = FLEET_SCENARIOS.map(({ name }) => name);

export const SIM_USAGE = `deno task fleet:sim [options]
  --clusters N     how many agents (1000); every 2,500 have a process of their own
  --minutes M      how long the fleet is looked at while nothing happens (1)
  --heartbeat S    seconds between two beats of an agent (30)
  --runs N         how often each subcommand is measured; the middle counts (5)
  --plain          no TLS
  --scenario NAME  play this one alone; may be given more than once:
${NAMES.map((name) => `                     ${name}`).join("\n")}
`;

/** Reads the command line; a string is what is wrong with it. */
export function parseSimOptions(args: readonly string[]): SimOptions | string {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        clusters: { type: "string", default: "1000" },
        minutes: { type: "string", default: "1" },
        heartbeat: { type: "string", default: "30" },
        runs: { type: "string", default: "5" },
        plain: { type: "boolean", default: false },
        scenario: { type: "string", multiple: true, default: NAMES },
      },
    }));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const [clusters, minutes, heartbeat, runs] = [values.clusters, values.minutes, values.heartbeat, values.runs].map(
    Number,
  );
  if (!isWhole(clusters, 4, 20_000)) return "--clusters must be a whole number from 4 to 20000";
  if (!(minutes !== undefined && minutes > 0)) return "--minutes must be a number above 0";
  if (!(heartbeat !== undefined && heartbeat >= 1)) return "--heartbeat must be a number of seconds, 1 or more";
  if (!isWhole(runs, 1, 100)) return "--runs must be a whole number from 1 to 100";
  const unknown = values.scenario.filter((name) => !NAMES.includes(name));
  if (unknown.length > 0) return `--scenario: there is no ${unknown.join(", ")}; there are ${NAMES.join(", ")}`;
  const scenarios = NAMES.filter((name, at) => at === 0 || values.scenario.includes(name));
  return { clusters, minutes, scenarios, heartbeatMs: heartbeat * 1000, tls: !values.plain, runs };
}

function isWhole(value: number | undefined, min: number, max: number): value is number {
  return value !== undefined && Number.isSafeInteger(value) && value >= min && value <= max;
}
