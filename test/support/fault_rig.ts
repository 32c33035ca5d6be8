import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import process from "node:process";
import { jetstream, type JetStreamManager, jetstreamManager, type StreamConfig } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { decodeEvents } from "../../src/bus/subscribe_events.ts";
import type { Event } from "../../src/wire/event.ts";
import { type Child, startChild } from "../../sandbox/child_process.ts";
import { eventually } from "../../sandbox/eventually.ts";
import type { FaultApi } from "./fault_api.ts";
import type { FaultCount } from "../../tasks/fault_report.ts";
import { freePort } from "./free_port.ts";
import { requestJson } from "./https_json.ts";
import { type NatsCluster, startNatsCluster } from "./nats_cluster.ts";
import { type NatsServer, type NatsServerOptions, startNatsServer } from "../../sandbox/nats_server.ts";
import { mergePatch } from "../../sandbox/api/merge_patch.ts";
import { startTcpProxy, type TcpProxy } from "./tcp_proxy.ts";
import { createTempDir, type TempDir } from "../../sandbox/temp_dir.ts";

export interface FaultRigOptions {
  /** How the agent delivers; with JetStream what the stream holds is counted, else what a subscriber hears. */
  readonly delivery: "core" | "jetstream";
  /** More of the agent's configuration; `{dir}` in a text is a folder of the scenario's own. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly nats?: NatsServerOptions;
  /** So many servers in a cluster, and as many replicas of the stream. */
  readonly cluster?: number;
  /** The stream to make at the start; `null` makes none. */
  readonly stream?: Partial<StreamConfig> | null;
  /** Puts a proxy between the agent and the server. */
  readonly proxy?: boolean;
}

/** The agent as the program that ships, between an API server and NATS, and what is needed to do them harm. */
export interface FaultRig extends AsyncDisposable {
  readonly api: FaultApi;
  readonly nats: NatsServer;
  readonly dir: TempDir;
  proxy(): TcpProxy;
  cluster(): NatsCluster;
  agent(): Child;
  /** Starts the agent and waits until it is ready, or only watches where NATS is not what it should be. */
  startAgent(until?: "ready" | "watching"): Promise<void>;
  /** SIGKILL and a new process, as Kubernetes would do. */
  killAndRestartAgent(): Promise<void>;
  /** The agent's own status page. */
  status(): Promise<AgentStatus>;
  /** Waits until readiness says something that matches. */
  says(words: RegExp, deadlineMs?: number): Promise<void>;
  addStream(config?: Partial<StreamConfig>): Promise<void>;
  manage<T>(act: (manager: JetStreamManager) => Promise<T>): Promise<T>;
  /** Publishes messages of nothing on a subject, once somebody listens there. */
  flood(subject: string, count: number, bytes: number): Promise<void>;
  /** Messages in the stream, or heard so far. */
  arrived(): Promise<number>;
  /** Waits until all but `lost` of the markers have arrived and nothing waits in the agent any more, and counts. */
  count(markers: readonly string[], lost: number): Promise<FaultCount>;
}

export interface AgentStatus {
  readonly problems: readonly string[];
  readonly queues: { readonly event: { readonly size: number } };
  readonly [part: string]: unknown;
}

const BUNDLE = new URL("../../dist/agent.mjs", import.meta.url).pathname;
const MARKER = /marker-[\w-]+/;
const ARRIVAL_LIMIT_MS = 90_000;
const WINDOW_NS = 3_600_000_000_000;

