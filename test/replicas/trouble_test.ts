import assert from "node:assert/strict";
import process from "node:process";
import { eventually } from "../../sandbox/eventually.ts";
import { systemClock } from "../../src/lifecycle/clock.ts";
import { compareResourceVersions } from "../../src/kube/resource_version.ts";
import { recordReplicaRow } from "../../tasks/replica_report.ts";
import type { ControlPlane } from "../support/control_plane.ts";
import { LEASE_PATH, openReplicaRig, type Replica, type ReplicaRig } from "./replica_rig.ts";
import { type ApiFront, openApiFront } from "./api_front.ts";
import { createFaultFlow, type FaultFlow } from "./fault_flow.ts";
import { replicaPlane } from "./replica_plane.ts";
import { allReady, judgeWhenQuiet, watchedAfter, watchingLeader } from "./watch_gap.ts";

const LONG = process.env.REPLICAS_LONG !== undefined;
const never = new AbortController().signal;
const pause = (ms: number) => systemClock.sleep(ms, never);

/** Replicas `a`, `b` and so on at work, one of them leading, with faults to tell. */
interface Scene {
  /** Starts one more replica, which ends with the others. */
  readonly add: (name: string, clockMs?: number) => Promise<Replica>;
  readonly front: ApiFront | null;
  readonly plane: ControlPlane;
  readonly rig: ReplicaRig;
  readonly flow: FaultFlow;
  readonly replicas: readonly Replica[];
  readonly leader: Replica;
  readonly others: readonly Replica[];
}

interface Scenario {
  readonly name: string;
  readonly replicas?: number;
  /** Plays in the long form alone. */
  readonly long?: boolean;
  /** How far their clocks are ahead, in turn; default: not at all. */
  readonly clocksMs?: readonly number[];
  /** Whether the API server's answers are to be troubled. */
  readonly fronted?: boolean;
  /** Faults a second while it lasts. */
  readonly perSecond?: number;
  readonly seconds: number;
  /** Does the harm; returns the times in which nobody watched, and what else there is to say. */
  readonly play: (scene: Scene) => Promise<{ readonly gapsMs: readonly number[]; readonly note: string }>;
}

const STOPPED_SECONDS = LONG ? 60 : 8;
const AWAY_SECONDS = LONG ? 60 : 8;
const TROUBLED_SECONDS = LONG ? 30 : 10;
const HOUR_MS = 3_600_000;

