import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";

/**
 * The acknowledgements of a segment: entries of ten bytes, a sequence (6) and its CRC-32 (4) begun with the segment's
 * salt. Each entry vouches for itself, so a torn or damaged place costs only the entries it covers; the worst that a
 * lost entry does is that its record is sent again, with the same id.
 */
const ACKNOWLEDGED_ENTRY_BYTES = 10;
const SEQUENCE_BYTES = 6;

export function encodeAcknowledged(sequences: readonly number[], salt: number): Buffer {
  const bytes = Buffer.allocUnsafe(sequences.length * ACKNOWLEDGED_ENTRY_BYTES);
  let at = 0;
  for (const sequence of sequences) {
    bytes.writeUIntBE(sequence, at, SEQUENCE_BYTES);
    bytes.writeUInt32BE(
      crc32(bytes.subarray(at, at + SEQUENCE_BYTES), salt),
      at + SEQUENCE_BYTES,
    );
    at += ACKNOWLEDGED_ENTRY_BYTES;
  }
  return bytes;
}

/** The sequences in `bytes`, whatever else is there: after a damaged place the next entry is found byte by byte. */
export function decodeAcknowledged(bytes: Buffer, salt: number): Set<number> {
  const sequences = new Set<number>();
  let at = 0;
  while (at + ACKNOWLEDGED_ENTRY_BYTES <= bytes.length) {
    const end = at + SEQUENCE_BYTES;
    const intact = crc32(bytes.subarray(at, end), salt) === bytes.readUInt32BE(end);
    if (intact) sequences.add(bytes.readUIntBE(at, SEQUENCE_BYTES));
    at += intact ? ACKNOWLEDGED_ENTRY_BYTES : 1;
  }
  return sequences;
}
