import { appendFile, readFile, writeFile } from "node:fs/promises";
import { Agent as HttpsAgent } from "node:https";
import { dirname, join } from "node:path";
import process from "node:process";
import { randomUUID } from "node:crypto";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import * as z from "zod";
import { mergePatch } from "../../sandbox/api/merge_patch.ts";
import type { Child } from "../../sandbox/child_process.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { findTool } from "../../sandbox/find_tool.ts";
import { type NatsServer, startNatsServer } from "../../sandbox/nats_server.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { type CommandResult, commandResultSchema } from "../../src/wire/command_result.ts";
import { readShippedV8Flags, startAgentProgram } from "../support/agent_program.ts";
import type { ControlPlane } from "../support/control_plane.ts";
import { freePort } from "../support/free_port.ts";
import { requestJson } from "../support/https_json.ts";
import { AGENT_NAMESPACE } from "../support/shipped_manifests.ts";
import type { ApiFront } from "./api_front.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp_proxy.ts";

const BUNDLE = new URL("../../dist/agent.mjs", import.meta.url).pathname;
export const CLUSTER = "replicated";
export const STREAM = "AGENT";
export const LEASE_PATH = `/apis/coordination.k8s.io/v1/namespaces/${AGENT_NAMESPACE}/leases/agent`;
const STATE = ["agent-state", "agent-state-nonces"];

const logLineSchema = z.object({ timestamp: z.string(), message: z.string() });
const auditLineSchema = z.object({ event: z.string(), command_id: z.string() });
export const leaseSchema = z.object({
  metadata: z.object({ uid: z.string(), resourceVersion: z.string() }),
  spec: z.object({
    holderIdentity: z.string().optional(),
    leaseDurationSeconds: z.number().optional(),
    leaseTransitions: z.number().optional(),
  }).optional(),
});

/** One process of the agent. */
export interface Replica extends AsyncDisposable {
  readonly name: string;
  readonly child: Child;
  readonly healthPort: number;
  /** How far its clock is ahead of this machine's. */
  readonly clockMs: number;
  /** In front of the API server and of NATS, for this replica alone. */
  readonly api: TcpProxy;
  readonly bus: TcpProxy;
  /** Wall clock of each time that it wrote this message into its log. */
  said(message: string): Promise<readonly number[]>;
  /** Lines of `/health/ready`, and whether it is. */
  ready(): Promise<{ readonly ok: boolean; readonly text: string }>;
  leads(): Promise<boolean>;
  /** Ids of commands whose processes it has started. */
  started(): Promise<readonly string[]>;
  /** The value of a series of `/metrics` without labels of its own. */
  metric(name: string): Promise<number>;
}

/** What one replica has of its own. */
interface ReplicaOptions {
  /** How far its clock is ahead of this machine's. */
  readonly clockMs?: number;
}

/** Replicas of the built agent on a real API server, and a NATS server with a stream. */
export interface ReplicaRig extends AsyncDisposable {
  readonly nats: NatsServer;
  /** Central's connection. */
  readonly central: NatsConnection;
  start(name: string, config?: Readonly<Record<string, unknown>>, options?: ReplicaOptions): Promise<Replica>;
  /** The replica that leads, once there is one. */
  leader(among: readonly Replica[], limitMs?: number): Promise<Replica>;
  lease(): Promise<z.infer<typeof leaseSchema> | null>;
  /** Sends a command as central does; returns its id. */
  command(words: readonly string[]): string;
  /** What was answered to it, in order. */
  answers(id: string): readonly CommandResult[];
  /** The place that the checkpoint holds; "" without one. */
  checkpointVersion(): Promise<string>;
  /** Resolves once the first checkpoint is there: from then on a successor knows where to go on. */
  checkpointKept(): Promise<void>;
  /** Deletes what replicas keep, and gives them an empty Lease. */
  makeLease(): Promise<void>;
}

