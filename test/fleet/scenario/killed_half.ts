import type { FleetRig } from "../support/fleet_rig.ts";
import { createStateLog, diedInOrder, firstToBe, lastToBe, stayed } from "../support/state_log.ts";
import { watchStates } from "../support/watch_states.ts";
import { count, figure, type FleetScenario, seconds } from "./scenario.ts";

const STALE_BEATS = 2.5;
const LOST_BEATS = 10;
/** Between two looks, and for a look at a large fleet. */
const LOOK_MS = 2_000;
const CONNECT_MS = 60_000;

/** Half of the agents go at once, without a word; later they come back. */
export const KILLED_HALF: FleetScenario = {
  name: "half of the agents killed",
  async play(rig) {
    const { heartbeatMs } = rig.options;
    const killed = rig.simulators.slice(0, Math.ceil(rig.simulators.length / 2));
    const goneIds = killed.flatMap(({ clusterIds }) => clusterIds);
    const log = createStateLog();
    log.look(await rig.look(), performance.now());
    const killedMs = performance.now();
    for (const each of killed) {
      rig.forget(each);
      await each.kill();
    }
    const gone = () => goneIds.map(log.changesOf);
    await watchStates(
      rig,
      log,
      killedMs + LOST_BEATS * heartbeatMs + 3 * LOOK_MS,
      () => gone().every((changes) => changes.at(-1)?.state === "lost"),
    );
    const others = rig.clusterIds.filter((id) => !goneIds.includes(id));
    const figures = [
      // The last beat of each is up to one interval older than its end.
      figure("first seen stale, the earliest", seconds(firstToBe("stale", killedMs, gone())), "s"),
      count("stale before its time", early("stale", STALE_BEATS - 1, killedMs, gone(), heartbeatMs), 0),
      figure("first seen stale, the last", seconds(lastToBe("stale", killedMs, gone())), "s", {
        goal: { atMost: (STALE_BEATS * heartbeatMs + LOOK_MS) / 1000 },
      }),
      count("lost before its time", early("lost", LOST_BEATS - 1, killedMs, gone(), heartbeatMs), 0),
      figure("first seen lost, the last", seconds(lastToBe("lost", killedMs, gone())), "s", {
        goal: { atMost: (LOST_BEATS * heartbeatMs + LOOK_MS) / 1000 },
      }),
      count("killed that flickered", gone().filter((changes) => !diedInOrder(changes)).length, 0),
      count(
        "others that were not fresh at every look",
        others.filter((id) => !stayed(log.changesOf(id), "fresh")).length,
        0,
      ),
    ];
    return [...figures, ...await comeBack(rig, goneIds)];
  },
};

const early = (
  state: "stale" | "lost",
  beats: number,
  sinceMs: number,
  all: Parameters<typeof firstToBe>[2],
  heartbeatMs: number,
) => all.filter((changes) => (firstToBe(state, sinceMs, [changes]) ?? Infinity) < beats * heartbeatMs).length;

/** They are started again; each is fresh with its first beat, and stays so. */
async function comeBack(rig: FleetRig, ids: readonly string[]) {
  const { heartbeatMs } = rig.options;
  const back = await rig.spawn(ids);
  const log = createStateLog();
  log.look(await rig.look(), Date.now());
  const startMs = Date.now();
  await Promise.all(back.map((each) => each.order({ kind: "start" })));
  await rig.connected(CONNECT_MS);
  const { connectsMs } = await rig.tell(startMs);
  const all = () => ids.map(log.changesOf);
  const areFresh = () => all().every((changes) => changes.at(-1)?.state === "fresh");
  await watchStates(rig, log, performance.now() + heartbeatMs + LOOK_MS, areFresh);
  const freshMs = areFresh() ? Date.now() - Math.max(...connectsMs) : null;
  const cameBack = all().filter((changes) => changes.map(({ state }) => state).join() === "lost,fresh");
  return [
    figure("fresh after the last has connected", seconds(freshMs), "s", { goal: { atMost: heartbeatMs / 1000 } }),
    count("went from lost to fresh in one step", cameBack.length, ids.length),
  ];
}
