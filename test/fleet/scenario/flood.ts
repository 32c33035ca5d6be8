import { jetstreamManager } from "@nats-io/jetstream";
import type { FleetRig } from "../support/fleet_rig.ts";
import { FLEET_STREAMS } from "../../../src/fleet/fleet_stream.ts";
import { count, figure, type FleetScenario, seconds } from "./scenario.ts";
import { delivered } from "./steady.ts";

const STREAM = "AGENT_EVENTS";
/** More than the stream keeps of one cluster. */
const TOO_MANY = 500;

/** One cluster reports more than there is room for. */
export const FLOOD: FleetScenario = {
  name: "one cluster floods",
  async play(rig) {
    const [flooding = ""] = rig.clusterIds;
    const limit = FLEET_STREAMS.find(({ name }) => name === STREAM)?.maxPerSubject ?? 0;
    const before = await countBySubject(rig);
    const startMs = performance.now();
    await Promise.all(
      rig.simulators.map((each) =>
        each.order({ kind: "report", each: limit + TOO_MANY, withinMs: 0, clusters: [flooding] })
      ),
    );
    await delivered(rig);
    const tookMs = performance.now() - startMs;
    const after = await countBySubject(rig);
    const subject = `agent.event.${flooding}`;
    const others = Object.keys(before).filter((each) => each !== subject);
    const pushedOut = others.filter((each) => (after[each] ?? 0) < (before[each] ?? 0));
    return [
      figure("its events delivered", seconds(tookMs), "s"),
      count("events of its own kept", after[subject] ?? 0, limit),
      count("other clusters with events", others.length, rig.clusterIds.length - 1),
      count("other clusters that lost events", pushedOut.length, 0),
    ];
  },
};

async function countBySubject({ observer }: FleetRig): Promise<Readonly<Record<string, number>>> {
  const manager = await jetstreamManager(observer, { timeout: 30_000 });
  const { state } = await manager.streams.info(STREAM, { subjects_filter: "agent.event.*" });
  return state.subjects ?? {};
}
