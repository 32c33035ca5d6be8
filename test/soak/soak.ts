/**
 * `deno task soak`: the program as it ships between an API server and NATS, for as long as it is told, with events
 * flowing and something breaking every few seconds. Exit code 1 when an event was lost or memory grew; docs/bench.md says
 * what the figures mean.
 */
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { decodeEvents } from "../../src/bus/subscribe_events.ts";
import { systemClock } from "../../src/lifecycle/clock.ts";
import { bundleAgent, readShippedV8Flags, startAgentProgram } from "../support/agent_program.ts";
import type { Child } from "../../sandbox/child_process.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { freePort } from "../support/free_port.ts";
import { requestJson } from "../support/https_json.ts";
import { startNatsServer } from "../../sandbox/nats_server.ts";
import { readProcessFigures } from "../support/process_figures.ts";
import { startSandboxApi } from "../../sandbox/api/sandbox_api.ts";
import { startTcpProxy } from "../support/tcp_proxy.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { CUTS, type SoakTargets } from "./cut.ts";
import { createEventFlow } from "./event_flow.ts";
import { createEventLedger } from "./event_ledger.ts";
import { createRandom } from "./random.ts";
import { parseSoakOptions, SOAK_USAGE, type SoakOptions } from "./soak_options.ts";
import { findBrokenPromises, readMemoryTrend } from "./soak_verdict.ts";

const STREAM = "SOAK";
/** Between the end of one cut and the next, seconds. */
const QUIET_SECONDS = [5, 20] as const;
const SAMPLE_MS = 2_000;
/** Faults that the agent remembers for telling repeats; its memory grows until it has seen so many. */
const REMEMBERED_FAULTS = 8_192;
/** Repeats are held so long; then everything must have been said. */
const REPEAT_WINDOW_SECONDS = 5;
const ARRIVAL_LIMIT_MS = 180_000;
/** Messages of the stream that are asked for at the same time. */
const READ_AHEAD = 64;

