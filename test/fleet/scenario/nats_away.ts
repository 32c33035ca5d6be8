import { eventually } from "../../../sandbox/eventually.ts";
import type { ClusterState } from "../../../src/fleet/cluster_view.ts";
import { systemClock } from "../../../src/lifecycle/clock.ts";
import { countEvents } from "../support/count_events.ts";
import type { FleetRig } from "../support/fleet_rig.ts";
import { peakWithin } from "../support/peak_within.ts";
import { count, figure, type FleetScenario, seconds } from "./scenario.ts";
import { delivered } from "./steady.ts";

const AWAY_MS = 1_000;
/** Until the last agent is back, events are made. */
const REPORT_MS = 8_000;
const EVENTS_EACH = 3;
const LIMIT_MS = 120_000;
/** The first wait of an agent is ten seconds at most, and so is that after a try that failed. */
const RECONNECT_S = 12;
const PEAK_WINDOW_MS = 500;
/** What a thousand agents may ask of a server in half a second; more agents ask for more. */
const PEAK_OF_A_THOUSAND = 100;
const never = new AbortController().signal;

/** SIGKILL, a second of nothing, and the server is there again. */
export const NATS_KILLED: FleetScenario = {
  name: "NATS killed",
  async play(rig) {
    const { made: madeBefore, errors: errorsBefore } = await rig.tell();
    const sinceMs = Date.now();
    const linesBefore = handshakeErrors(await rig.nats.log());
    await rig.nats.kill();
    const reporting = report(rig);
    await systemClock.sleep(AWAY_MS, never);
    const backMs = Date.now();
    await rig.nats.restart();
    await rig.connected(LIMIT_MS);
    const { connectsMs: connects } = await rig.tell(sinceMs);
    await reporting;
    await delivered(rig);
    const { made, errors } = await rig.tell();
    const { distinct, copies } = await countEvents(rig, sinceMs);
    const failed = (errors["tls"] ?? 0) + (errors["timeout"] ?? 0) - (errorsBefore["tls"] ?? 0) -
      (errorsBefore["timeout"] ?? 0);
    return [
      figure("all back, from the kill", seconds(Math.max(...connects) - sinceMs), "s", {
        goal: { atMost: RECONNECT_S },
      }),
      figure("all back, from the server's return", seconds(Math.max(...connects) - backMs), "s"),
      figure("most connects in half a second", peakWithin(connects, PEAK_WINDOW_MS), "", {
        goal: { atMost: PEAK_OF_A_THOUSAND * Math.max(1, rig.clusterIds.length / 1_000) },
      }),
      count("handshakes that failed, as agents say", failed, 0),
      count("handshakes that failed, as the server says", handshakeErrors(await rig.nats.log()) - linesBefore, 0),
      count("events made meanwhile", made - madeBefore, EVENTS_EACH * rig.clusterIds.length),
      count("events lost", made - madeBefore - distinct, 0),
      count("copies in the stream", copies, 0),
    ];
  },
};

/** SIGSTOP: connections stay open and nothing answers; then SIGCONT. */
export const NATS_PAUSED: FleetScenario = {
  name: "NATS paused",
  async play(rig, { pauseMs }) {
    const { made: madeBefore } = await rig.tell();
    const sinceMs = Date.now();
    rig.nats.pause();
    const reporting = report(rig);
    await systemClock.sleep(pauseMs, never);
    rig.nats.resume();
    const resumedMs = Date.now();
    const seenAs = (what: string, ...states: readonly ClusterState[]) =>
      eventually(`all ${what}`, async () => {
        const { connected } = await rig.tell();
        const seen = (await rig.look()).filter(({ state }) => states.includes(state)).length;
        return connected === rig.clusterIds.length && seen === connected ? Date.now() : undefined;
      }, LIMIT_MS);
    const backMs = await seenAs("beat again", "fresh", "degraded");
    const freshMs = await seenAs("are fresh again", "fresh");
    await reporting;
    await delivered(rig);
    const { made } = await rig.tell();
    const { distinct, copies } = await countEvents(rig, sinceMs);
    return [
      figure("all beat again, from the resume", seconds(backMs - resumedMs), "s", { goal: { atMost: RECONNECT_S } }),
      // One that beats before its reports are through says so, and takes it back with its next beat.
      figure("none says any more that something is wrong", seconds(freshMs - resumedMs), "s", {
        goal: { atMost: RECONNECT_S + rig.options.heartbeatMs / 1000 },
      }),
      count("events made meanwhile", made - madeBefore, EVENTS_EACH * rig.clusterIds.length),
      count("events lost", made - madeBefore - distinct, 0),
      count("copies in the stream", copies, 0),
    ];
  },
};

const report = (rig: FleetRig) =>
  Promise.all(
    rig.simulators.map((each) => each.order({ kind: "report", each: EVENTS_EACH, withinMs: REPORT_MS })),
  );

const handshakeErrors = (log: string) => log.match(/TLS handshake error/g)?.length ?? 0;
