import { eventually } from "../../sandbox/eventually.ts";
import { systemClock } from "../../src/lifecycle/clock.ts";
import { judgeStream, type StreamVerdict } from "./fault_flow.ts";
import type { Replica, ReplicaRig } from "./replica_rig.ts";

const REPEAT_WINDOW_MS = 15_000;
const never = new AbortController().signal;

/** The leader, once its watch is open. */
export async function watchingLeader(rig: ReplicaRig, running: readonly Replica[]): Promise<Replica> {
  const leader = await rig.leader(running);
  await eventually("the leader watches", async () => (await leader.said("Watching events")).length > 0);
  return leader;
}

/** Waits until each of them is ready: a rolling update ends no old replica before. */
export async function allReady(running: readonly Replica[]): Promise<void> {
  for (const replica of running) {
    await eventually(`${replica.name} is ready`, async () => (await replica.ready()).ok, 20_000);
  }
}

/** When one of the replicas first watched after a moment; wall clock. */
export async function watchedAfter(running: readonly Replica[], atMs: number, limitMs = 20_000): Promise<number> {
  return await eventually("another replica watches", async () => {
    for (const replica of running) {
      const found = (await replica.said("Watching events")).find((at) => at >= atMs);
      if (found !== undefined) return found;
    }
    return undefined;
  }, limitMs);
}

/** Repeats come at the end of their window. */
export async function judgeWhenQuiet(
  rig: ReplicaRig,
  prefix: string,
  expected: ReadonlySet<string>,
): Promise<StreamVerdict> {
  await eventually("everything has arrived", async () => {
    const verdict = await judgeStream(rig.central, prefix, expected);
    if (verdict.lost === 0) return true;
    throw new Error(JSON.stringify(verdict));
  }, REPEAT_WINDOW_MS + 20_000).catch(() => {}); // the verdict says it
  await systemClock.sleep(REPEAT_WINDOW_MS + 2_000, never); // what comes too much comes late
  return await judgeStream(rig.central, prefix, expected);
}
