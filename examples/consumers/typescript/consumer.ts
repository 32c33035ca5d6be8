import process from "node:process";
import { gunzipSync } from "node:zlib";
import { AckPolicy, jetstream, jetstreamManager, type JsMsg } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import type { Event, MetricsReport, Update } from "../../../types/agent.d.ts";

// Reads what agents report, from the streams that `agent fleet setup` makes, and prints a line for each thing that is new.

/** Consumers of this name keep their place in the streams: a restart goes on where it stopped. */
const DURABLE = "example-typescript";
/** Where a copy may come after more messages than this, keep the ids in a database, under a unique key. */
const REMEMBERED_IDS = 10_000;
const UNPACKED_LIMIT_BYTES = 16 * 1024 * 1024;

/** What is known of a cluster. */
interface Cluster {
  /** When each open incident opened, by its id. */
  readonly open: Map<string, string>;
  /** The list of all open incidents, as far as its parts came. */
  list: { readonly at: string; readonly parts: Set<number>; readonly ids: Set<string> };
  /** The parts of a metrics report that came so far; they are acknowledged together. */
  report: {
    readonly at: string;
    readonly parts: Map<number, { readonly data: MetricsReport["data"]; readonly message: JsMsg }>;
  };
}
const clusters = new Map<string, Cluster>();
const seen = new Set<string>();

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const nats = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: DURABLE });
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void nats.drain());
await Promise.all([read("AGENT_EVENTS", readReport), read("AGENT_METRICS", readMetrics)]);

/** Hands over the messages of a stream, one after the other. The handler acknowledges; what it fails at comes again. */
async function read(stream: string, handle: (message: JsMsg, cluster: string) => void): Promise<void> {
  const manager = await jetstreamManager(nats);
  await manager.consumers.add(stream, { durable_name: DURABLE, ack_policy: AckPolicy.Explicit });
  const consumer = await jetstream(nats).consumers.get(stream, DURABLE);
  for await (const message of await consumer.consume()) {
    const cluster = message.subject.split(".").at(-1) ?? "";
    try {
      handle(message, cluster);
    } catch (error) {
      process.stderr.write(`${message.subject} ${message.seq}: ${error}\n`);
      message.term("can't be read"); // it will be no better the next time
    }
  }
}

/** The JSON of a message: one object, or one on each line. The subject says which cluster it is from, and nothing else. */
function decode<T extends { readonly cluster_id: string }>({ data, headers }: JsMsg, cluster: string): readonly T[] {
  const packed = headers?.get("Content-Encoding") === "gzip";
  const text = new TextDecoder().decode(packed ? gunzipSync(data, { maxOutputLength: UNPACKED_LIMIT_BYTES }) : data);
  const many = headers?.get("Content-Type") === "application/x-ndjson";
  const items: T[] = (many ? text.trimEnd().split("\n") : [text]).map((line) => JSON.parse(line));
  if (items.some((item) => item.cluster_id !== cluster)) throw new Error("it names another cluster");
  return items;
}

/** Whether an id is new: a message comes at least once. */
function isNew(id: string): boolean {
  if (seen.has(id)) return false;
  seen.add(id);
  for (const oldest of seen) if (seen.size > REMEMBERED_IDS) seen.delete(oldest);
  return true;
}

function clusterOf(id: string): Cluster {
  const known = clusters.get(id);
  if (known !== undefined) return known;
  const made: Cluster = {
    open: new Map(),
    list: { at: "", parts: new Set(), ids: new Set() },
    report: { at: "", parts: new Map() },
  };
  clusters.set(id, made);
  return made;
}

function readReport(message: JsMsg, cluster: string): void {
  const kind = message.subject.split(".").at(-2);
  const reports = decode<Event | Update>(message, cluster);
  for (const report of reports.filter(({ id }) => isNew(id))) {
    if (kind === "update") followUpdate(report as Update);
    else followEvent(report as Event);
  }
  message.ack();
}

function followEvent({ cluster_id: cluster, type, severity, namespace, labels, reason, incident }: Event): void {
  if (type === "agent_gap") return print(`gap ${cluster} ${reason}`); // events before it may have been lost
  const object = [namespace, labels.kind, labels.name].filter(Boolean).join("/");
  print(`event ${cluster} ${severity} ${object} ${reason}`);
  const { open } = clusterOf(cluster);
  if (incident === undefined || open.has(incident.id)) return;
  open.set(incident.id, incident.opened_at);
  print(`opened ${cluster} ${incident.id} ${incident.family}`);
}

function followUpdate(update: Update): void {
  const { cluster_id: cluster } = update;
  switch (update.kind) {
    case "evidence":
      return print(`evidence ${cluster} ${update.incident_id} ${Object.keys(update.evidence).sort().join(",")}`);
    case "resolved":
      return end(cluster, update.incident_id, `resolved ${cluster} ${update.incident_id} ${update.proof}`);
    case "quiet": // nothing new for a while, and no proof of an end
      return end(cluster, update.incident_id, `quiet ${cluster} ${update.incident_id}`);
    case "storm":
      return print(`storm ${cluster} ${update.reports} reports`);
    case "open":
      return compareWithOpen(update);
  }
}

function end(cluster: string, incident: string, line: string): void {
  clusterOf(cluster).open.delete(incident);
  print(line);
}

/** What is missing in every part of the list of open incidents has ended, and its end was missed. */
function compareWithOpen(update: Extract<Update, { kind: "open" }>): void {
  const { cluster_id: cluster, timestamp: at } = update;
  const known = clusterOf(cluster);
  if (known.list.at !== at) known.list = { at, parts: new Set(), ids: new Set() };
  const { parts, ids } = known.list;
  parts.add(update.part);
  for (const { incident_id: id } of update.incidents) ids.add(id);
  if (parts.size < update.parts) return;
  for (const [id, openedAt] of known.open) {
    if (!ids.has(id) && Date.parse(openedAt) <= Date.parse(at)) end(cluster, id, `ended ${cluster} ${id}`);
  }
}

function readMetrics(message: JsMsg, cluster: string): void {
  const known = clusterOf(cluster);
  const [part = 1, count = 1] = (message.headers?.get("Agent-Part") || "1/1").split("/").map(Number);
  for (const { timestamp: at, data } of decode<MetricsReport>(message, cluster)) {
    if (seen.has(`${cluster} ${at}`)) return message.ack();
    if (known.report.at !== at) {
      if (known.report.parts.size > 0) print(`incomplete ${cluster} metrics`);
      for (const { message } of known.report.parts.values()) message.ack();
      known.report = { at, parts: new Map() };
    }
    const { parts } = known.report;
    parts.set(part, { data, message });
    if (parts.size < count) return;
    const whole = [...parts.values()].map(({ data }) => data).reduce<MetricsReport["data"]>(merge, {});
    const namespaces = Object.keys(whole.namespaces ?? {}).length;
    print(`metrics ${cluster} ${whole.nodes?.total} nodes, ${whole.pods?.total} pods, ${namespaces} namespaces`);
    isNew(`${cluster} ${at}`);
    for (const { message } of parts.values()) message.ack();
    parts.clear();
  }
}

/** Parts have different keys of the same objects. */
function merge<T>(a: T, b: T): T {
  const isObject = (value: unknown): value is object =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject(a) || !isObject(b)) return b;
  const merged = new Map<string, unknown>(Object.entries(a));
  for (const [key, value] of Object.entries(b)) {
    merged.set(key, merged.has(key) ? merge(merged.get(key), value) : value);
  }
  return Object.fromEntries(merged) as T;
}
