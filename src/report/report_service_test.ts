import assert from "node:assert/strict";
import { eventually } from "../../sandbox/eventually.ts";
import { type Clock, systemClock } from "../lifecycle/clock.ts";
import { createMemoryOutbox } from "../outbox/memory_outbox.ts";
import { createTelemetry } from "../telemetry/telemetry.ts";
import type { Collector } from "./collector.ts";
import { assemble, createReportService } from "./report_service.ts";

const INTERVAL_MS = 60_000;
const DEADLINE_MS = 20_000;

/** A thousand times the usual pace; remembers what was waited for. */
function hurriedClock(): Clock & { readonly waits: number[] } {
  const waits: number[] = [];
  return {
    waits,
    now: systemClock.now,
    monotonic: () => systemClock.monotonic() * 1_000,
    sleep: (delayMs, signal) => {
      if (delayMs !== DEADLINE_MS) waits.push(delayMs);
      return systemClock.sleep(delayMs / 1_000, signal);
    },
  };
}

const version: Collector = {
  name: "cluster",
  collect: () =>
    Promise.resolve({
      data: { cluster: { version: "v1", git_version: "v1", platform: "linux/amd64" } },
      objects: 1,
      errors: { "cluster.detail": "not known" },
    }),
};
const broken: Collector = { name: "nodes", collect: () => Promise.reject(new Error("Cannot list nodes: 500")) };
const slow: Collector = {
  name: "pods",
  collect: (signal) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true })),
};

async function collectReports(collectors: readonly Collector[], count: number, random: () => number) {
  const clock = hurriedClock();
  const telemetry = createTelemetry();
  const outbox = createMemoryOutbox({
    clock,
    limit: 100,
    maxBytes: 2 ** 30,
    draining: () => true,
    onSettled: () => {},
  });
  const service = createReportService({
    collectors,
    outbox,
    telemetry,
    clock,
    clusterId: "c",
    subject: "agent.metrics.c",
    intervalMs: INTERVAL_MS,
    deadlineMs: DEADLINE_MS,
    maxPayload: () => 1_048_576,
    random,
  });
  const stop = new AbortController();
  const running = service.run(stop.signal);
  await eventually("the reports", () => outbox.size("metrics") >= count);
  stop.abort();
  await running;
  const messages = outbox.take("metrics", count).map(({ message }) => message);
  const reports = messages.map(({ body }) => JSON.parse(new TextDecoder().decode(body)));
  return { reports, messages, clock, exposition: (await telemetry.expose()).body };
}

Deno.test("metrics service: a failing and a slow collector are named and stop nobody else", async () => {
  const { reports: [report], messages: [message], exposition } = await collectReports(
    [slow, broken, version],
    1,
    () => 0.5,
  );
  assert.deepEqual(Object.keys(report.data), ["cluster"]);
  assert.deepEqual(report.errors, {
    "pods": "Cannot collect pods within 20000 ms",
    "nodes": "Cannot list nodes: 500",
    "cluster.detail": "not known",
  });
  assert.equal(message?.id, `metrics-c-${Date.parse(report.timestamp)}-1`);
  assert.deepEqual(message?.headers, {});
  assert.match(exposition, /agent_collector_success{collector="pods"} 0/);
  assert.match(exposition, /agent_collector_success{collector="cluster"} 1/);
  assert.doesNotMatch(exposition, /last_success_timestamp_seconds{collector="nodes"}/);
});

Deno.test("metrics service: reports never overlap", async () => {
  let running = 0;
  let most = 0;
  const counting: Collector = {
    name: "cluster",
    async collect(signal) {
      most = Math.max(most, ++running);
      await slow.collect(signal).catch(() => {});
      running--;
      return version.collect(signal);
    },
  };
  await collectReports([counting], 4, () => 0.5);
  assert.equal(most, 1);
});

for (const [name, random, startMs] of [["earliest", 0, 0], ["latest", 0.999, 5_000]] as const) {
  Deno.test(`metrics service: the ${name} start and beat of a fleet`, async () => {
    const { clock } = await collectReports([version], 3, () => random);
    const [first, ...beats] = clock.waits;
    assert.ok(Math.abs((first ?? NaN) - startMs) <= 5, `${first}`);
    const jitterMs = INTERVAL_MS * 0.05 * (2 * random - 1);
    // What a report took is taken off its wait: the beat is kept.
    for (const wait of beats) assert.ok(wait <= INTERVAL_MS + Math.abs(jitterMs), `${wait}`);
    assert.ok(beats.length >= 2);
  });
}

Deno.test("metrics service: feeds that fail are started again", async () => {
  let starts = 0;
  const fragile: Collector = {
    ...version,
    run() {
      starts++;
      return Promise.reject(new Error("a fault that should not be"));
    },
  };
  await collectReports([fragile], 3, () => 0.5);
  assert.ok(starts >= 2, `${starts}`);
});

Deno.test("metrics service: assembling keeps what is known and names what is not", () => {
  assert.deepEqual(assemble([["nodes", { kind: "failed", error: "no" }]]), { data: {}, errors: { nodes: "no" } });
  assert.deepEqual(assemble([]), { data: {}, errors: {} });
});
