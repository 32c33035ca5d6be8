import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import process from "node:process";
import { percentile, recordReplicaRow } from "../../tasks/replica_report.ts";
import { systemClock } from "../../src/lifecycle/clock.ts";
import { createFaultFlow } from "./fault_flow.ts";
import { openReplicaRig, type Replica } from "./replica_rig.ts";
import { replicaPlane } from "./replica_plane.ts";
import { allReady, judgeWhenQuiet, watchedAfter, watchingLeader } from "./watch_gap.ts";

/** The long form is for a quiet machine; the short one runs with every change. */
const LONG = process.env.REPLICAS_LONG !== undefined;

interface Row {
  readonly name: string;
  readonly signal: "SIGTERM" | "SIGKILL";
  readonly runs: number;
  readonly events: number;
  readonly perSecond: number;
  /** Nobody watches for longer than this, in 99 of 100 times; a machine that does other things is given more. */
  readonly limitMs: number;
}

/**
 * The checkpoint remembers the newest thousand faults: at more of them a second than this, one that was reported a repeat
 * window ago may be told once more after a kill.
 */
const PER_SECOND = 40;

const ROWS: readonly Row[] = [
  {
    name: "SIGTERM, in the middle of events",
    signal: "SIGTERM",
    runs: LONG ? 20 : 3,
    events: LONG ? 10_000 : 400,
    perSecond: PER_SECOND,
    limitMs: LONG ? 500 : 3_000,
  },
  {
    name: "SIGKILL, in the middle of events",
    signal: "SIGKILL",
    runs: LONG ? 20 : 2,
    events: LONG ? 10_000 : 600,
    perSecond: PER_SECOND,
    limitMs: LONG ? 5_000 : 8_000,
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
        await allReady(running);
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

const never = new AbortController().signal;
