import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";

/** The first bytes of a segment: "AGNTSPL\n", version (2), unused (2), CRC-32 of these (4). */
const MAGIC = Buffer.from("AGNTSPL\n", "latin1");
export const SEGMENT_HEADER_BYTES = 16;
const SEGMENT_VERSION = 1;
const VERSION_OFFSET = 8;
const CRC_OFFSET = 12;

export function encodeSegmentHeader(version = SEGMENT_VERSION): Buffer {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  header.set(MAGIC);
  header.writeUInt16BE(version, VERSION_OFFSET);
  header.writeUInt32BE(crc32(header.subarray(0, CRC_OFFSET)), CRC_OFFSET);
  return header;
}

/**
 * What the first bytes of a segment say. `torn`: the file ends inside its header, so nothing was ever stored in it.
 * `damaged`: the header can't be trusted; its records may still be read, each vouches for itself.
 */
type SegmentHeader = { readonly kind: "ok" | "torn" | "damaged" } | {
  readonly kind: "other_version";
  readonly version: number;
};

export function decodeSegmentHeader(bytes: Buffer): SegmentHeader {
  if (bytes.length < SEGMENT_HEADER_BYTES) return { kind: "torn" };
  const intact = bytes.subarray(0, MAGIC.length).equals(MAGIC) &&
    crc32(bytes.subarray(0, CRC_OFFSET)) === bytes.readUInt32BE(CRC_OFFSET);
  if (!intact) return { kind: "damaged" };
  const version = bytes.readUInt16BE(VERSION_OFFSET);
  return version === SEGMENT_VERSION ? { kind: "ok" } : { kind: "other_version", version };
}