async function runSoak(options: SoakOptions, interrupt: AbortSignal): Promise<boolean> {
  const random = createRandom(options.seed);
  const program = options.program ?? await bundleAgent();
  await using dir = await createTempDir("soak");
  await using nats = await startNatsServer({ jetstream: true });
  await using proxy = await startTcpProxy(nats.port);
  await using api = await startSandboxApi({ bookmarkMs: 1_000 });
  const targets: SoakTargets = { nats, proxy, api };
  const observer = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
  const manager = await jetstreamManager(observer, { timeout: 5_000 });
  await manager.streams.add({ name: STREAM, subjects: ["agent.event.*", "agent.metrics.*"] });
  const healthPort = await freePort();
  await using agent = await startAgentProgram({
    program,
    v8Flags: await readShippedV8Flags(program),
    dir,
    env: api.env,
    config: {
      central_endpoint: `nats://127.0.0.1:${proxy.port}`,
      cluster_id: "soak",
      reconnect_delay: "1s",
      max_retries: -1,
      health_port: healthPort,
      metrics_interval: "30s",
      events: { repeat_window: `${REPEAT_WINDOW_SECONDS}s` },
      nats: { delivery: "jetstream" },
      outbox: { spool_dir: dir.file("spool") },
      state: { kind: "file", path: dir.file("checkpoint.json") },
      log_level: "warn",
    },
  });
  const ledger = createEventLedger();
  const samples: number[] = [];
  let fullMinutes = Infinity;
  const cuts: Record<string, number> = {};
  const stop = new AbortController();
  const { signal } = stop;
  try {
    await eventually("the agent watches", () => agent.running() && api.requests("watch", "events") > 0, 30_000);
    const loops = [
      makeEvents(createEventFlow(api, ledger)),
      breakThings(),
      sampleMemory(agent),
    ];
    const failed = Promise.race(loops.map((loop) => loop.then(() => new Promise<never>(() => {}))));
    await Promise.race([failed, systemClock.sleep(options.minutes * 60_000, interrupt)]);
    stop.abort();
    await Promise.all(loops);
    // What is held as a repeat comes out at the end of its window.
    let readTo = 0;
    await eventually("everything has arrived", async () => {
      readTo = await readStream(readTo);
      const totals = ledger.totals();
      if (totals.lost === 0 && totals.repeatsReported === totals.repeatsIn) return true;
      throw new Error(JSON.stringify(totals));
    }, ARRIVAL_LIMIT_MS).catch((error) => process.stderr.write(`${error.message}: ${error.cause}\n`));
    // Copies come late.
    await systemClock.sleep(2 * REPEAT_WINDOW_SECONDS * 1000, new AbortController().signal);
    await readStream(readTo);
    const totals = ledger.totals();
    const memory = readMemoryTrend(samples, options.minutes, fullMinutes);
    const broken = findBrokenPromises(totals, memory, { running: agent.running() });
    const result = {
      soak: { minutes: options.minutes, eventsPerSecond: options.perSecond, seed: options.seed },
      ...totals,
      cuts,
      memory,
      verdict: broken.length === 0 ? "kept" : "broken",
      broken,
    };
    const text = JSON.stringify(result, null, 2) + "\n";
    if (options.output === null) process.stdout.write(text);
    else await writeFile(options.output, text);
    if (broken.length > 0) await tellTrouble();
    return broken.length === 0;
  } finally {
    stop.abort();
    await observer.close();
  }

  /** What a person needs who is to find out why. */
  async function tellTrouble(): Promise<void> {
    const file = join(tmpdir(), `soak-${options.seed}.log`);
    await writeFile(file, await agent.log());
    const status = await requestJson(`http://127.0.0.1:${healthPort}/health/status`).catch(() => null);
    process.stderr.write(`The agent's log is in ${file}. Its status: ${status?.text ?? "no answer"}\n`);
  }

  /** Resolves early when the run ends. */
  function pause(seconds: number): Promise<void> {
    return systemClock.sleep(seconds * 1000, signal).catch(() => {});
  }

  async function makeEvents(flow: ReturnType<typeof createEventFlow>): Promise<void> {
    const startMs = systemClock.monotonic();
    let made = 0;
    while (!signal.aborted) {
      const due = Math.floor((systemClock.monotonic() - startMs) / 1000 * options.perSecond);
      while (made++ < due) flow.next();
      made = due;
      await pause(0.05);
    }
  }

  async function breakThings(): Promise<void> {
    while (true) {
      await pause(random.between(...QUIET_SECONDS));
      if (signal.aborted) return;
      const cut = random.pick(CUTS);
      const seconds = random.between(...cut.seconds);
      process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${cut.name}, ${seconds.toFixed(1)} s\n`);
      await cut.begin(targets);
      await pause(seconds);
      await cut.mend?.(targets);
      cuts[cut.name] = (cuts[cut.name] ?? 0) + 1;
    }
  }

  async function sampleMemory(child: Child): Promise<void> {
    while (!signal.aborted) {
      if (!child.running()) throw new Error(`The agent ended: ${(await child.log()).slice(-2_000)}`);
      samples.push((await readProcessFigures(child.pid)).residentMegabytes);
      if (ledger.faults() >= REMEMBERED_FAULTS) {
        fullMinutes = Math.min(fullMinutes, samples.length * SAMPLE_MS / 60_000);
      }
      await pause(SAMPLE_MS / 1000);
    }
  }

  /** Takes in what is in the stream after `from`; returns how far it came. */
  async function readStream(from: number): Promise<number> {
    const { state } = await manager.streams.info(STREAM);
    for (let first = from + 1; first <= state.last_seq; first += READ_AHEAD) {
      const wanted = Array.from({ length: Math.min(READ_AHEAD, state.last_seq - first + 1) }, (_, at) => first + at);
      const messages = await Promise.all(wanted.map((seq) => manager.streams.getMessage(STREAM, { seq })));
      for (const message of messages) {
        if (message === null || !message.subject.startsWith("agent.event.")) continue;
        for (const event of decodeEvents({ data: message.data, headers: message.header }) ?? []) ledger.arrived(event);
      }
    }
    return state.last_seq;
  }
}

const args = process.argv.slice(2);
if (args.includes("--help")) {
  process.stdout.write(SOAK_USAGE);
  process.exit(0);
}
const options = parseSoakOptions(args, Date.now() % 1_000_000);
if (typeof options === "string") {
  process.stderr.write(`${options}\n\n${SOAK_USAGE}`);
  process.exit(2);
}
// A person who interrupts it leaves no server behind.
const interrupt = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.on(name, () => interrupt.abort(new Error(`Interrupted by ${name}`)));
}
const kept = await runSoak(options, interrupt.signal).catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return false;
});
process.exit(kept ? 0 : 1);
