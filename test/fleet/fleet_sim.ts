/**
 * `deno task fleet:sim`: thousands of agents, made of the program's own parts, in a few processes around one nats-server,
 * and what becomes of them. Prints one table; exit code 1 when a figure is missed.
 */
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import process from "node:process";
import { findTool } from "../../sandbox/find_tool.ts";
import { runToolOrFail } from "../../sandbox/run_tool.ts";
import { type FleetRow, isKept, renderFleetReport } from "../../tasks/fleet_report.ts";
import { bundleAgent } from "../support/agent_program.ts";
import type { FleetScenario } from "./scenario/scenario.ts";
import { FLEET_SCENARIOS } from "./scenario/scenarios.ts";
import { type FleetRig, openFleetRig } from "./support/fleet_rig.ts";
import { parseSimOptions, SIM_USAGE, type SimOptions } from "./sim_options.ts";

/** As many as 20 objects that keep failing report in an hour. */
const HISTORY_EACH = 240;
/** Longer than the server and the agents wait for each other's pings. */
const PAUSE_MS = 20_000;

async function simulate(options: SimOptions): Promise<readonly FleetRow[]> {
  await bundleAgent();
  const rows: FleetRow[] = [];
  await using rig = await openFleetRig(options);
  for (const scenario of FLEET_SCENARIOS.filter(({ name }) => options.scenarios.includes(name))) {
    process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${scenario.name}\n`);
    rows.push(...await play(scenario, rig, options));
  }
  return rows;
}

async function play(scenario: FleetScenario, rig: FleetRig, { minutes, runs }: SimOptions) {
  const figures = await scenario.play(rig, {
    steadyMs: minutes * 60_000,
    pauseMs: PAUSE_MS,
    runs,
    historyEach: HISTORY_EACH,
  });
  return figures.map((each): FleetRow => ({ scenario: scenario.name, clusters: rig.options.clusters, ...each }));
}

/** What the figures were had on. */
async function describeMachine(): Promise<string> {
  const server = await runToolOrFail(await findTool("nats-server"), ["--version"]);
  const model = cpus()[0]?.model.trim() ?? "a processor";
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${availableParallelism()} cores of ${model}, ${gigabytes} GB; Deno ${Deno.version.deno}, ` +
    `${server.trim()}; load before: ${loadavg()[0]?.toFixed(1)}`;
}

const args = process.argv.slice(2);
if (args.includes("--help")) {
  process.stdout.write(SIM_USAGE);
  process.exit(0);
}
const options = parseSimOptions(args);
if (typeof options === "string") {
  process.stderr.write(`${options}\n\n${SIM_USAGE}`);
  process.exit(2);
}
const machine = await describeMachine();
const rows = await simulate(options);
process.stdout.write(
  `\n${machine}\n${options.clusters} clusters, ${options.tls ? "TLS (P-256)" : "no TLS"}, ` +
    `a beat every ${options.heartbeatMs / 1000} s; middle of ${options.runs}\n\n${renderFleetReport(rows)}`,
);
process.exit(rows.every((row) => isKept(row)) ? 0 : 1);
