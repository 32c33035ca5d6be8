import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { type Child, startChild } from "../../sandbox/child_process.ts";
import { collectNats, type NatsCollector } from "./collect_nats.ts";
import { type ControlPlane, startControlPlane } from "./control_plane.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { type NatsServer, startNatsServer } from "../../sandbox/nats_server.ts";
import { PROGRAM } from "./program_under_test.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";

export interface EventRigOptions {
  /** More of the agent's configuration, as YAML. */
  readonly config?: string;
  readonly jetstream?: boolean;
}

/** What became of the events that were made: by the marker in each one's message. */
export interface EventCount {
  readonly made: number;
  readonly reported: number;
  readonly lost: number;
  readonly repeatedSameId: number;
  readonly repeatedOtherId: number;
}

/** A real control plane, a real nats-server and the agent as a process of its own, with a pod's credentials. */
export interface EventRig extends AsyncDisposable {
  readonly plane: ControlPlane;
  readonly nats: NatsServer;
  readonly collector: NatsCollector;
  agent(): Child;
  startAgent(): Promise<void>;
  /** Makes events with markers, or patches them to a count; retries while the API server is away. */
  makeEvents(markers: readonly string[], count?: number): Promise<void>;
  /** Waits until every marker was reported, or the time is over, and counts. */
  count(markers: readonly string[], deadlineMs?: number): Promise<EventCount>;
  /** The reports that carry a marker. */
  reportsOf(marker: string): readonly { readonly id: string; readonly count: number; readonly severity: string }[];
}

const MARKER = /marker-[\w-]+/;

export async function startEventRig(options: EventRigOptions = {}): Promise<EventRig> {
  const plane = await startControlPlane();
  const nats = await startNatsServer({ jetstream: options.jetstream ?? false });
  const collector = await collectNats(nats.url, ["agent.>"]);
  const dir = await createTempDir("event-rig");
  await plane.kubectl(["create", "namespace", "e2e"]);
  await plane.kubectl(["create", "serviceaccount", "agent", "-n", "e2e"]);
  await plane.kubectl([
    "create",
    "clusterrole",
    "agent",
    "--verb=get,list,watch",
    "--resource=events,namespaces,nodes,configmaps",
  ]);
  await plane.kubectl(["create", "clusterrolebinding", "agent", "--clusterrole=agent", "--serviceaccount=e2e:agent"]);
  const env = { ...await plane.enterPod("e2e", "agent"), HOME: dir.path };
  const config = dir.file("config.yaml");
  await writeFile(
    config,
    `central_endpoint: ${nats.url}\ncluster_id: e2e\nreconnect_delay: 1s\nmax_retries: -1\nbuffer_size: 20000\nhealth_port: 0\n` +
      `enable_metrics: false\nenable_commands: false\n${(options.config ?? "").replaceAll("{dir}", dir.path)}`,
  );
  let agent: Child | null = null;

  async function startAgent(): Promise<void> {
    agent = await startChild({
      command: PROGRAM.command,
      args: [...PROGRAM.args, "run", "--config", config],
      env,
      logFile: dir.file("agent.log"),
    });
  }

  async function makeEvent(marker: string, count: number): Promise<void> {
    const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
    const name = createHash("sha1").update(marker).digest("hex").slice(0, 20);
    const path = "/api/v1/namespaces/e2e/events";
    const message = `Back-off restarting failed container ${marker}`;
    const body = count > 1 ? { count, lastTimestamp: now, message } : {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name, namespace: "e2e" },
      involvedObject: { kind: "Pod", namespace: "e2e", name, uid: name, apiVersion: "v1" },
      reason: "BackOff",
      type: "Warning",
      message,
      count: 1,
      firstTimestamp: now,
      lastTimestamp: now,
      source: { component: "kubelet", host: "node-1" },
    };
    await eventually(`the API server takes ${marker}`, async () => {
      const { status } = count > 1
        ? await plane.request("PATCH", `${path}/${name}`, body, { "content-type": "application/merge-patch+json" })
        : await plane.request("POST", path, body);
      return status === 409 || status < 300 || undefined;
    }, 60_000);
  }

  const reportsOf = (marker: string) =>
    collector.messages.flatMap(({ subject, json }) => {
      if (!subject.startsWith("agent.event.") || typeof json !== "object" || json === null) return [];
      const report: { id?: string; message?: string; severity?: string; raw_data?: { count?: number } } = json;
      if (MARKER.exec(report.message ?? "")?.[0] !== marker) return [];
      return [{ id: report.id ?? "", count: report.raw_data?.count ?? 0, severity: report.severity ?? "" }];
    });

  return {
    plane,
    nats,
    collector,
    agent: () => {
      if (agent === null) throw new Error("The agent was not started");
      return agent;
    },
    startAgent,
    async makeEvents(markers, count = 1) {
      const todo = [...markers];
      const work = async () => {
        for (let marker = todo.shift(); marker !== undefined; marker = todo.shift()) await makeEvent(marker, count);
      };
      await Promise.all(Array.from({ length: 16 }, work));
    },
    async count(markers, deadlineMs = 60_000) {
      const wanted = new Set(markers);
      const seen = () => {
        const ids = new Map<string, string[]>();
        for (const { subject, json } of collector.messages) {
          if (!subject.startsWith("agent.event.") || typeof json !== "object" || json === null) continue;
          const report: { id?: string; message?: string } = json;
          const marker = MARKER.exec(report.message ?? "")?.[0];
          if (marker !== undefined && wanted.has(marker)) ids.set(marker, [...ids.get(marker) ?? [], report.id ?? ""]);
        }
        return ids;
      };
      await eventually("every event is reported", () => seen().size >= wanted.size || undefined, deadlineMs).catch(
        () => {},
      );
      const ids = [...seen().values()];
      return {
        made: wanted.size,
        reported: ids.length,
        lost: wanted.size - ids.length,
        repeatedSameId: ids.reduce((sum, list) => sum + list.length - new Set(list).size, 0),
        repeatedOtherId: ids.reduce((sum, list) => sum + new Set(list).size - 1, 0),
      };
    },
    reportsOf,
    async [Symbol.asyncDispose]() {
      await agent?.stop();
      await collector[Symbol.asyncDispose]();
      await nats[Symbol.asyncDispose]();
      await plane[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}
