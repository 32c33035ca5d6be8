import assert from "node:assert/strict";
import { type SandboxApi, startSandboxApi } from "../../sandbox/api/sandbox_api.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { createElector, type Elector, type LedServices } from "../../src/lead/elector.ts";
import { systemClock } from "../../src/lifecycle/clock.ts";
import { createTelemetry } from "../../src/telemetry/telemetry.ts";
import { openTestClient } from "../support/kube_client.ts";

interface Candidate extends AsyncDisposable {
  readonly elector: Elector;
  /** `start`, `stop`, in order. */
  readonly log: readonly string[];
  /** What the services that lead wait for before they have ended. */
  holdEnd(until: Promise<void>): void;
  /** Ends the elector in order. */
  stop(): Promise<void>;
  /** Rejects when the elector does. */
  readonly run: Promise<void>;
}

const DURATION_MS = 800; // far below what the configuration allows: a test does not wait

async function enter(
  api: SandboxApi,
  identity: string,
  led: Partial<LedServices> = {},
  bus = true,
): Promise<Candidate> {
  const client = await openTestClient(api);
  const end = new AbortController();
  const log: string[] = [];
  let held = Promise.resolve();
  const elector = createElector({
    client,
    clock: systemClock,
    telemetry: createTelemetry(),
    namespace: "agent",
    leaseName: "agent",
    identity,
    durationMs: DURATION_MS,
    retired: end.signal,
    led: {
      start: () => Promise.resolve(void log.push("start")),
      async stop() {
        await held;
        log.push("stop");
      },
      ...led,
    },
  });
  const run = elector.run(end.signal);
  run.catch(() => {});
  elector.tellBus(bus);
  const candidate: Candidate = {
    elector,
    log,
    run,
    holdEnd: (until) => void (held = until),
    async stop() {
      end.abort();
      await run;
    },
    async [Symbol.asyncDispose]() {
      await candidate.stop().catch(() => {});
      client.close();
    },
  };
  return candidate;
}

function makeLease(api: SandboxApi): void {
  api.store.put("leases", { metadata: { name: "agent", namespace: "agent" } });
}

const holderOf = (api: SandboxApi): unknown => {
  const spec = api.store.get("leases", "agent", "agent")?.spec;
  return typeof spec === "object" && spec !== null && "holderIdentity" in spec ? spec.holderIdentity : undefined;
};
const leads = (candidate: Candidate) =>
  eventually("it leads", () => candidate.elector.leadership.isValid() && candidate.log.at(-1) === "start");

Deno.test("elector: an empty Lease is taken by one of two, and the other stands by", async () => {
  await using api = await startSandboxApi();
  makeLease(api);
  await using a = await enter(api, "a");
  await leads(a);
  await using b = await enter(api, "b");
  await eventually("b has seen the Lease", () => b.elector.status().lease?.holder === "a");
  assert.deepEqual([b.elector.leadership.isValid(), b.elector.status().role, b.log], [false, "standby", []]);
});

Deno.test("elector: a release is followed at once, and never comes before the services have ended", async () => {
  await using api = await startSandboxApi();
  makeLease(api);
  await using a = await enter(api, "a");
  await leads(a);
  await using b = await enter(api, "b");
  await eventually("b watches", () => b.elector.status().lease?.holder === "a");
  const ended = Promise.withResolvers<void>();
  a.holdEnd(ended.promise);
  const stopped = a.stop();
  await eventually("a is renewed while its services end", () => api.requests("update", "leases") >= 3);
  assert.equal(holderOf(api), "a");
  ended.resolve();
  await stopped;
  await leads(b);
  assert.ok(Number(b.elector.leadership.epoch()) > Number(a.elector.leadership.epoch()), "the epoch has grown");
});

Deno.test("elector: a leader whose renewals fail for too long ends its services, and leads again afterwards", async () => {
  await using api = await startSandboxApi();
  makeLease(api);
  await using a = await enter(api, "a");
  await leads(a);
  api.faults.plan("update", "leases", { kind: "status", status: 429, retryAfterSeconds: 1 }, 40);
  await eventually("it is lost", () => a.log.includes("stop"));
  assert.equal(a.elector.leadership.isValid(), false);
  api.faults.clear();
  await leads(a);
  assert.deepEqual(a.log, ["start", "stop", "start"]);
});

Deno.test("elector: a single renewal that is refused or hangs costs nothing", async () => {
  await using api = await startSandboxApi();
  makeLease(api);
  await using a = await enter(api, "a");
  await leads(a);
  for (const fault of [{ kind: "status", status: 500 }, { kind: "hang" }] as const) {
    const before = api.requests("update", "leases");
    api.faults.plan("update", "leases", fault);
    await eventually("more renewals", () => api.requests("update", "leases") >= before + 3);
  }
  assert.deepEqual(a.log, ["start"]);
});

Deno.test("elector: a Lease that is deleted ends the lead, is told, and is taken again once it is there", async () => {
  await using api = await startSandboxApi();
  makeLease(api);
  await using a = await enter(api, "a");
  await leads(a);
  api.store.remove("leases", "agent", "agent");
  await eventually("it is lost", () => a.log.includes("stop") && a.elector.status().absent);
  makeLease(api);
  await leads(a);
});

Deno.test("elector: a replica without a bus leaves the Lease to others", async () => {
  await using api = await startSandboxApi();
  makeLease(api);
  await using a = await enter(api, "a", {}, false);
  await eventually("a watches", () => a.elector.status().watching);
  await using b = await enter(api, "b");
  await leads(b);
  assert.deepEqual(a.log, []);
});

Deno.test("elector: one that can't read what was reported before gives the Lease up", async () => {
  await using api = await startSandboxApi();
  makeLease(api);
  await using a = await enter(api, "a", { start: () => Promise.reject(new Error("no checkpoint")) });
  await eventually("it is given up", () => a.log.includes("stop") && holderOf(api) === "");
  await using b = await enter(api, "b");
  await leads(b);
});

Deno.test("elector: services that do not end end the process", async () => {
  await using api = await startSandboxApi();
  makeLease(api);
  await using a = await enter(api, "a", { stop: () => Promise.reject(new Error("stuck")) });
  await leads(a).catch(() => {});
  api.store.remove("leases", "agent", "agent");
  await assert.rejects(a.run, /stuck/);
});

Deno.test("elector: an update changes the holder's fields alone, and counts a transition only when the holder changes", async () => {
  await using api = await startSandboxApi();
  api.store.put("leases", {
    metadata: { name: "agent", namespace: "agent", labels: { kept: "yes" } },
    spec: { leaseTransitions: 7, strategy: "kept" },
  });
  await using a = await enter(api, "a");
  await leads(a);
  await eventually("it was renewed", () => api.requests("update", "leases") >= 3);
  const lease = api.store.get("leases", "agent", "agent");
  assert.deepEqual(lease?.metadata.labels, { kept: "yes" });
  const spec: Readonly<Record<string, unknown>> = { ...Object(lease?.spec) };
  assert.deepEqual(
    { holder: spec["holderIdentity"], transitions: spec["leaseTransitions"], strategy: spec["strategy"] },
    { holder: "a", transitions: 8, strategy: "kept" },
  );
  assert.match(String(spec["renewTime"]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
});
