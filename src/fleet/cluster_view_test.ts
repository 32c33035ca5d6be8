import assert from "node:assert/strict";
import type { Heartbeat } from "../wire/heartbeat.ts";
import { type ClusterEntry, type ClusterState, viewCluster } from "./cluster_view.ts";

const NOW = Date.UTC(2026, 0, 1);

function beat(agoS: number, fields: Partial<Heartbeat> = {}) {
  const atMs = NOW - agoS * 1000;
  const metrics = { event_queue_size: 0, metrics_queue_size: 0, command_queue_size: 0, uptime_seconds: 1 };
  return {
    atMs,
    value: { cluster_id: "c", timestamp: new Date(atMs).toISOString(), status: "healthy" as const, metrics, ...fields },
  };
}

const ROWS: readonly { name: string; beats: readonly ReturnType<typeof beat>[]; want: ClusterState }[] = [
  { name: "a beat of now", beats: [beat(0)], want: "fresh" },
  { name: "two and a half intervals", beats: [beat(75)], want: "fresh" },
  { name: "more than that", beats: [beat(76)], want: "stale" },
  { name: "ten intervals", beats: [beat(300)], want: "stale" },
  { name: "more than ten", beats: [beat(301)], want: "lost" },
  { name: "its own interval counts", beats: [beat(76, { interval_seconds: 60 })], want: "fresh" },
  { name: "it says what is wrong", beats: [beat(1, { status: "degraded" })], want: "degraded" },
  { name: "it said that it stops", beats: [beat(9_999, { stopping: true })], want: "stopped" },
  { name: "no beat is kept any more", beats: [], want: "lost" },
  {
    name: "a restart",
    beats: [beat(0, { instance: "b" }), beat(30, { instance: "b" }), beat(60, { instance: "a" })],
    want: "fresh",
  },
  {
    name: "two agents that alternate",
    beats: [beat(0, { instance: "a" }), beat(15, { instance: "b" }), beat(30, { instance: "a" })],
    want: "duplicate",
  },
  {
    name: "two Leases whose epochs contradict",
    beats: [
      beat(0, { instance: "a", epoch: "9" }),
      beat(15, { instance: "b", epoch: "10" }),
      beat(30, { instance: "a", epoch: "11" }),
    ],
    want: "duplicate",
  },
  {
    name: "replicas whose epoch grows with each turn",
    beats: [
      beat(0, { instance: "a", epoch: "11" }),
      beat(15, { instance: "b", epoch: "10" }),
      beat(30, { instance: "a", epoch: "9" }),
    ],
    want: "fresh",
  },
  { name: "alternating agents that are lost", beats: [beat(400, { instance: "a" })], want: "lost" },
];

/** Newest first, as the bucket keeps them. */
function entryOf(beats: readonly ReturnType<typeof beat>[]): ClusterEntry {
  const [last = null, ...earlier] = beats;
  return { id: "c", register: null, beat: last, earlier: earlier.map(({ value }) => value) };
}

for (const { name, beats, want } of ROWS) {
  Deno.test(`cluster view: ${name} is ${want}`, () => assert.equal(viewCluster(entryOf(beats), NOW).state, want));
}

Deno.test("cluster view: what the agent does not say is null, never 0", () => {
  const view = viewCluster(entryOf([beat(1)]), NOW);
  assert.deepEqual(
    [view.faults1h, view.watchLagSeconds, view.droppedTotal, view.name, view.version, view.skewMs],
    [null, null, null, null, null, null],
  );
  assert.equal(view.queue, 0);
});

Deno.test("cluster view: a clock more than half a minute off is told, and changes no age", () => {
  const ahead = beat(10);
  const skewed = { ...ahead, value: { ...ahead.value, timestamp: new Date(ahead.atMs + 3_600_000).toISOString() } };
  const view = viewCluster(entryOf([skewed]), NOW);
  assert.deepEqual([view.skewMs, view.beatAgeMs, view.state], [3_600_000, 10_000, "fresh"]);
});
