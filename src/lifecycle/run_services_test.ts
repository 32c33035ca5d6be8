import assert from "node:assert/strict";
import { createMovableClock } from "../../test/support/pipeline_rig.ts";
import { eventually } from "../../sandbox/eventually.ts";
import type { Clock } from "./clock.ts";
import { runServices, type ServiceEntry, type ServiceStatus } from "./run_services.ts";
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
  const stop = new AbortController();
  const statuses: ServiceStatus[] = [];
  const restarts: string[] = [];
  const done = runServices(entries, {
    clock,
    onRestart: (name) => restarts.push(name),
    onStatus: (status) => statuses.push(status),
  }, stop.signal);
  return { stop, statuses, restarts, done };
}

const entry = (service: Service, fields: Partial<ServiceEntry> = {}): ServiceEntry => ({
  service,
  stopMs: 1_000,
  onFailure: "restart",
  ...fields,
});

Deno.test("run services: they start in order and stop in reverse, one after the other", async () => {
  const log: string[] = [];
  const { stop, done } = start(["a", "b", "c"].map((name) => entry(recorded(name, log, () => Promise.resolve()))));
  await eventually("all have started", () => log.length === 3);
  stop.abort();
  await done;
  assert.deepEqual(log, ["a starts", "b starts", "c starts", "c stopped", "b stopped", "a stopped"]);
});

Deno.test("run services: one that does not stop in time is left behind, the others still stop", async () => {
  const log: string[] = [];
  const release = Promise.withResolvers<void>();
  const { stop, done } = start([
    entry(recorded("a", log)),
    entry(recorded("stuck", log, () => release.promise), { stopMs: 20 }),
  ]);
  await eventually("both have started", () => log.length === 2);
  stop.abort();
  await done;
  assert.deepEqual(log, ["a starts", "stuck starts", "a stopped"]);
  release.resolve();
});

Deno.test("run services: stopped before the start, they start and stop at once", async () => {
  const log: string[] = [];
  const stopped = AbortSignal.abort();
  const options = { clock: createMovableClock(), onRestart: () => {}, onStatus: () => {} };
  await runServices([entry(recorded("a", log))], options, stopped);
  assert.deepEqual(log, ["a starts", "a stopped"]);
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
  Deno.test(`run services: a service ${name} is started again and told`, async () => {
    const rig = start([entry(failing("x", 2, fail))]);
    await eventually("it runs again", () => rig.statuses.filter(({ state }) => state === "running").length === 3);
    rig.stop.abort();
    await rig.done;
    assert.deepEqual(rig.restarts, ["x", "x"]);
    const states = rig.statuses.map(({ state, restarts }) => `${state} ${restarts}`);
    assert.deepEqual(states, ["running 0", "restarting 1", "running 1", "restarting 2", "running 2", "stopped 2"]);
    assert.match(rig.statuses.at(-1)?.lastError ?? "", want);
  });

  Deno.test(`run services: a fatal service ${name} ends the run, and the others are stopped`, async () => {
    const log: string[] = [];
    const rig = start([entry(recorded("a", log)), entry(failing("x", 1, fail), { onFailure: "fatal" })]);
    await assert.rejects(rig.done, { message: want });
    assert.deepEqual(log, ["a starts", "a stopped"]);
    assert.equal(rig.statuses.filter(({ name, state }) => name === "x" && state === "failed").length, 1);
  });
}

Deno.test("run services: the tenth failure in a row ends the run", async () => {
  const rig = start([entry(failing("x", Infinity))], { ...createMovableClock(), sleep: () => Promise.resolve() });
  await assert.rejects(rig.done, /broken/);
  assert.equal(rig.restarts.length, 9);
});

Deno.test("run services: failures long apart do not add up", async () => {
  const base = createMovableClock();
  let nowMs = 0;
  const clock = { ...base, monotonic: () => nowMs, sleep: () => Promise.resolve() };
  const rig = start([entry(failing("x", 15, () => {
    nowMs += 301_000; // it ran for five minutes before it failed
    return breaks();
  }))], clock);
  await eventually(
    "it survived them all",
    () => rig.statuses.at(-1)?.state === "running" && rig.restarts.length === 15,
  );
  rig.stop.abort();
  await rig.done;
});

Deno.test("run services: a stop while a service waits to be started again ends at once", async () => {
  const clock = { ...createMovableClock(), sleep: (_delayMs: number, signal: AbortSignal) => neverUntil(signal) };
  const rig = start([entry(failing("x", 1))], clock);
  await eventually("it waits", () => rig.statuses.at(-1)?.state === "restarting");
  rig.stop.abort();
  await rig.done;
  assert.equal(rig.statuses.at(-1)?.state, "stopped");
});

function neverUntil(signal: AbortSignal): Promise<void> {
  return aborted(signal).then(() => Promise.reject(signal.reason));
}

Deno.test("run services: a failure while stopping is no failure of the run", async () => {
  const rig = start([entry({
    name: "x",
    run: async (signal) => {
      await aborted(signal);
      throw new Error("broken at the end");
    },
  }, { onFailure: "fatal" })]);
  rig.stop.abort();
  await rig.done;
  assert.equal(rig.statuses.at(-1)?.state, "stopped");
});