/** Starts what all replicas of one scenario share; `front` stands between them and the API server. */
export async function openReplicaRig(plane: ControlPlane, front: ApiFront | null = null): Promise<ReplicaRig> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await createTempDir("replicas"));
  const nats = stack.use(await startNatsServer({ jetstream: true }));
  const central = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
  stack.defer(() => central.close());
  await (await jetstreamManager(central)).streams.add({
    name: STREAM,
    subjects: ["agent.event.*", "agent.result.*"],
    duplicate_window: 600e9,
  });
  const kubectl = await findTool("kubectl");
  const env = await plane.enterPod(AGENT_NAMESPACE, "agent");
  if (front !== null) await appendFile(join(env.AGENT_SERVICE_ACCOUNT_DIR ?? "", "ca.crt"), front.ca);
  const v8Flags = await readShippedV8Flags(BUNDLE);
  const configMaps = `/api/v1/namespaces/${AGENT_NAMESPACE}/configmaps`;
  const makeLease = async () => {
    for (const name of STATE) await plane.request("DELETE", `${configMaps}/${name}`);
    await plane.request("DELETE", LEASE_PATH);
    await plane.request("POST", dirname(LEASE_PATH), { metadata: { name: "agent" } });
  };
  await makeLease();
  const results: CommandResult[] = [];
  central.subscribe(`agent.result.${CLUSTER}`, {
    callback: (error, message) => {
      if (error === null) results.push(commandResultSchema.parse(message.json()));
    },
  });

  const start: ReplicaRig["start"] = async (name, config = {}, { clockMs = 0 } = {}) => {
    await using own = new AsyncDisposableStack();
    const folder = own.use(await createTempDir(`replica-${name}`));
    const api = own.use(await startTcpProxy(front?.port ?? Number(new URL(plane.url).port)));
    const bus = own.use(await startTcpProxy(nats.port));
    const healthPort = await freePort();
    const child = own.use(
      await startAgentProgram({
        program: clockMs === 0 ? BUNDLE : await writeShiftedProgram(folder.file("shifted.cjs"), clockMs),
        v8Flags,
        dir: folder,
        config: mergeConfig({ healthPort, busPort: bus.port, auditFile: folder.file("audit.log") }, config),
        env: {
          ...env,
          KUBERNETES_SERVICE_PORT: `${api.port}`,
          PATH: `${dirname(kubectl)}:/usr/local/bin:/usr/bin:/bin`,
        },
      }),
    );
    const url = `http://127.0.0.1:${healthPort}`;
    const owned = own.move();
    const replica: Replica = {
      name,
      child,
      healthPort,
      clockMs,
      api,
      bus,
      said: async (message) =>
        (await child.log()).split("\n").flatMap((line) => {
          const parsed = logLineSchema.safeParse(parseJson(line));
          return parsed.success && parsed.data.message === message ? [Date.parse(parsed.data.timestamp) - clockMs] : [];
        }),
      ready: async () => {
        const answer = await requestJson(`${url}/health/ready`).catch(() => ({ status: 0, text: "" }));
        return { ok: answer.status === 200, text: answer.text };
      },
      leads: async () => (await replica.metric("agent_leading").catch(() => 0)) === 1,
      started: async () => {
        const text = await readFile(folder.file("audit.log"), "utf8").catch(() => "");
        return text.split("\n").flatMap((line) => {
          const parsed = auditLineSchema.safeParse(parseJson(line));
          return parsed.success && parsed.data.event === "started" ? [parsed.data.command_id] : [];
        });
      },
      metric: async (series) => {
        const { text } = await requestJson(`${url}/metrics`);
        const line = text.split("\n").find((each) => each.startsWith(`${series}{`) || each.startsWith(`${series} `));
        return Number(line?.split(" ").at(-1) ?? NaN);
      },
      async [Symbol.asyncDispose]() {
        child.signal("SIGCONT"); // a stopped process hears nothing
        api.heal();
        bus.heal();
        if (process.env.REPLICAS_LOGS !== undefined) process.stderr.write(`--- ${name}\n${await child.log()}`);
        await owned.disposeAsync();
      },
    };
    return replica;
  };

  const owned = stack.move();
  return {
    nats,
    central,
    start,
    makeLease,
    command(words) {
      const id = randomUUID();
      const [tool = "", action = "", ...args] = words;
      central.publish(`agent.command.${CLUSTER}`, JSON.stringify({ id, type: "diagnostic", tool, action, args }));
      return id;
    },
    answers: (id) => results.filter(({ command_id }) => command_id === id),
    checkpointVersion: async () => {
      const { text } = await plane.request("GET", `${configMaps}/${STATE[0]}`);
      return /versions[^}]*?events[^0-9]+(\d+)/.exec(text)?.[1] ?? "";
    },
    checkpointKept: async () => {
      const path = `${configMaps}/${STATE[0]}`;
      await eventually(
        "the checkpoint is kept",
        async () => (await plane.request("GET", path)).text.includes("checkpoint"),
      );
    },
    leader: (among, limitMs = 20_000) =>
      eventually("one of the replicas leads", async () => {
        for (const replica of among) if (replica.child.running() && await replica.leads()) return replica;
        throw new Error((await Promise.all(among.map(async ({ ready }) => (await ready()).text))).join("\n"));
      }, limitMs),
    lease: async () => leaseSchema.safeParse((await plane.request("GET", LEASE_PATH)).json).data ?? null,
    [Symbol.asyncDispose]: async () => {
      void dir;
      await owned.disposeAsync();
    },
  };
}

/** The program with another time of day: all that it knows of it comes from `Date`. */
async function writeShiftedProgram(path: string, clockMs: number): Promise<string> {
  await writeFile(
    path,
    `const Real = Date;
globalThis.Date = class extends Real {
  constructor(...given) { given.length === 0 ? super(Real.now() + ${clockMs}) : super(...given); }
  static now() { return Real.now() + ${clockMs}; }
};
require(${JSON.stringify(BUNDLE.replace(/\.mjs$/, ".cjs"))});
`,
  );
  return path;
}

function mergeConfig(
  own: { readonly healthPort: number; readonly busPort: number; readonly auditFile: string },
  config: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged = mergePatch({
    central_endpoint: `nats://127.0.0.1:${own.busPort}`,
    cluster_id: CLUSTER,
    health_port: own.healthPort,
    reconnect_delay: "1s",
    max_retries: -1,
    enable_metrics: false,
    heartbeat_interval: "10s",
    events: { repeat_window: "15s", backlog: "skip" },
    nats: { delivery: "jetstream" },
    state: { kind: "configmap", configmap: { name: "agent-state" } },
    replicas: { enabled: true },
    commands: { audit: { file: own.auditFile } },
    log_format: "json",
  }, config);
  return z.record(z.string(), z.unknown()).parse(merged);
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** A pool for thousands of requests to the API server as administrator. */
export function openPool(): HttpsAgent & Disposable {
  const pool = new HttpsAgent({ keepAlive: true, maxSockets: 8 });
  return Object.assign(pool, { [Symbol.dispose]: () => pool.destroy() });
}
