import process from "node:process";
import { eventually } from "../../../sandbox/eventually.ts";
import type { FaultRig } from "../../support/fault_rig.ts";
import { makeMarkers, makeWithHarm, type Scenario } from "./scenario.ts";

/** How long NATS is away in the long outage; shorter while somebody works on the scenario. */
const OUTAGE_MS = Number(process.env.FAULTS_OUTAGE_SECONDS ?? 60) * 1000;

const FILE_STATE = { kind: "file", path: "{dir}/state/checkpoint.json" };
const SPOOL = { spool_dir: "{dir}/spool" };

/** Kills the agent when each share of the markers is in the stream, and starts it again. */
async function killAtShares(rig: FaultRig, total: number, shares: readonly number[]): Promise<void> {
  for (const share of shares) {
    await eventually(`${share} of the burst arrived`, async () => await rig.arrived() >= share * total, 90_000);
    await rig.killAndRestartAgent();
  }
}

/** Three random moments, in order. */
const randomShares = () => [Math.random(), Math.random(), Math.random()].map((share) => 0.05 + 0.85 * share).toSorted();

/** What happens to the agent itself. */
export const AGENT_SCENARIOS: readonly Scenario[] = [
  {
    name: "SIGKILL at three random moments of a burst, checkpoint in a file",
    api: "either",
    long: true,
    options: { delivery: "jetstream", config: { state: FILE_STATE } },
    async run(rig) {
      await rig.startAgent();
      const markers = makeMarkers("killed", 10_000);
      await Promise.all([rig.api.makeEvents(markers), killAtShares(rig, markers.length, randomShares())]);
      return markers;
    },
  },
  {
    name: "SIGKILL at three random moments, checkpoint in a ConfigMap",
    api: "either",
    long: true,
    options: {
      delivery: "jetstream",
      config: { state: { kind: "configmap", configmap: { name: "agent-faults" } } },
    },
    async run(rig) {
      await rig.startAgent();
      const markers = makeMarkers("configmap", 2_000);
      await Promise.all([rig.api.makeEvents(markers), killAtShares(rig, markers.length, randomShares())]);
      return markers;
    },
  },
  {
    name: `nats-server away for ${OUTAGE_MS / 1000} s, agent killed and restarted meanwhile, spool`,
    api: "either",
    long: true,
    options: { delivery: "jetstream", config: { state: FILE_STATE, outbox: SPOOL } },
    async run(rig) {
      await rig.startAgent();
      const before = makeMarkers("before", 10);
      await rig.api.makeEvents(before);
      await eventually("the first have arrived", async () => await rig.arrived() >= before.length);
      await rig.nats.kill();
      const back = performance.now() + OUTAGE_MS;
      const away = makeMarkers("away", 5_000);
      await makeWithHarm(rig, away, [[0.3, () => rig.killAndRestartAgent()], [0.7, () => rig.killAndRestartAgent()]]);
      await eventually("the outage is over", () => performance.now() >= back, 2 * OUTAGE_MS);
      await rig.nats.restart();
      return [...before, ...away];
    },
  },
  {
    name: "SIGTERM in a burst, then a new process, spool",
    api: "sandbox",
    options: { delivery: "jetstream", config: { state: FILE_STATE, outbox: SPOOL } },
    async run(rig) {
      await rig.startAgent();
      const markers = makeMarkers("sigterm", 3_000);
      await makeWithHarm(rig, markers, [[0.5, async () => {
        await rig.agent().stop();
        await rig.startAgent();
      }]]);
      return markers;
    },
  },
];
