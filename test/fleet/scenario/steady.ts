import { eventually } from "../../../sandbox/eventually.ts";
import { readProcessFigures } from "../../support/process_figures.ts";
import { countEvents } from "../support/count_events.ts";
import type { FleetRig } from "../support/fleet_rig.ts";
import { createStateLog, stayed } from "../support/state_log.ts";
import { watchStates } from "../support/watch_states.ts";
import { count, figure, type FleetScenario } from "./scenario.ts";

const EVENTS_A_MINUTE = 4;
const SETTLE_MS = 30_000;

/** A fleet at rest: beats, and four events a minute and cluster. */
export const STEADY: FleetScenario = {
  name: "steady",
  async play(rig, { steadyMs }) {
    const { made: madeBefore } = await rig.tell();
    const sinceMs = Date.now();
    const each = Math.max(1, Math.round(EVENTS_A_MINUTE * steadyMs / 60_000));
    const before = await readCpu(rig);
    const log = createStateLog();
    const reporting = Promise.all(
      rig.simulators.map((simulator) => simulator.order({ kind: "report", each, withinMs: steadyMs })),
    );
    await watchStates(rig, log, performance.now() + steadyMs);
    await reporting;
    const passedMs = Date.now() - sinceMs;
    const after = await readCpu(rig);
    await delivered(rig);
    const { made } = await rig.tell();
    const { distinct, copies } = await countEvents(rig, sinceMs);
    const percent = (from: number, to: number) => Math.round((to - from) / passedMs * 1000) / 10;
    return [
      figure("nats-server, of a core", percent(before.serverMs, after.serverMs), "%"),
      figure("simulators, of a core", percent(before.simulatorsMs, after.simulatorsMs), "%"),
      count("clusters not fresh at every look", notFresh(rig, log.changesOf), 0),
      count("events reported", made - madeBefore, each * rig.clusterIds.length),
      count("events lost", made - madeBefore - distinct, 0),
      count("copies in the stream", copies, 0),
    ];
  },
};

/** Resolves once no report waits in any agent. */
export async function delivered(rig: FleetRig): Promise<void> {
  await eventually("everything is delivered", async () => (await rig.tell()).undelivered === 0, SETTLE_MS);
}

const notFresh = ({ clusterIds }: FleetRig, changesOf: ReturnType<typeof createStateLog>["changesOf"]) =>
  clusterIds.filter((id) => !stayed(changesOf(id), "fresh")).length;

async function readCpu(rig: FleetRig): Promise<{ readonly serverMs: number; readonly simulatorsMs: number }> {
  const [server, ...simulators] = await Promise.all(
    [rig.nats.pid(), ...rig.simulators.map(({ pid }) => pid)].map(readProcessFigures),
  );
  return { serverMs: server?.cpuMs ?? 0, simulatorsMs: simulators.reduce((sum, { cpuMs }) => sum + cpuMs, 0) };
}
