import { randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { Agent as HttpsAgent } from "node:https";
import { dirname } from "node:path";
import process from "node:process";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect, headers as createHeaders, type NatsConnection } from "@nats-io/transport-node";
import { mergePatch } from "../../sandbox/api/merge_patch.ts";
import { type Child, startChild } from "../../sandbox/child_process.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { findTool } from "../../sandbox/find_tool.ts";
import { startNatsServer } from "../../sandbox/nats_server.ts";
import { createTempDir, type TempDir } from "../../sandbox/temp_dir.ts";
import { type CommandResult, commandResultSchema } from "../../src/wire/command_result.ts";
import { decodeEvents } from "../../src/bus/subscribe_events.ts";
import type { Event } from "../../src/wire/event.ts";
import { runtimePermissions } from "../../tasks/build_permissions.ts";
import { v8FlagsOf } from "../../tasks/v8_flags.ts";
import type { ControlPlane } from "../support/control_plane.ts";
import { freePort } from "../support/free_port.ts";
import { requestJson } from "../support/https_json.ts";
import { imageMallocSettings } from "../support/image_env.ts";
import { createPodLimits, type PodLimits } from "../support/pod_limits.ts";
import { AGENT_NAMESPACE } from "../support/shipped_manifests.ts";
import type { Attack } from "./attack/attack.ts";
import { SHIPPED_LIMITS, startWatcher } from "./start_watcher.ts";

const BUNDLE = new URL("../../dist/agent.mjs", import.meta.url).pathname;
/** Requests to the API server at a time. */
const PARALLEL = 8;

/** What the watcher and the kernel saw until the agent was asked to end. */
export interface Damage {
  /** Resident memory of the agent at its highest; and with what its commands had of their own. */
  readonly peakBytes: number;
  readonly treePeakBytes: number;
  readonly silenceMs: number;
  readonly connectMs: number;
  /** It runs, answers, and nothing of its container was killed. */
  readonly alive: boolean;
}

/** The built agent with the shipped rights and limits, on a real API server and NATS, and the hands of its enemies. */
export interface HostileRig extends AsyncDisposable {
  readonly clusterId: string;
  /** Where an attack makes its objects; emptied when it is over. */
  readonly namespace: string;
  readonly dir: TempDir;
  /** Central's connection; the agent's account and everybody's else. */
  readonly nats: NatsConnection;
  /** Events that the agent reported, in order. */
  readonly events: readonly Event[];
  /** How the limits are kept. */
  readonly limits: PodLimits["kind"];
  /** POSTs objects to a collection of the namespace, some at a time; fails where the API server refuses one. */
  create(path: string, objects: readonly unknown[]): Promise<void>;
  /** Makes ordinary faults, and waits until they are reported. Returns how many were not. */
  missing(count: number): Promise<number>;
  /** Sends a command as central does, again where the server says that nobody listens; `null` where no result comes. */
  command(words: readonly string[], limitMs?: number): Promise<CommandResult | null>;
  /** Publishes a command with whatever else the message holds. Returns its id. */
  publishCommand(words: readonly string[], more?: CommandMessage): string;
  /** The results so far, by the command's id. */
  readonly results: ReadonlyMap<string, CommandResult>;
  /** Reply subjects of what nobody listened to: the server said so. */
  readonly unheard: ReadonlySet<string>;
  /** Subjects of everything that was published, but for inboxes. */
  readonly subjects: readonly string[];
  readonly healthPort: number;
  /** The sum of a series over its labels, as `/metrics` has it. */
  metric(name: string): Promise<number>;
  /** Text of the audit log. */
  audit(): Promise<string>;
  /** Stops watching, and says what the attack did to the agent. */
  damage(): Promise<Damage>;
}

