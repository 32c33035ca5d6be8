import type { Allowlists } from "./allowlist.ts";
import type { FeedStore } from "./feed_store.ts";
import { createHeartbeatPace } from "./heartbeat_pace.ts";
import { isJsonObject, type JsonObject, listOf, objectOf, textOf } from "./json_field.ts";
import { type NodeRecord, nodeStatusCell, readNode } from "./node_record.ts";

/** A node whose record may be out of date, and how many sightings it had when that was asked. */
export interface Doubt {
  readonly name: string;
  readonly sightings: number;
}

/** What is known of a node now: a row tells at once whether it is ready, the rest is as the node was last read. */
export interface KnownNode {
  readonly ready: boolean;
  /** Since when it is, or is not, ready; wall clock, `null` when nobody tells. */
  readonly readySinceMs: number | null;
  readonly schedulable: boolean;
  /** `key:effect` each. */
  readonly taints: readonly string[];
  /** `null` where the node has no label for it. */
  readonly pool: string | null;
}

/**
 * The nodes, kept up to date by table rows. A kubelet writes its node every five minutes although nothing has changed,
 * and the object is 15 to 30 kB (the images on the node); a row is 300 bytes. So a row only raises a doubt, and the node
 * is read again when the row shows another status or version, or comes at a time when no heartbeat is due.
 */
export interface NodeRoster extends FeedStore {
  records(): readonly NodeRecord[];
  nodeOf(name: string): KnownNode | null;
  doubts(): readonly Doubt[];
  /** The node was read again (`null`: it is gone); settles the doubt unless the node was seen meanwhile. */
  settle(doubt: Doubt, object: unknown): void;
  /** Every node is on the list with its sightings: for a reading of all. */
  all(): readonly Doubt[];
}

interface Entry {
  record: NodeRecord | null;
  doubted: boolean;
  sightings: number;
  seenAt: number;
  /** Between the last two sightings. */
  gapMs: number;
  ready: boolean;
  readySinceMs: number | null;
}

/** Creates an empty roster. `now` is the wall clock in milliseconds. */
export function createNodeRoster(allow: Allowlists, now: () => number): NodeRoster {
  const entries = new Map<string, Entry>();
  const pace = createHeartbeatPace();

  function putWhole(record: NodeRecord): void {
    const entry = entries.get(record.detail.name);
    entries.set(record.detail.name, {
      record,
      doubted: false,
      sightings: (entry?.sightings ?? 0) + 1,
      // A node's own clock may run ahead of ours.
      seenAt: Math.min(record.heartbeatAt ?? now(), now()),
      gapMs: 0,
      ready: record.detail.ready,
      readySinceMs: record.readyChangedAt,
    });
  }

  function putRow(row: NodeRow): void {
    const entry = entries.get(row.name);
    if (entry === undefined) {
      const seenAt = now();
      entries.set(row.name, {
        record: null,
        doubted: true,
        sightings: 1,
        seenAt,
        gapMs: 0,
        ready: isReady(row),
        readySinceMs: seenAt,
      });
      return;
    }
    if (entry.ready !== isReady(row)) {
      entry.ready = !entry.ready;
      entry.readySinceMs = now();
    }
    entry.sightings++;
    entry.gapMs = now() - entry.seenAt;
    entry.seenAt = now();
    if (!pace.explains(entry.gapMs) || differs(entry.record, row)) entry.doubted = true;
  }

  return {
    put(object) {
      if (!isJsonObject(object)) return false;
      const row = readRow(object);
      if (row !== null) {
        putRow(row);
        return true;
      }
      const record = readNode(object, allow);
      if (record !== null) putWhole(record);
      return record !== null;
    },
    delete(object) {
      const name = readRow(objectOf(object))?.name ?? readNode(object, allow)?.detail.name;
      if (name !== undefined) entries.delete(name);
      return name !== undefined;
    },
    size: () => entries.size,
    records: () => [...entries.values()].flatMap(({ record }) => record === null ? [] : [record]),
    nodeOf(name) {
      const entry = entries.get(name);
      if (entry === undefined) return null;
      const { ready, readySinceMs, record } = entry;
      return {
        ready,
        readySinceMs,
        schedulable: record?.detail.schedulable ?? true,
        taints: record?.taints ?? [],
        pool: record?.pool ?? null,
      };
    },
    doubts: () =>
      [...entries].filter(([, { doubted }]) => doubted).map(([name, { sightings }]) => ({ name, sightings })),
    all: () => [...entries].map(([name, { sightings }]) => ({ name, sightings })),
    settle({ name, sightings }, object) {
      const entry = entries.get(name);
      if (entry === undefined || entry.sightings < sightings) return; // deleted, or deleted and made anew, meanwhile
      if (object === null) {
        if (entry.sightings === sightings) entries.delete(name);
        return;
      }
      const record = readNode(object, allow);
      if (record === null) return;
      const unchanged = JSON.stringify(entry.record?.detail) === JSON.stringify(record.detail);
      if (unchanged && entry.doubted && entry.sightings === sightings) pace.learn(entry.gapMs);
      entry.record = record;
      entry.ready = record.detail.ready;
      entry.readySinceMs = record.readyChangedAt ?? entry.readySinceMs;
      if (entry.sightings === sightings) entry.doubted = false;
    },
  };
}

interface NodeRow {
  readonly name: string;
  readonly status: string;
  readonly version: string;
}

/** The columns Name, Status, Roles, Age, Version of the nodes' table (printNode in pkg/printers/internalversion). */
function readRow(object: JsonObject): NodeRow | null {
  if (object.kind !== "Table") return null;
  const cells = listOf(objectOf(listOf(object.rows)[0]).cells);
  const name = textOf(cells[0]);
  return name === "" ? null : { name, status: textOf(cells[1]), version: textOf(cells[4]) };
}

/** The status cell is `Ready`, `NotReady` or `Unknown`, with `,SchedulingDisabled` behind it on a cordoned node. */
function isReady({ status }: NodeRow): boolean {
  return status === "Ready" || status.startsWith("Ready,");
}

function differs(record: NodeRecord | null, row: NodeRow): boolean {
  return record === null || nodeStatusCell(record.detail) !== row.status ||
    (record.detail.node_info.kubelet_version ?? "") !== row.version;
}
