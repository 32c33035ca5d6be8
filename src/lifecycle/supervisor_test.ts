import assert from "node:assert/strict";
import { createMovableClock } from "../../test/support/pipeline_rig.ts";
import { eventually } from "../../sandbox/eventually.ts";
import type { Clock } from "./clock.ts";
import { createSupervisor, type Phase, type ServiceEntry } from "./supervisor.ts";
import type { Service } from "./service.ts";

/** A service that writes into `log` when it starts and when it has stopped. */
function recorded(name: string, log: string[], whileStopping: () => Promise<void> = () => Promise.resolve()): Service {
  return {
    name,
    async run(signal) {
      log.push(`${name} starts`);
      await aborted(signal);
      await whileStopping();
      log.push(`${name} stopped`);
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

const breaks = (): Promise<void> => Promise.reject(new Error("broken"));

/** A service that fails `times` times before it runs until it is stopped. */
function failing(name: string, times: number, fail: () => Promise<void> = breaks): Service {
  let runs = 0;
  return { name, run: (signal) => runs++ < times ? fail() : aborted(signal) };
}

function start(entries: readonly ServiceEntry[], clock: Clock = createMovableClock()) {
  const restarts: string[] = [];
  const supervisor = createSupervisor({ clock, onRestart: (name) => restarts.push(name) });
  supervisor.start(entries);
  const stateOf = (name: string) => supervisor.statuses().find((status) => status.name === name);
  return { ...supervisor, restarts, stateOf };
}

const entry = (service: Service, fields: Partial<ServiceEntry> = {}): ServiceEntry => ({
  service,
  phase: "watch",
  stopMs: 1_000,
  onFailure: "restart",
  ...fields,
});

Deno.test("supervisor: services start in order and stop phase by phase, the last phase first", async () => {
  const log: string[] = [];
  const phases: readonly [string, Phase][] = [["a", "serve"], ["b", "deliver"], ["c", "link"], ["d", "watch"]];
  const rig = start(phases.map(([name, phase]) => entry(recorded(name, log), { phase })));
  await eventually("all have started", () => log.length === 4);
  await rig.stop();
  assert.deepEqual(log.slice(0, 4), ["a starts", "b starts", "c starts", "d starts"]);
  assert.deepEqual(log.slice(4), ["d stopped", "b stopped", "c stopped", "a stopped"]);
});

Deno.test("supervisor: the services of one phase stop at the same time", async () => {
  const log: string[] = [];
  const meeting = Promise.withResolvers<void>();
  const rig = start([
    entry(recorded("waits", log, () => meeting.promise)),
    entry(recorded("frees", log, () => Promise.resolve(meeting.resolve()))),
  ]);
  await eventually("both have started", () => log.length === 2);
  await rig.stop();
  assert.deepEqual(log.slice(2).toSorted(), ["frees stopped", "waits stopped"]);
});

Deno.test("supervisor: a service that does not stop in time is left behind, the others still stop", async () => {
  const log: string[] = [];
  const release = Promise.withResolvers<void>();
  const rig = start([
    entry(recorded("a", log), { phase: "serve" }),
    entry(recorded("stuck", log, () => release.promise), { stopMs: 20 }),
  ]);
  await eventually("both have started", () => log.length === 2);
  await rig.stop();
  assert.deepEqual(log, ["a starts", "stuck starts", "a stopped"]);
  release.resolve();
});

Deno.test("supervisor: services that are started later stop with the rest", async () => {
  const log: string[] = [];
  const rig = start([entry(recorded("a", log), { phase: "serve" })]);
  rig.start([entry(recorded("b", log), { phase: "link" })]);
  await rig.stop();
  assert.deepEqual(log, ["a starts", "b starts", "b stopped", "a stopped"]);
});

const FAILURES: readonly { readonly name: string; readonly fail: () => Promise<void>; readonly want: RegExp }[] = [
  { name: "that rejects", fail: breaks, want: /^broken$/ },
  { name: "that ends although nobody stopped it", fail: () => Promise.resolve(), want: /service x ended although/ },
  {
    name: "that throws at once",
    fail: () => {
      throw new TypeError("no such thing");
    },
    want: /^no such thing$/,
  },
];

for (const { name, fail, want } of FAILURES) {
  Deno.test(`supervisor: a service ${name} is started again and told`, async () => {
    const rig = start([entry(failing("x", 2, fail))]);
    await eventually("it runs again", () => rig.restarts.length === 2 && rig.stateOf("x")?.state === "running");
    assert.deepEqual(rig.stateOf("x")?.restarts, 2);
    await rig.stop();
    assert.deepEqual(rig.restarts, ["x", "x"]);
    assert.equal(rig.stateOf("x")?.state, "stopped");
    assert.match(rig.stateOf("x")?.lastError ?? "", want);
  });

  Deno.test(`supervisor: a fatal service ${name} is told as the failure of all`, async () => {
    const log: string[] = [];
    const rig = start([entry(recorded("a", log)), entry(failing("x", 1, fail), { onFailure: "fatal" })]);
    await assert.rejects(rig.failed, { message: want });
    await rig.stop();
    assert.deepEqual(log, ["a starts", "a stopped"]);
    assert.equal(rig.stateOf("x")?.state, "failed");
  });
}

Deno.test("supervisor: the tenth failure in a row is the failure of all", async () => {
  const rig = start([entry(failing("x", Infinity))], { ...createMovableClock(), sleep: () => Promise.resolve() });
  await assert.rejects(rig.failed, /broken/);
  assert.equal(rig.restarts.length, 9);
});

Deno.test("supervisor: failures long apart do not add up", async () => {
  const base = createMovableClock();
  let nowMs = 0;
  const clock = { ...base, monotonic: () => nowMs, sleep: () => Promise.resolve() };
  const rig = start([entry(failing("x", 15, () => {
    nowMs += 301_000; // it ran for five minutes before it failed
    return breaks();
  }))], clock);
  await eventually("it survived them all", () => rig.stateOf("x")?.state === "running" && rig.restarts.length === 15);
  await rig.stop();
});

Deno.test("supervisor: a stop while a service waits to be started again ends at once", async () => {
  const clock = { ...createMovableClock(), sleep: (_delayMs: number, signal: AbortSignal) => neverUntil(signal) };
  const rig = start([entry(failing("x", 1))], clock);
  await eventually("it waits", () => rig.stateOf("x")?.state === "restarting");
  await rig.stop();
  assert.equal(rig.stateOf("x")?.state, "stopped");
});

function neverUntil(signal: AbortSignal): Promise<void> {
  return aborted(signal).then(() => Promise.reject(signal.reason));
}

Deno.test("supervisor: a failure while stopping is no failure of the agent", async () => {
  const rig = start([entry({
    name: "x",
    run: async (signal) => {
      await aborted(signal);
      throw new Error("broken at the end");
    },
  }, { onFailure: "fatal" })]);
  await rig.stop();
  assert.equal(rig.stateOf("x")?.state, "stopped");
});
