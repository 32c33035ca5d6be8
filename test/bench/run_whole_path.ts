import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { systemClock } from "../../src/lifecycle/clock.ts";
import { startAgentProgram } from "../support/agent_program.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { startNatsServer } from "../../sandbox/nats_server.ts";
import { readProcessFigures, resetPeak } from "../support/process_figures.ts";
import { type SandboxApi, startSandboxApi } from "../../sandbox/api/sandbox_api.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { faultNumbers, numberIn, watchedEvent } from "../support/watched_event.ts";
import { BENCH_STREAM, type Latency, latencyOf, type PathName, PATHS } from "./variant.ts";

/** What a run of the whole agent came to. */
export interface PathFigures {
  /** From the first event that is made to the last that a subscriber hears; the API server beside it is no fast one. */
  readonly eventsPerSecond: number;
  /** Of the agent's process, user and system. */
  readonly cpuMicrosPerEvent: number;
  /** Resident, before the burst and at the most during it. */
  readonly idleMegabytes: number;
  readonly peakMegabytes: number;
  /** In the steady flow, from the event's making to its arrival at a subscriber. */
  readonly latencyMs: Latency;
  readonly arrived: number;
}

export interface PathPlan {
  readonly program: string;
  readonly v8Flags: string | null;
  readonly profileDir: string | null;
  readonly events: number;
  readonly paced: { readonly perSecond: number; readonly events: number };
}

const WARM_UP = 500;
/** What was allocated at the start is given back by then. */
const SETTLE_MS = 3_000;
const ARRIVAL_LIMIT_MS = 60_000;
/** The sandbox shares this process with its client's connection: after so many events it gets a turn. */
const TURN = 50;
const never = new AbortController().signal;

/** Runs the agent against a sandbox API server and a real nats-server. */
export async function runWholePath(name: PathName, plan: PathPlan): Promise<PathFigures> {
  const { delivery, spool } = PATHS[name];
  await using dir = await createTempDir("bench");
  await using server = await startNatsServer({ jetstream: true });
  await using api = await startSandboxApi({ bookmarkMs: 1_000 });
  const nats = await connect({ servers: server.url });
  try {
    if (delivery === "jetstream") {
      const manager = await jetstreamManager(nats);
      await manager.streams.add({ name: BENCH_STREAM, subjects: ["agent.event.*", "agent.metrics.*"] });
    }
    const madeAtMs = new Map<number, number>();
    const latencies: number[] = [];
    let arrived = 0;
    nats.subscribe("agent.event.*", {
      callback: (_, message) => {
        const at = madeAtMs.get(numberIn(message.string()) ?? -1);
        arrived++;
        if (at !== undefined) latencies.push(performance.now() - at);
      },
    });
    await nats.flush();
    await using agent = await startAgentProgram({
      ...plan,
      dir,
      env: api.env,
      config: {
        central_endpoint: server.url,
        cluster_id: "bench",
        health_port: 0,
        nats: { delivery },
        ...(spool ? { outbox: { spool_dir: dir.file("spool") } } : {}),
        log_level: "warn",
      },
    });
    await eventually("the agent watches", () => agent.running() && api.requests("watch", "events") > 0, 30_000);
    const numbers = faultNumbers();
    const arrival = (count: number) => eventually(`${count} events arrive`, () => arrived >= count, ARRIVAL_LIMIT_MS);
    await putBurst(api, numbers, WARM_UP);
    await arrival(WARM_UP);
    await systemClock.sleep(SETTLE_MS, never);
    await resetPeak(agent.pid);
    const before = await readProcessFigures(agent.pid);
    const startMs = performance.now();
    await putBurst(api, numbers, plan.events);
    await arrival(WARM_UP + plan.events);
    const seconds = (performance.now() - startMs) / 1000;
    const after = await readProcessFigures(agent.pid);
    const first = arrived;
    for (let sent = 0; sent < plan.paced.events; sent++) {
      const number = numbers.next().value;
      madeAtMs.set(number, performance.now());
      api.putEvent(watchedEvent(number));
      await systemClock.sleep(1000 / plan.paced.perSecond, never);
    }
    await arrival(first + plan.paced.events);
    return {
      eventsPerSecond: Math.round(plan.events / seconds),
      cpuMicrosPerEvent: Math.round((after.cpuMs - before.cpuMs) * 1000 / plan.events),
      idleMegabytes: before.residentMegabytes,
      peakMegabytes: after.peakMegabytes,
      latencyMs: latencyOf(latencies),
      arrived,
    };
  } finally {
    await nats.close();
  }
}

async function putBurst(api: SandboxApi, numbers: Iterator<number, never>, events: number): Promise<void> {
  for (let put = 0; put < events; put++) {
    api.putEvent(watchedEvent(numbers.next().value));
    if (put % TURN === TURN - 1) await new Promise((resolve) => setImmediate(resolve));
  }
}
