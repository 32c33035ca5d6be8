import assert from "node:assert/strict";
import type { BusStatus } from "../bus/connection.ts";
import type { WatchStatus } from "../events/event_watcher.ts";
import type { Condition } from "../lifecycle/condition.ts";
import { problemsOf } from "../lifecycle/condition.ts";
import { busConditions } from "./bus_part.ts";
import { serviceConditions } from "./core_part.ts";
import { stuckCondition, watchCondition } from "./event_part.ts";
import { deliveryConditions } from "./outbox_part.ts";
import { refusedParts } from "./report_part.ts";

const NOW = Date.UTC(2026, 0, 1);
const MINUTE_MS = 60_000;
const BUS: BusStatus = {
  connected: true,
  server: "nats:4222",
  connects: 1,
  failures: 0,
  lastError: null,
  refusals: [],
};
const WATCH: WatchStatus = {
  path: "/api/v1/events",
  state: "watching",
  lastProgressMs: NOW,
  lastError: null,
  restarts: { stalled: 1 },
  pending: 0,
};

const bus = (fields: Partial<BusStatus>) => busConditions({ ...BUS, ...fields });
const watch = (fields: Partial<WatchStatus>) => [watchCondition({ ...WATCH, ...fields }, NOW)];
const stuck = (fields: Partial<WatchStatus>) => [stuckCondition([WATCH, { ...WATCH, ...fields }], NOW)];

const ROWS: readonly { name: string; given: readonly Condition[]; want: readonly string[] }[] = [
  { name: "a bus that is connected", given: bus({}), want: [] },
  {
    name: "a bus that connects",
    given: bus({ connected: false, server: null }),
    want: ["nats: not connected: connecting"],
  },
  {
    name: "a bus that is away",
    given: bus({ connected: false, lastError: "NATS refused the connection" }),
    want: ["nats: not connected: NATS refused the connection"],
  },
  {
    name: "a subject that is refused",
    given: bus({ refusals: ["NATS does not allow x"] }),
    want: ["nats permission: NATS does not allow x"],
  },
  {
    name: "a stream that takes nothing",
    given: deliveryConditions([{
      kind: "event",
      reason: "no_stream",
      detail: "No stream takes it; create one",
      failures: 3,
    }]),
    want: ["delivery of event: No stream takes it; create one"],
  },
  { name: "a watch that runs", given: watch({}), want: [] },
  {
    name: "a watch whose first list is not done",
    given: watch({ state: "listing", lastProgressMs: null }),
    want: ["watch /api/v1/events: listing for the first time"],
  },
  {
    name: "a watch that is interrupted",
    given: watch({ state: "interrupted", lastError: "403" }),
    want: ["watch /api/v1/events: 403"],
  },
  { name: "a watch silent for a quarter of an hour", given: watch({ lastProgressMs: NOW - 15 * MINUTE_MS }), want: [] },
  {
    name: "a watch silent for longer",
    given: watch({ lastProgressMs: NOW - 16 * MINUTE_MS }),
    want: ["watch /api/v1/events: no progress for 960 s"],
  },
  { name: "a watch that may recover", given: stuck({ lastProgressMs: NOW - 16 * MINUTE_MS }), want: [] },
  {
    name: "a watch that hangs",
    given: stuck({ lastProgressMs: NOW - 31 * MINUTE_MS }),
    want: ["watch: /api/v1/events has made no progress for over 30 minutes and does not recover"],
  },
  {
    name: "an API server that is away for an hour, against which no restart helps",
    given: stuck({ state: "interrupted", lastProgressMs: NOW - 60 * MINUTE_MS }),
    want: [],
  },
  {
    name: "services that run",
    given: serviceConditions([{ name: "bus", state: "running", restarts: 3, lastError: "broken" }]),
    want: [],
  },
  {
    name: "a service that is started again and again",
    given: serviceConditions([{ name: "bus", state: "restarting", restarts: 3, lastError: "broken" }]),
    want: ["service bus: restarting: broken"],
  },
];

for (const { name, given, want } of ROWS) {
  Deno.test(`conditions: ${name}`, () => assert.deepEqual(problemsOf(given), want));
}

Deno.test("conditions: a report lacks what a right is missing for; what is late or down comes back by itself", () => {
  const missing = new Map([
    ["nodes", 'Cannot list nodes: 403 Forbidden; grant "list nodes" to the agent\'s ClusterRole'],
    ["pods", "Cannot list pods: 500 InternalError"],
    ["pods.usage", 'Cannot list pods.metrics.k8s.io: 403 Forbidden; grant "list pods.metrics.k8s.io"'],
  ]);
  assert.deepEqual(refusedParts(missing).map(([part]) => part), ["nodes"]);
});
