import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";
import * as z from "zod/mini";
import type { SpoolMessage } from "./spool.ts";
import { decodeClass, encodeClass } from "./spool_lane.ts";

/**
 * A record on disk, big-endian:
 *
 *      0  magic (4)        no byte of it occurs in UTF-8, so JSON never holds it
 *      4  CRC-32 (4)       of everything after it, begun with the segment's salt
 *      8  length (4)       of the whole record
 *     12  sequence (6)
 *     18  kind (1), severity rank (1)
 *     20  appended at (8)  milliseconds since the Unix epoch, a double
 *     28  id length (2), subject length (2), headers length (4)
 *     36  id, subject, headers as JSON (nothing when there are none), body
 *
 * The salt is random a segment: bytes that somebody outside put into a body can't pass for a record.
 */
const MAGIC = 0xfff5feff;
const CRC_OFFSET = 4;
const CHECKED_OFFSET = 8;
const RECORD_HEADER_BYTES = 36;
/** The four magic bytes, to look for the next record after a damaged one. */
export const RECORD_MAGIC = Buffer.from([0xff, 0xf5, 0xfe, 0xff]);

/** A record's length may not claim more than this: damage must not make the reader ask for gigabytes. */
export const RECORD_LIMIT_BYTES = 64 * 1024 * 1024;
const SHORT_STRING_LIMIT_BYTES = 0xffff;

const headersSchema = z.record(z.string(), z.string());

/** A message with what it takes on disk worked out. */
export interface SizedMessage {
  readonly message: SpoolMessage;
  readonly idBytes: number;
  readonly subjectBytes: number;
  readonly headers: Uint8Array | null;
  readonly sizeBytes: number;
}

/** Measures `message`, or returns null when no record can hold it (an id or subject over 64 KiB, a body over 64 MiB). */
export function sizeMessage(message: SpoolMessage): SizedMessage | null {
  const idBytes = Buffer.byteLength(message.id);
  const subjectBytes = Buffer.byteLength(message.subject);
  const headers = message.headers === undefined ? null : Buffer.from(JSON.stringify(message.headers));
  const sizeBytes = RECORD_HEADER_BYTES + idBytes + subjectBytes + (headers?.length ?? 0) + message.body.length;
  if (idBytes > SHORT_STRING_LIMIT_BYTES || subjectBytes > SHORT_STRING_LIMIT_BYTES) return null;
  return sizeBytes > RECORD_LIMIT_BYTES ? null : { message, idBytes, subjectBytes, headers, sizeBytes };
}

/** Writes one record into `target` at `offset` and returns the offset after it. */
export function encodeRecord(
  target: Buffer,
  offset: number,
  sized: SizedMessage,
  stamp: { readonly sequence: number; readonly enqueuedAtMs: number; readonly salt: number },
): number {
  const { message, idBytes, subjectBytes, headers, sizeBytes } = sized;
  const { kindCode, rankCode } = encodeClass(message);
  target.writeUInt32BE(MAGIC, offset);
  target.writeUInt32BE(sizeBytes, offset + 8);
  target.writeUIntBE(stamp.sequence, offset + 12, 6);
  target.writeUInt8(kindCode, offset + 18);
  target.writeUInt8(rankCode, offset + 19);
  target.writeDoubleBE(stamp.enqueuedAtMs, offset + 20);
  target.writeUInt16BE(idBytes, offset + 28);
  target.writeUInt16BE(subjectBytes, offset + 30);
  target.writeUInt32BE(headers?.length ?? 0, offset + 32);
  let at = offset + RECORD_HEADER_BYTES;
  at += target.write(message.id, at, idBytes, "utf8");
  at += target.write(message.subject, at, subjectBytes, "utf8");
  if (headers !== null) target.set(headers, at);
  at += headers?.length ?? 0;
  target.set(message.body, at);
  const end = offset + sizeBytes;
  target.writeUInt32BE(crc32(target.subarray(offset + CHECKED_OFFSET, end), stamp.salt), offset + CRC_OFFSET);
  return end;
}

/** The checked outline of a record, enough to index it. */
export interface RecordOutline {
  readonly sequence: number;
  readonly enqueuedAtMs: number;
  readonly sizeBytes: number;
}

/** Checks the record at `offset`: its outline if every byte is as it was written, otherwise null. Any bytes may come. */
export function readOutline(source: Buffer, offset: number, salt: number): RecordOutline | null {
  if (offset + RECORD_HEADER_BYTES > source.length || source.readUInt32BE(offset) !== MAGIC) return null;
  const sizeBytes = source.readUInt32BE(offset + 8);
  if (sizeBytes < RECORD_HEADER_BYTES || sizeBytes > RECORD_LIMIT_BYTES || offset + sizeBytes > source.length) {
    return null;
  }
  const checked = source.subarray(offset + CHECKED_OFFSET, offset + sizeBytes);
  if (crc32(checked, salt) !== source.readUInt32BE(offset + CRC_OFFSET)) return null;
  return {
    sequence: source.readUIntBE(offset + 12, 6),
    enqueuedAtMs: source.readDoubleBE(offset + 20),
    sizeBytes,
  };
}

/** Decodes the record at `offset`, or returns null when it is damaged. The message shares no memory with `source`. */
export function decodeRecord(
  source: Buffer,
  offset: number,
  salt: number,
): (RecordOutline & { readonly message: SpoolMessage }) | null {
  const outline = readOutline(source, offset, salt);
  if (outline === null) return null;
  const bodyEnd = offset + outline.sizeBytes;
  const idStart = offset + RECORD_HEADER_BYTES;
  const subjectStart = idStart + source.readUInt16BE(offset + 28);
  const headersStart = subjectStart + source.readUInt16BE(offset + 30);
  const bodyStart = headersStart + source.readUInt32BE(offset + 32);
  const messageClass = decodeClass(source.readUInt8(offset + 18), source.readUInt8(offset + 19));
  if (bodyStart > bodyEnd || messageClass === null) return null;
  const headers = headersStart === bodyStart
    ? undefined
    : decodeHeaders(source.toString("utf8", headersStart, bodyStart));
  if (headers === null) return null;
  return {
    ...outline,
    message: {
      kind: messageClass.kind,
      id: source.toString("utf8", idStart, subjectStart),
      subject: source.toString("utf8", subjectStart, headersStart),
      body: new Uint8Array(source.subarray(bodyStart, bodyEnd)),
      headers,
      severity: messageClass.severity,
    },
  };
}

function decodeHeaders(text: string): Record<string, string> | null {
  const parsed = headersSchema.safeParse(parseJson(text));
  return parsed.success ? parsed.data : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
