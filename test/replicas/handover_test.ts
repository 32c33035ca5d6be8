import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import process from "node:process";
import { eventually } from "../../sandbox/eventually.ts";
import { percentile, recordReplicaRow } from "../../tasks/replica_report.ts";
import { systemClock } from "../../src/lifecycle/clock.ts";
import { createFaultFlow, judgeStream, type StreamVerdict } from "./fault_flow.ts";
import { openReplicaRig, type Replica, type ReplicaRig } from "./replica_rig.ts";
import { replicaPlane } from "./replica_plane.ts";

/** The long form is for a quiet machine; the short one runs with every change. */
const LONG = process.env.REPLICAS_LONG !== undefined;
const REPEAT_WINDOW_MS = 15_000;

interface Row {
  readonly name: string;
  readonly signal: "SIGTERM" | "SIGKILL";
  readonly runs: number;
  readonly events: number;
  readonly perSecond: number;
  /** Nobody watches for longer than this, in 99 of 100 times. */
  readonly limitMs: number;
}

const ROWS: readonly Row[] = [
  {
    name: "SIGTERM, in the middle of events",
    signal: "SIGTERM",
    runs: LONG ? 20 : 3,
    events: LONG ? 10_000 : 600,
    perSecond: LONG ? 100 : 60,
    limitMs: 500,
  },
  {
    name: "SIGKILL, in the middle of events",
    signal: "SIGKILL",
    runs: LONG ? 20 : 2,
    events: LONG ? 10_000 : 600,
    perSecond: LONG ? 60 : 40,
    limitMs: 5_000,
  },
];

for (const { name, signal, runs, events, perSecond, limitMs } of ROWS) {
  Deno.test({
    name: `replicas: ${name}: nothing is lost or said twice, and the next one watches soon`,
    async fn() {
      await using plane = await replicaPlane();
      await using rig = await openReplicaRig(plane);
      const prefix = `${signal.toLowerCase()}-${Date.now().toString(36)}`;
      const flow = createFaultFlow(plane, prefix);
      const gapsMs: number[] = [];
      await using all = new AsyncDisposableStack();
      const running: Replica[] = [all.use(await rig.start("a")), all.use(await rig.start("b"))];
      await watchingLeader(rig, running);
      await rig.checkpointKept();
      const made = flow.run(events, perSecond);
      for (let run = 0; run < runs; run++) {
        const leader = await watchingLeader(rig, running);
        await systemClock.sleep(randomInt(200, 3_000), never); // a random moment between two events
        const atMs = Date.now();
        leader.child.signal(signal);
        running.splice(running.indexOf(leader), 1);
        gapsMs.push(await watchedAfter(running, atMs) - atMs);
        await leader.child.exited;
        running.push(all.use(await rig.start(`r${run}`)));
      }
      await made;
      const verdict = await judgeWhenQuiet(rig, prefix, flow.expected());
      gapsMs.sort((a, b) => a - b);
      await recordReplicaRow({ scenario: name, runs, gapsMs, ...verdict, note: `${verdict.epochs} terms` });
      assert.deepEqual(
        { lost: verdict.lost, copies: verdict.copies, extra: verdict.extra, gaps: verdict.gaps },
        { lost: 0, copies: 0, extra: 0, gaps: 0 },
      );
      const slow = percentile(gapsMs, 99) ?? Infinity;
      assert.ok(slow <= limitMs, `${slow} ms`);
    },
  });
}

/** The leader, once its watch is open. */
async function watchingLeader(rig: ReplicaRig, running: readonly Replica[]): Promise<Replica> {
  const leader = await rig.leader(running);
  await eventually("the leader watches", async () => (await leader.said("Watching events")).length > 0);
  return leader;
}

/** When one of the replicas first watched after a moment; wall clock. */
async function watchedAfter(running: readonly Replica[], atMs: number): Promise<number> {
  return await eventually("another replica watches", async () => {
    for (const replica of running) {
      const found = (await replica.said("Watching events")).find((at) => at >= atMs);
      if (found !== undefined) return found;
    }
    return undefined;
  }, 20_000);
}

/** Repeats come at the end of their window. */
async function judgeWhenQuiet(
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

const never = new AbortController().signal;
