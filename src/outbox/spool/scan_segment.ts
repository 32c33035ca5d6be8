import type { Buffer } from "node:buffer";
import { readOutline, RECORD_MAGIC, type RecordOutline } from "./spool_record.ts";

/** A record that `scanSegment` found whole. */
interface ScannedRecord extends RecordOutline {
  readonly offset: number;
}

interface SegmentScan {
  readonly records: readonly ScannedRecord[];
  /** Where the last whole record ends: the file's good length. */
  readonly endOffset: number;
  /** Places between whole records where something could not be read. */
  readonly damaged: number;
  /** Bytes after the last whole record. */
  readonly tornBytes: number;
}

/**
 * Finds the whole records in the bytes of a segment from `startOffset` on. Where one fails its checksum, goes on at the
 * next place that looks like a record and passes. Never throws, whatever the bytes are.
 */
export function scanSegment(
  bytes: Buffer,
  options: { readonly salt: number; readonly startOffset: number; readonly firstSequence: number },
): SegmentScan {
  const records: ScannedRecord[] = [];
  let damaged = 0;
  let endOffset = Math.min(options.startOffset, bytes.length);
  let nextSequence = options.firstSequence;
  let at = endOffset;
  while (at >= 0 && at < bytes.length) {
    const outline = readOutline(bytes, at, options.salt);
    if (outline === null || outline.sequence < nextSequence) {
      at = bytes.indexOf(RECORD_MAGIC, at + 1);
      continue;
    }
    if (at > endOffset) damaged++;
    records.push({ offset: at, ...outline });
    nextSequence = outline.sequence + 1;
    at += outline.sizeBytes;
    endOffset = at;
  }
  return { records, endOffset, damaged, tornBytes: bytes.length - endOffset };
}
