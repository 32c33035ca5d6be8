import assert from "node:assert/strict";
import type { BusStatus } from "../bus/connection.ts";
import type { WatchStatus } from "../events/event_watcher.ts";
import { type AgentHealthParts, createAgentHealth } from "./agent_health.ts";

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

function healthOf(parts: Partial<AgentHealthParts>) {
  return createAgentHealth({
    version: "1.2.3",
    commit: "abc",
    startedAtMs: NOW - 90_000,
    now: () => NOW,
    identity: () => ({ id: "prod", source: "kube_system", provider: null, name: null, region: null, evidence: [] }),
    identityProblem: () => null,
    bus: () => BUS,
    deliveries: () => [],
    watches: () => [WATCH],
    services: () => [{ name: "bus", state: "running", restarts: 0, lastError: null }],
    queues: () => ({ event: 3, metrics: 0, result: 0 }),
    queueLimit: 1_000,
    drops: () => ({}),
    moreConditions: () => [],
    moreStatus: () => ({}),
    metrics: () => Promise.resolve({ body: "", contentType: "text/plain" }),
    ...parts,
  });
}

interface Row {
  readonly name: string;
  readonly given: Partial<AgentHealthParts>;
  /** The problems that keep it from being ready. */
  readonly want: readonly string[];
  /** Default: it lives. */
  readonly dead?: boolean;
}

const watch = (fields: Partial<WatchStatus>): Partial<AgentHealthParts> => ({
  watches: () => [{ ...WATCH, ...fields }],
});
const bus = (fields: Partial<BusStatus>): Partial<AgentHealthParts> => ({ bus: () => ({ ...BUS, ...fields }) });

const ROWS: readonly Row[] = [
  { name: "all well", given: {}, want: [] },
  {
    name: "the cluster is not known",
    given: { identity: () => null },
    want: ["cluster: finding out which cluster this is"],
  },
  {
    name: "the cluster can't be known",
    given: { identity: () => null, identityProblem: () => "no permission" },
    want: ["cluster: no permission"],
  },
  {
    name: "a stream that takes nothing",
    given: {
      deliveries: () => [{ kind: "event", reason: "no_stream", detail: "No stream takes it; create one", failures: 3 }],
    },
    want: ["delivery of event: No stream takes it; create one"],
  },
  { name: "the bus waits for the cluster", given: { bus: () => null }, want: ["nats: waits for the cluster's id"] },
  {
    name: "the bus connects",
    given: bus({ connected: false, server: null }),
    want: ["nats: not connected: connecting"],
  },
  {
    name: "the bus is away",
    given: bus({ connected: false, lastError: "NATS refused the connection" }),
    want: ["nats: not connected: NATS refused the connection"],
  },
  {
    name: "a subject is refused",
    given: bus({ refusals: ["NATS does not allow x"] }),
    want: ["nats permission: NATS does not allow x"],
  },
  {
    name: "the first list is not done",
    given: watch({ state: "listing", lastProgressMs: null }),
    want: ["watch /api/v1/events: listing for the first time"],
  },
  {
    name: "the watch is interrupted",
    given: watch({ state: "interrupted", lastError: "403" }),
    want: ["watch /api/v1/events: 403"],
  },
  { name: "a watch silent for a quarter of an hour", given: watch({ lastProgressMs: NOW - 15 * MINUTE_MS }), want: [] },
  {
    name: "a watch silent for longer",
    given: watch({ lastProgressMs: NOW - 16 * MINUTE_MS }),
    want: ["watch /api/v1/events: no progress for 960 s"],
  },
  {
    name: "a watch that hangs",
    given: watch({ lastProgressMs: NOW - 31 * MINUTE_MS }),
    want: ["watch /api/v1/events: no progress for 1860 s"],
    dead: true,
  },
  {
    name: "an API server that is away for an hour, against which no restart helps",
    given: watch({ state: "interrupted", lastProgressMs: NOW - 60 * MINUTE_MS, lastError: "refused" }),
    want: ["watch /api/v1/events: refused"],
  },
  {
    name: "a service that is started again and again",
    given: { services: () => [{ name: "bus", state: "restarting", restarts: 3, lastError: "broken" }] },
    want: ["service bus: restarting: broken"],
  },
  {
    name: "more conditions",
    given: { moreConditions: () => [{ name: "spool", ok: false, detail: "the disk is full" }] },
    want: ["spool: the disk is full"],
  },
];

for (const { name, given, want, dead = false } of ROWS) {
  Deno.test(`health: ${name}`, () => {
    const health = healthOf(given);
    assert.deepEqual(health.problems(), want);
    assert.deepEqual(health.ready().filter(({ ok }) => !ok).map(({ name, detail }) => `${name}: ${detail}`), want);
    assert.equal(health.live().every(({ ok }) => ok), !dead);
    const { ready, problems } = health.status();
    assert.deepEqual([ready, problems], [want.length === 0, want]);
  });
}

Deno.test("health: the status is plain JSON with the figures of now", () => {
  const health = healthOf({
    watches: () => [{ ...WATCH, lastProgressMs: NOW - 2_500 }],
    drops: () => ({ "event overflow": 2 }),
    moreStatus: () => ({ spool: { bytes: 7 } }),
  });
  assert.deepEqual(JSON.parse(JSON.stringify(health.status())), {
    version: "1.2.3",
    commit: "abc",
    started_at: "2025-12-31T23:58:30.000Z",
    uptime_seconds: 90,
    ready: true,
    problems: [],
    cluster: { id: "prod", source: "kube_system", provider: null, name: null, region: null },
    nats: BUS,
    watches: [{
      path: "/api/v1/events",
      state: "watching",
      lastError: null,
      restarts: { stalled: 1 },
      pending: 0,
      last_progress_age_seconds: 2.5,
    }],
    queues: {
      event: { size: 3, limit: 1_000 },
      metrics: { size: 0, limit: 1_000 },
      result: { size: 0, limit: 1_000 },
    },
    deliveries: [],
    drops: { "event overflow": 2 },
    services: [{ name: "bus", state: "running", restarts: 0, lastError: null }],
    spool: { bytes: 7 },
  });
});