const SCENARIOS: readonly Scenario[] = [
  {
    name: `SIGSTOP for ${STOPPED_SECONDS} s, and back`,
    seconds: STOPPED_SECONDS + 6,
    async play({ rig, leader, others, replicas }) {
      const atMs = Date.now();
      leader.child.signal("SIGSTOP");
      const gapMs = await watchedAfter(others, atMs) - atMs;
      await pause(1_000); // it takes commands a moment after it watches; until then they only reach the one that is stopped
      const ids = Array.from({ length: 5 }, () => rig.command(["kubectl", "get", "namespaces"]));
      await eventually("the successor answers", () => ids.every((id) => rig.answers(id).length > 0), 20_000);
      await pause(Math.max(0, STOPPED_SECONDS * 1000 - (Date.now() - atMs)));
      const before = await rig.checkpointVersion();
      leader.child.signal("SIGCONT");
      await eventually("the old leader steps down", async () => (await leader.ready()).text.includes("standby of"));
      await pause(2_000); // what it would still do, it does at once
      const started = (await Promise.all(replicas.map((replica) => replica.started()))).flat();
      const twice = ids.filter((id) => started.filter((other) => other === id).length !== 1);
      assert.deepEqual(twice, [], "each command has run exactly once");
      assert.deepEqual(ids.map((id) => rig.answers(id).length), ids.map(() => 1), "and was answered once");
      const after = await rig.checkpointVersion();
      assert.ok((compareResourceVersions(after, before) ?? -1) >= 0, `the checkpoint went from ${before} to ${after}`);
      return { gapsMs: [gapMs], note: `${ids.length} commands, each run once` };
    },
  },
  {
    name: "the Lease is deleted, and made again",
    seconds: 8,
    async play({ plane, rig, leader, replicas }) {
      await plane.request("DELETE", LEASE_PATH);
      await eventually("nobody leads, and it is said", async () => {
        const { ok, text } = await leader.ready();
        return !ok && /lead: the Lease .*does not exist/.test(text);
      });
      const atMs = Date.now();
      await plane.kubectl(["apply", "-k", new URL("../../deploy/manifests-replicas/", import.meta.url).pathname]);
      return {
        gapsMs: [await watchedAfter(replicas, atMs) - atMs],
        note: `${(await rig.lease())?.spec?.leaseTransitions}`,
      };
    },
  },
  {
    name: "three replicas, the leader is killed",
    replicas: 3,
    seconds: 8,
    async play({ leader, others }) {
      const atMs = Date.now();
      await leader.child.kill();
      const gapMs = await watchedAfter(others, atMs) - atMs;
      await pause(1_500);
      const leading = await Promise.all(others.map((replica) => replica.leads()));
      assert.equal(leading.filter(Boolean).length, 1);
      return { gapsMs: [gapMs], note: "one of the two leads" };
    },
  },
  {
    name: "the leader is cut off from the API server",
    seconds: 12,
    async play({ leader, others }) {
      const atMs = Date.now();
      leader.api.partition();
      const gapMs = await watchedAfter(others, atMs) - atMs;
      leader.api.heal();
      await eventually("it stands by again", async () => (await leader.ready()).text.includes("standby of"), 30_000);
      return { gapsMs: [gapMs], note: "stands by afterwards" };
    },
  },
  {
    name: `the API server is away for ${AWAY_SECONDS} s`,
    seconds: AWAY_SECONDS + 7,
    async play({ plane, rig, replicas }) {
      await plane.killApiServer();
      await pause(AWAY_SECONDS * 1000);
      await plane.startApiServer();
      const atMs = Date.now();
      await watchingLeader(rig, replicas);
      const gapMs = await watchedAfter(replicas, atMs - 2_000) - atMs;
      return { gapsMs: [Math.max(0, gapMs)], note: "after its return" };
    },
  },
  {
    name: "the leader is cut off from NATS",
    seconds: 22,
    async play({ leader, others }) {
      const atMs = Date.now();
      leader.bus.partition();
      leader.bus.cut();
      const gapMs = await watchedAfter(others, atMs, 30_000) - atMs;
      leader.bus.heal();
      return { gapsMs: [gapMs], note: "of them 15 s in which it still watches" };
    },
  },
  {
    name: "NATS is away for 20 s",
    seconds: 24,
    async play({ rig, replicas }) {
      await rig.nats.stop();
      await pause(20_000);
      await rig.nats.restart();
      const atMs = Date.now();
      await rig.leader(replicas, 40_000);
      return { gapsMs: [], note: `led again ${((Date.now() - atMs) / 1000).toFixed(1)} s after its return` };
    },
  },
  ...([
    { what: "answers 3 s late", mood: { kind: "slow", ms: 3_000 } },
    { what: "answers 429", mood: { kind: "throttles" } },
  ] as const).map(({ what, mood }): Scenario => ({
    name: `the API server ${what} for ${TROUBLED_SECONDS} s`,
    fronted: true,
    seconds: TROUBLED_SECONDS + 8,
    async play({ rig, front, replicas, leader }) {
      front?.be(mood);
      await eventually("the leader steps down", async () => !await leader.leads(), 10_000);
      await pause(TROUBLED_SECONDS * 1000);
      const leading = await Promise.all(replicas.map((replica) => replica.leads()));
      assert.ok(leading.filter(Boolean).length <= 1, "two lead");
      front?.be({ kind: "well" });
      const atMs = Date.now();
      const gapMs = await watchedAfter(replicas, atMs, 30_000) - atMs;
      await watchingLeader(rig, replicas);
      assert.ok(replicas.every(({ child }) => child.running()), "a process has ended");
      return { gapsMs: [gapMs], note: "after it; nobody leads meanwhile, and no process ends" };
    },
  })),
  {
    name: "both are started at once", // as in every other scenario, which asks the same
    long: true,
    seconds: 4,
    async play({ replicas }) {
      await pause(2_000);
      const leading = await Promise.all(replicas.map((replica) => replica.leads()));
      assert.equal(leading.filter(Boolean).length, 1);
      return { gapsMs: [], note: "one of the two leads" };
    },
  },
  {
    name: "the clocks are an hour apart, and each replica leads once",
    clocksMs: [0, HOUR_MS],
    seconds: 24,
    async play({ rig, leader, others, add }) {
      const gapsMs: number[] = [];
      const kill = async (victim: Replica, next: readonly Replica[]) => {
        const atMs = Date.now();
        await victim.child.kill();
        gapsMs.push(await watchedAfter(next, atMs) - atMs);
        return await rig.leader(next);
      };
      const second = await kill(leader, others);
      const third = await add("c", leader.clockMs);
      await allReady([second, third]);
      await pause(3_000);
      await kill(second, [third]);
      return { gapsMs, note: "in either direction" };
    },
  },
];

for (const scenario of SCENARIOS.filter(({ long = false }) => LONG || !long)) {
  const { name, replicas: count = 2, clocksMs = [], fronted = false, perSecond = 20, seconds, play } = scenario;
  Deno.test(`replicas: ${name}: nothing is lost or said twice`, async () => {
    await using plane = await replicaPlane();
    await using front = fronted ? await openApiFront(plane) : null;
    await using rig = await openReplicaRig(plane, front);
    await using all = new AsyncDisposableStack();
    const prefix = `t${Date.now().toString(36)}`;
    const flow = createFaultFlow(plane, prefix);
    // At the same time: which of them leads is theirs to settle.
    const replicas = await Promise.all(
      ["a", "b", "c"].slice(0, count).map((each, at) => rig.start(each, {}, { clockMs: clocksMs[at] ?? 0 })),
    );
    for (const replica of replicas) all.use(replica);
    const add = async (each: string, clockMs = 0) => all.use(await rig.start(each, {}, { clockMs }));
    const leader = await watchingLeader(rig, replicas);
    await rig.checkpointKept();
    await allReady(replicas);
    assert.equal((await Promise.all(replicas.map((replica) => replica.leads()))).filter(Boolean).length, 1);
    const made = flow.run(perSecond * seconds, perSecond);
    await pause(1_500);
    const others = replicas.filter((replica) => replica !== leader);
    const { gapsMs, note } = await play({ plane, rig, flow, front, replicas, leader, others, add });
    await made;
    const verdict = await judgeWhenQuiet(rig, prefix, flow.expected());
    await recordReplicaRow({ scenario: name, runs: 1, gapsMs, ...verdict, note });
    const { lost, copies, extra, gaps } = verdict;
    assert.deepEqual({ lost, copies, extra, gaps }, { lost: 0, copies: 0, extra: 0, gaps: 0 });
  });
}
