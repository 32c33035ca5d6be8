import { eventually } from "../../../sandbox/eventually.ts";
import type { Fault } from "../../../sandbox/api/fault_script.ts";
import { makeMarkers, makeWithHarm, type Scenario } from "./scenario.ts";

/** The scripted faults of watches, each played by itself in the middle of a burst. */
const WATCH_FAULTS: readonly (readonly [name: string, fault: Fault, times: number])[] = [
  ["the watch breaks in the middle of a line, twice", { kind: "cutMidLine", messages: 40 }, 2],
  ["the watch closes after each 100 events", { kind: "closeAfter", messages: 100 }, 2],
  ["the watch closes silently", { kind: "silentClose" }, 2],
  ["410 in the stream", { kind: "errorEvent", code: 410 }, 1],
  ["410 at connect", { kind: "status", status: 410, reason: "Expired" }, 1],
  ["429 with Retry-After", { kind: "status", status: 429, reason: "TooManyRequests", retryAfterSeconds: 1 }, 2],
  ["500 at connect", { kind: "status", status: 500, reason: "InternalError" }, 2],
  ["one byte at a time", { kind: "drip" }, 1],
];

/** What the API server does wrong. */
export const API_SCENARIOS: readonly Scenario[] = [
  ...WATCH_FAULTS.map(([name, fault, times]): Scenario => ({
    name: `API server: ${name}`,
    api: "sandbox",
    options: { delivery: "jetstream" },
    async run(rig) {
      await rig.startAgent();
      const sandbox = rig.api.sandbox();
      const markers = makeMarkers("watch", fault.kind === "drip" ? 200 : 600);
      await makeWithHarm(rig, markers, [[0.2, () => {
        sandbox.faults.plan("watch", "events", fault, times);
        sandbox.cutConnections();
      }]]);
      return markers;
    },
  })),
  {
    name: "API server: its history is compacted while the watch is cut",
    api: "sandbox",
    options: { delivery: "jetstream" },
    async run(rig) {
      await rig.startAgent();
      const sandbox = rig.api.sandbox();
      const markers = makeMarkers("compacted", 600);
      sandbox.faults.plan("watch", "events", { kind: "status", status: 503 }, 2);
      await makeWithHarm(rig, markers, [[0.3, () => sandbox.cutConnections()]]);
      sandbox.store.compact();
      return markers;
    },
  },
  {
    name: "API server: its token is rotated",
    api: "sandbox",
    options: { delivery: "jetstream" },
    async run(rig) {
      await rig.startAgent();
      const sandbox = rig.api.sandbox();
      const markers = makeMarkers("rotated", 300);
      await makeWithHarm(rig, markers, [[0.5, async () => {
        await sandbox.rotateToken("another-token", { file: true });
        sandbox.cutConnections();
      }]]);
      return markers;
    },
  },
  {
    name: "API server: restored from a backup under a running agent",
    api: "sandbox",
    options: { delivery: "jetstream", config: { state: { kind: "file", path: "{dir}/state/checkpoint.json" } } },
    async run(rig) {
      await rig.startAgent();
      const sandbox = rig.api.sandbox();
      const before = makeMarkers("before", 100);
      await rig.api.makeEvents(before);
      const backup = sandbox.store.backup();
      const lostByCluster = makeMarkers("not-in-the-backup", 300);
      await rig.api.makeEvents(lostByCluster);
      await eventually("all were reported", async () => await rig.arrived() >= 400);
      sandbox.store.restore(backup);
      const after = makeMarkers("after", 150);
      await rig.api.makeEvents(after.slice(0, 100));
      sandbox.cutConnections();
      await rig.api.makeEvents(after.slice(100));
      return [...before, ...lostByCluster, ...after];
    },
  },
  {
    name: "kube-apiserver killed and restarted twice in a burst",
    api: "kube-apiserver",
    options: { delivery: "jetstream" },
    async run(rig) {
      await rig.startAgent();
      const restart = async () => {
        await rig.api.plane().killApiServer();
        await rig.api.plane().startApiServer();
      };
      const markers = makeMarkers("api-killed", 1_500);
      await makeWithHarm(rig, markers, [[0.3, restart], [0.7, restart]]);
      return markers;
    },
  },
  {
    name: "etcd restored from a backup under a running agent",
    api: "kube-apiserver",
    options: { delivery: "jetstream", config: { state: { kind: "file", path: "{dir}/state/checkpoint.json" } } },
    async run(rig) {
      await rig.startAgent();
      const before = makeMarkers("before", 100);
      await rig.api.makeEvents(before);
      await rig.api.plane().backUp();
      const lostByCluster = makeMarkers("not-in-the-backup", 300);
      await rig.api.makeEvents(lostByCluster);
      await eventually("all were reported", async () => await rig.arrived() >= 400, 60_000);
      await rig.api.plane().restore();
      const after = makeMarkers("after", 150);
      await rig.api.makeEvents(after);
      return [...before, ...lostByCluster, ...after];
    },
  },
];
