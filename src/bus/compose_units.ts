import { hash } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { OutboxEntry } from "../outbox/lane.ts";
import type { MessageKind } from "../wire/message_kind.ts";

/** One message as it goes over the wire, and the outbox entries that it carries. */
export interface PublishUnit {
  readonly subject: string;
  /** Goes out as `Nats-Msg-Id`. */
  readonly id: string;
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  readonly entries: readonly OutboxEntry[];
}

export interface ComposeOptions {
  /** Several events in one message, on a subject of their own; `null` sends each by itself. */
  readonly batch: { readonly maxEvents: number; readonly subject: string } | null;
  /** Bodies of at least this size are compressed; `null` leaves all as they are. */
  readonly gzipMinBytes: number | null;
}

/** A batch stays well below the usual `max_payload` of 1 MiB. */
const BATCH_LIMIT_BYTES = 512 * 1024;
/** What the headers of a batch may take of the payload; there are 200 bytes of them. */
const HEADER_ROOM_BYTES = 512;
const NEWLINE = new Uint8Array([10]);

/**
 * Makes wire messages of outbox entries, in their order. Pure: the same entries make the same messages and ids. Batches
 * fit `maxPayload`, the server's limit in bytes; an entry that does not fit by itself is a unit of its own.
 */
export function composeUnits(
  kind: MessageKind,
  entries: readonly OutboxEntry[],
  options: ComposeOptions,
  maxPayload: number,
): readonly PublishUnit[] {
  const { batch } = options;
  const limitBytes = Math.min(BATCH_LIMIT_BYTES, maxPayload - HEADER_ROOM_BYTES);
  const units = kind === "event" && batch !== null
    ? groupsOf(entries, batch.maxEvents, limitBytes).map((group) => batchUnit(group, batch.subject))
    : entries.map(singleUnit);
  return options.gzipMinBytes === null ? units : units.map((unit) => compressed(unit, options.gzipMinBytes ?? 0));
}

function singleUnit(entry: OutboxEntry): PublishUnit {
  const { subject, id, body, headers } = entry.message;
  return { subject, id, body, headers: headers ?? {}, entries: [entry] };
}

function groupsOf(entries: readonly OutboxEntry[], maxEvents: number, limitBytes: number): OutboxEntry[][] {
  const groups: OutboxEntry[][] = [];
  let group: OutboxEntry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = entry.message.body.length + 1;
    if (group.length > 0 && (group.length >= maxEvents || bytes + size > limitBytes)) {
      groups.push(group);
      group = [];
      bytes = 0;
    }
    group.push(entry);
    bytes += size;
  }
  if (group.length > 0) groups.push(group);
  return groups;
}

/** One JSON object a line. The id is a hash over the ids inside: the same events, the same id. */
function batchUnit(entries: readonly OutboxEntry[], subject: string): PublishUnit {
  const parts = entries.flatMap(({ message }) => [message.body, NEWLINE]);
  const body = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    body.set(part, offset);
    offset += part.length;
  }
  const id = hash("sha256", entries.map(({ message }) => message.id).join("\n"), "hex").slice(0, 32);
  const headers = { "Content-Type": "application/x-ndjson", "Agent-Count": String(entries.length) };
  return { subject, id, body, headers, entries };
}

function compressed(unit: PublishUnit, minBytes: number): PublishUnit {
  if (unit.body.length < minBytes) return unit;
  return { ...unit, body: gzipSync(unit.body), headers: { ...unit.headers, "Content-Encoding": "gzip" } };
}