export interface CommandMessage {
  readonly headers?: Readonly<Record<string, string>>;
  readonly reply?: string;
  /** More of the command itself. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Starts the agent for one attack; resolves when it is ready and watched. */
export async function openHostileRig(plane: ControlPlane, attack: Attack): Promise<HostileRig> {
  await using started = new AsyncDisposableStack();
  const dir = started.use(await createTempDir("hostile"));
  const server = started.use(
    await startNatsServer({ jetstream: attack.jetstream === true, config: "max_pending: 64MB" }),
  );
  const nats = await connect({ servers: server.url, maxReconnectAttempts: -1 });
  started.defer(() => nats.close());
  const namespace = `hostile-${attack.id}`;
  await plane.request("POST", "/api/v1/namespaces", { metadata: { name: namespace } });
  started.defer(() => empty(plane, namespace));
  if (attack.jetstream) {
    await (await jetstreamManager(nats)).streams.add({ name: "AGENT", subjects: ["agent.event.*", "agent.events.*"] });
  }
  const heard = listen(nats);
  const healthPort = await freePort();
  const clusterId = "prod-eu-1";
  const base = {
    central_endpoint: server.url,
    cluster_id: clusterId,
    health_port: healthPort,
    state: { kind: "configmap", configmap: { name: "agent-state" } },
    commands: { audit: { file: dir.file("audit.log") } },
    ...(attack.jetstream ? { nats: { delivery: "jetstream" } } : {}),
  };
  const config = JSON.stringify(mergePatch(base, attack.config ?? {})).replaceAll("{dir}", dir.path);
  await writeFile(dir.file("config.yaml"), config);
  const limits = started.use(await createPodLimits(SHIPPED_LIMITS));
  const child = started.use(await startAgent({ plane, dir, limits, attack }));
  await eventually("the agent is ready", async () => {
    if (!child.running()) throw new Error(`the agent ended: ${(await child.log()).slice(-2_000)}`);
    return (await requestJson(`http://127.0.0.1:${healthPort}/health/ready`)).status === 200;
  }, 90_000);
  const watcher = started.use(await startWatcher(child.pid, healthPort, limits));

  const connections = new HttpsAgent({ keepAlive: true, maxSockets: PARALLEL });
  started.defer(() => connections.destroy());
  const create: HostileRig["create"] = async (path, objects) => {
    const [group, resource] = [path.slice(0, path.lastIndexOf("/")), path.slice(path.lastIndexOf("/") + 1)];
    const url = `${plane.url}${group}/namespaces/${namespace}/${resource}`;
    const waiting = objects.values();
    const work = async () => {
      for (const body of waiting) {
        const { status, text } = await requestJson(url, {
          method: "POST",
          body,
          ca: plane.ca,
          token: plane.adminToken,
          agent: connections,
        });
        if (status !== 201) throw new Error(`The API server answered ${status}: ${text.slice(0, 300)}`);
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
  };
  const publishCommand: HostileRig["publishCommand"] = (words, { headers = {}, reply, fields = {} } = {}) => {
    const id = `hostile-${randomUUID()}`;
    const [tool = "", action = "", ...args] = words;
    const head = createHeaders();
    for (const [name, value] of Object.entries(headers)) head.set(name, value);
    nats.publish(
      `agent.command.${clusterId}`,
      JSON.stringify({ id, type: "diagnostic", tool, action, args, ...fields }),
      { headers: head, ...(reply === undefined ? {} : { reply }) },
    );
    return id;
  };
  const owned = started.move();
  return {
    clusterId,
    namespace,
    dir,
    nats,
    limits: limits.kind,
    healthPort,
    create,
    publishCommand,
    ...heard,
    async command(words, limitMs = 30_000) {
      let [id, reply] = ["", ""];
      const ask = () => {
        reply = `_INBOX.${randomUUID()}`;
        id = publishCommand(words, { reply });
      };
      ask();
      return await eventually("the command is answered", () => {
        if (heard.unheard.has(reply)) ask();
        return heard.results.get(id);
      }, limitMs).catch(() => null);
    },
    async missing(count) {
      const markers = Array.from({ length: count }, () => `marker-${randomUUID()}`);
      await create("/api/v1/events", markers.map((marker) => ordinaryFault(namespace, marker)));
      const left = () =>
        markers.filter((marker) => !heard.events.some(({ message }) => message.includes(marker))).length;
      await eventually("the ordinary faults are reported", () => left() === 0, 60_000).catch(() => {});
      return left();
    },
    async metric(name) {
      const { text } = await requestJson(`http://127.0.0.1:${healthPort}/metrics`);
      const values = text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, "gm"));
      return [...values].reduce((sum, [, value]) => sum + Number(value), 0);
    },
    audit: () => readFile(dir.file("audit.log"), "utf8").catch(() => ""),
    damage: async () => {
      const answers = child.running() &&
        await requestJson(`http://127.0.0.1:${healthPort}/health/live`).then(
          ({ status }) => status === 200,
          () => false,
        );
      const { killed, ...seen } = await watcher.end();
      return { ...seen, alive: answers && !killed && await limits.kills() === 0 };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function startAgent(
  { plane, dir, limits, attack }: { plane: ControlPlane; dir: TempDir; limits: PodLimits; attack: Attack },
): Promise<Child> {
  const kubectl = await findTool("kubectl");
  const program = [
    ...["run", `--v8-flags=${v8FlagsOf("image").join(",")}`, ...runtimePermissions("image")],
    ...[BUNDLE, "run", "--config", dir.file("config.yaml")],
  ];
  let { command, args } = limits.wrap(process.execPath, program);
  if (attack.silentResolver) {
    // A name that nothing answers for: what an attacker's own zone does, and a broken cluster DNS.
    await writeFile(
      dir.file("resolv.conf"),
      "nameserver 192.0.2.1\noptions ndots:5 timeout:5 attempts:2\nsearch a.b c.b\n",
    );
    const mount = 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"';
    args = ["--mount", "--", "/bin/sh", "-c", mount, "sh", dir.file("resolv.conf"), command, ...args];
    command = "unshare";
  }
  return await startChild({
    command,
    args,
    env: {
      ...await plane.enterPod(AGENT_NAMESPACE, "agent"),
      HOME: dir.path,
      ...await imageMallocSettings(),
      PATH: `${dirname(kubectl)}:/usr/local/bin:/usr/bin:/bin`,
    },
    logFile: dir.file("agent.log"),
  });
}

/** Hears all that is published; a subject that is nobody's business is what an attack may be after. */
function listen(nats: NatsConnection) {
  const events: Event[] = [];
  const subjects: string[] = [];
  const results = new Map<string, CommandResult>();
  const unheard = new Set<string>();
  nats.subscribe(">", {
    callback: (_error, message) => {
      const { subject } = message;
      if (subject.startsWith("agent.command.")) return;
      if (message.headers?.code === 503) unheard.add(subject);
      if (subject.startsWith("agent.event")) events.push(...decodeEvents(message) ?? []);
      const result = subject.startsWith("agent.event") ? null : readResult(message.data);
      if (result !== null) results.set(result.command_id, result);
      if (!subject.startsWith("_INBOX.")) subjects.push(subject);
    },
  });
  return { events, subjects, results, unheard };
}

function readResult(data: Uint8Array): CommandResult | null {
  try {
    return commandResultSchema.safeParse(JSON.parse(new TextDecoder().decode(data))).data ?? null;
  } catch {
    return null;
  }
}

/** What the next attack must not find. */
async function empty(plane: ControlPlane, namespace: string): Promise<void> {
  for (const resource of ["events", "configmaps", "pods"]) {
    await plane.request("DELETE", `/api/v1/namespaces/${namespace}/${resource}?gracePeriodSeconds=0`);
  }
  for (const name of ["agent-state", "agent-state-nonces"]) {
    await plane.request("DELETE", `/api/v1/namespaces/${AGENT_NAMESPACE}/configmaps/${name}`);
  }
}

/** A Warning Event as the kubelet writes it, with `more` in its place. */
export function ordinaryFault(namespace: string, message: string, more: Readonly<Record<string, unknown>> = {}) {
  const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  const name = `web-${randomUUID()}`;
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name, namespace },
    involvedObject: { kind: "Pod", namespace, name, uid: name, apiVersion: "v1" },
    reason: "BackOff",
    type: "Warning",
    message: `Back-off restarting failed container ${message}`,
    count: 1,
    firstTimestamp: now,
    lastTimestamp: now,
    source: { component: "kubelet", host: "node-1" },
    ...more,
  };
}