/** Starts NATS and what else the options ask for; the agent is the scenario's to start. */
export async function openFaultRig(api: FaultApi, options: FaultRigOptions): Promise<FaultRig> {
  if (!existsSync(BUNDLE)) throw new Error("The fault scenarios run the bundle: make it with `deno task bundle`");
  await using started = new AsyncDisposableStack();
  const dir = started.use(await createTempDir("faults"));
  const cluster = options.cluster === undefined ? null : started.use(await startNatsCluster(options.cluster));
  const nats = cluster?.servers.get("n1") ??
    started.use(await startNatsServer({ jetstream: options.delivery === "jetstream", ...options.nats }));
  const proxy = options.proxy ? started.use(await startTcpProxy(nats.port)) : null;
  const observer = await connect({
    servers: cluster?.urls.slice() ?? [nats.url],
    maxReconnectAttempts: -1,
    reconnectTimeWait: 50,
    // The observer looks on whatever the server's certificate is.
    ...(options.nats?.tls === undefined ? {} : { tls: { rejectUnauthorized: false } as Record<string, unknown> }),
  });
  started.defer(() => observer.close());
  const heard = options.delivery === "core" ? await listen(observer) : null;
  const manage: FaultRig["manage"] = async (act) => await act(await jetstreamManager(observer, { timeout: 5_000 }));
  const addStream: FaultRig["addStream"] = async (config = {}) => {
    const subjects = ["agent.event.*", "agent.events.*"];
    const replicas = options.cluster === undefined ? {} : { num_replicas: options.cluster };
    await eventually("the stream is made", async () => {
      await manage((manager) =>
        manager.streams.add({ name: "AGENT", subjects, duplicate_window: WINDOW_NS, ...replicas, ...config })
      );
      return true;
    }, 30_000);
  };
  if (options.delivery === "jetstream" && options.stream !== null) await addStream(options.stream);

  const healthPort = await freePort();
  const base = {
    central_endpoint: proxy === null ? cluster?.urls ?? nats.url : nats.url.replace(/\d+$/, String(proxy.port)),
    cluster_id: "faults",
    reconnect_delay: "1s",
    max_retries: -1,
    buffer_size: 20_000,
    health_port: healthPort,
    enable_metrics: false,
    enable_commands: false,
    events: { repeat_window: "0s" },
    nats: { delivery: options.delivery },
  };
  const file = dir.file("config.yaml");
  const text = JSON.stringify(mergePatch(base, options.config ?? {}), null, 2);
  await writeFile(file, text.replaceAll("{dir}", dir.path));
  let agent: Child | null = null;
  started.defer(async () => void (await agent?.stop()));
  const agentNow = () => {
    if (agent === null) throw new Error("The agent was not started");
    return agent;
  };
  const url = `http://127.0.0.1:${healthPort}/health`;
  const status = async () => (await requestJson(`${url}/status`)).json as AgentStatus;
  const startAgent = async (until: "ready" | "watching" = "ready") => {
    const args = ["run", "-A", BUNDLE, "run", "--config", file];
    const env = { ...api.env, HOME: dir.path };
    const child = agent = await startChild({ command: process.execPath, args, env, logFile: dir.file("agent.log") });
    await eventually(`the agent is ${until}`, async () => {
      if (!child.running()) throw new Error(`the agent ended: ${(await child.log()).slice(-2_000)}`);
      const { status, text } = await requestJson(`${url}/ready`);
      return until === "ready" ? status === 200 : /\[\+\] watch /.test(text);
    }, 30_000);
  };
  const events = async () => heard ?? await readStream(observer);
  const rig = started.move();
  return {
    api,
    nats,
    dir,
    proxy: () => proxy ?? missing("a proxy"),
    cluster: () => cluster ?? missing("a cluster"),
    agent: agentNow,
    startAgent,
    async killAndRestartAgent() {
      await agentNow().kill();
      await startAgent("watching");
    },
    status,
    says: async (words, deadlineMs) => {
      await eventually(`readiness says ${words}`, async () => {
        const problems = (await status()).problems.join("\n");
        if (!words.test(problems)) throw new Error(`it says: ${problems}`);
        return true;
      }, deadlineMs);
    },
    addStream,
    manage,
    async flood(subject, count, bytes) {
      await eventually(`somebody listens on ${subject}`, async () => {
        const answer = await observer.request(subject, "", { timeout: 100 }).catch((error: unknown) => error);
        return !(answer instanceof Error) || answer.name === "TimeoutError";
      });
      for (let sent = 0; sent < count; sent++) {
        observer.publish(subject, new Uint8Array(bytes));
        if (sent % 10 === 0) await observer.flush();
      }
      await observer.flush();
    },
    arrived: async () =>
      heard?.length ?? await manage(async (manager) => (await manager.streams.info("AGENT")).state.messages),
    async count(markers, lost) {
      const wanted = new Set(markers);
      const looked = () =>
        eventually("what arrived can be read", async () => sortByMarker(await events(), wanted), 60_000);
      await eventually("what was not lost has arrived", async () => {
        const { ids, told } = await looked();
        if (ids.size >= wanted.size - lost && told >= lost) return true;
        throw new Error(
          `${ids.size} of ${wanted.size} arrived, ${told} told; the agent: ${JSON.stringify(await status())}`,
        );
      }, ARRIVAL_LIMIT_MS).catch((error) => process.stderr.write(`${error.message}: ${error.cause}\n`));
      await eventually("nothing waits in the agent", async () => (await status()).queues.event.size === 0, 30_000);
      const { ids, told } = await looked();
      const lists = [...ids.values()];
      return {
        eventsIn: wanted.size,
        reported: ids.size,
        lost: wanted.size - ids.size,
        told,
        repeatedSameId: lists.reduce((sum, list) => sum + list.length - new Set(list).size, 0),
        repeatedOtherId: lists.reduce((sum, list) => sum + new Set(list).size - 1, 0),
      };
    },
    [Symbol.asyncDispose]: () => rig.disposeAsync(),
  };
}

function missing(what: string): never {
  throw new Error(`This scenario asked for ${what} that its options do not have`);
}

/** Hears events as a plain subscriber does. */
async function listen(observer: NatsConnection): Promise<Event[]> {
  const heard: Event[] = [];
  for (const subject of ["agent.event.*", "agent.events.*"]) {
    observer.subscribe(subject, { callback: (_error, message) => void heard.push(...decodeEvents(message) ?? []) });
  }
  await observer.flush();
  return heard;
}

/** Every event that the stream holds, in order. */
async function readStream(observer: NatsConnection): Promise<readonly Event[]> {
  const manager = await jetstreamManager(observer, { timeout: 5_000 });
  const { state } = await manager.streams.info("AGENT");
  if (state.messages === 0) return [];
  const consumer = await jetstream(observer).consumers.get("AGENT");
  const events: Event[] = [];
  const messages = await consumer.fetch({ max_messages: state.messages, expires: 10_000 });
  for await (const message of messages) events.push(...decodeEvents(message) ?? []);
  return events;
}

/** The ids under which each marker arrived, and the losses that gaps told. */
function sortByMarker(events: readonly Event[], wanted: ReadonlySet<string>) {
  const ids = new Map<string, string[]>();
  let told = 0;
  for (const { id, type, message, raw_data } of events) {
    if (type === "agent_gap") told += Number(raw_data.count ?? 0);
    const marker = MARKER.exec(message)?.[0];
    if (marker === undefined || !wanted.has(marker)) continue;
    const known = ids.get(marker);
    if (known === undefined) ids.set(marker, [id]);
    else known.push(id);
  }
  return { ids, told };
}
