import { Buffer } from "node:buffer";
import type { MetricsData, MetricsReport } from "../wire/metrics_report.ts";

/** The smallest piece that a report is cut into, and how it is put into a part. */
interface Piece {
  /** Where it stands, for the error that replaces a piece too large to send: `node_details.node-1`. */
  readonly path: readonly string[];
  readonly value: unknown;
}

/** An error's text longer than this says nothing more. */
const ERROR_LIMIT = 500;
/** Emptied one after the other in an entry that is too large, the least missed first. */
const EXPENDABLE = ["annotations", "labels", "conditions"];

/**
 * Cuts a report into parts whose JSON is at most `limitBytes` each, or returns it whole. The same report gives the same
 * parts: pieces stand in the report's order, and each part takes as many as fit. Entries of `node_details`, `namespaces`
 * and `pods.by_namespace` are pieces of their own. One that is too large by itself loses its annotations, labels and
 * conditions; if that is not enough it is left out, and `errors` says so under its path.
 */
export function splitReport(report: MetricsReport, limitBytes: number): readonly MetricsReport[] {
  if (sizeOf(report) <= limitBytes) return [report];
  const envelope = { cluster_id: report.cluster_id, timestamp: report.timestamp };
  const overhead = sizeOf({ ...envelope, data: {} });
  const parts: Record<string, unknown>[] = [];
  let part: Record<string, unknown> = {};
  let bytes = overhead;
  const errors: Record<string, string> = { ...report.errors };

  const add = (piece: Piece): boolean => {
    const cost = costOf(piece);
    if (overhead + cost > limitBytes) return false;
    if (bytes + cost > limitBytes) {
      parts.push(part);
      part = {};
      bytes = overhead;
    }
    insert(part, piece);
    bytes += cost;
    return true;
  };

  for (const piece of piecesOf(report.data)) {
    if (add(piece) || add(shrink(piece, limitBytes - overhead))) continue;
    errors[piece.path.slice(1).join(".")] = `Too large for one message of ${limitBytes} bytes and left out; ` +
      "raise the NATS server's max_payload";
  }
  for (const [key, text] of Object.entries(errors)) {
    // An error that does not fit either (a limit of a few hundred bytes) has nowhere to be said.
    add({ path: ["errors", key], value: text.slice(0, ERROR_LIMIT) });
  }
  parts.push(part);
  return parts.map((content) => ({ ...envelope, data: {}, ...content }));
}

/** Puts the parts of one report (same cluster, same timestamp) together again, in any order. */
export function joinReport(parts: readonly MetricsReport[]): unknown {
  return parts.reduce<unknown>(mergeDeep, {});
}

/** Objects are merged key by key; anything else is the same in every part that has it. */
function mergeDeep(a: unknown, b: unknown): unknown {
  if (!isObject(a) || !isObject(b)) return b;
  const merged = new Map(Object.entries(a));
  for (const [key, value] of Object.entries(b)) {
    merged.set(key, merged.has(key) ? mergeDeep(merged.get(key), value) : value);
  }
  return Object.fromEntries(merged);
}

function* piecesOf(data: MetricsData): Generator<Piece> {
  const { node_details: nodes, pods, namespaces, ...whole } = data;
  for (const [key, value] of Object.entries(whole)) yield { path: ["data", key], value };
  if (pods !== undefined) {
    const { by_namespace: byNamespace, ...totals } = pods;
    yield { path: ["data", "pods"], value: totals };
    if (byNamespace !== undefined) yield* entriesOf(["data", "pods", "by_namespace"], byNamespace);
  }
  if (namespaces !== undefined) yield* entriesOf(["data", "namespaces"], namespaces);
  if (nodes !== undefined) yield* entriesOf(["data", "node_details"], nodes);
}

function* entriesOf(path: readonly string[], entries: Readonly<Record<string, unknown>>): Generator<Piece> {
  // Known to be empty is not the same as not known: the empty object is sent.
  if (Object.keys(entries).length === 0) yield { path, value: {} };
  for (const [key, value] of Object.entries(entries)) yield { path: [...path, key], value };
}

/** The most bytes that a piece adds to a part: its value, and every key on its path with punctuation. */
function costOf({ path, value }: Piece): number {
  return sizeOf(value) + path.reduce((sum, key) => sum + sizeOf(key) + 4, 0);
}

function shrink(piece: Piece, limitBytes: number): Piece {
  let value = piece.value;
  for (const key of EXPENDABLE) {
    if (!isObject(value) || costOf({ ...piece, value }) <= limitBytes) break;
    if (key in value) value = { ...value, [key]: {} };
  }
  return { ...piece, value };
}

function insert(part: Record<string, unknown>, { path, value }: Piece): void {
  let at = part;
  for (const key of path.slice(0, -1)) {
    const inner = at[key];
    const next: Record<string, unknown> = isObject(inner) ? inner : {};
    if (next !== inner) define(at, key, next);
    at = next;
  }
  const last = path.at(-1) ?? "";
  const there = at[last];
  define(at, last, isObject(there) && isObject(value) ? { ...value, ...there } : value);
}

/** Plain assignment would take a namespace or node called `__proto__` for something else. */
function define(object: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
