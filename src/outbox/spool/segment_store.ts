import type { Buffer } from "node:buffer";
import { Buffer as NodeBuffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { appendFile, type FileHandle, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { encodeAcknowledged } from "./acknowledged_entry.ts";
import type { LaneLoss } from "./plan_room.ts";
import { Segment } from "./segment.ts";
import { encodeSegmentHeader, SEGMENT_HEADER_BYTES } from "./segment_header.ts";
import type { Eviction, SpoolPosition } from "./spool.ts";
import { findLane, type LaneName, SPOOL_LANES } from "./spool_lane.ts";
import { encodeRecord, type SizedMessage } from "./spool_record.ts";

export interface SegmentStoreOptions {
  readonly dir: string;
  /** A segment is closed when the next write would take it past this. */
  readonly segmentBytes: number;
  /** Whether a write is forced to the disk before it counts. */
  readonly sync: boolean;
}

/** One lane's part of a write. */
interface LaneWrite {
  readonly segment: Segment;
  readonly handle: FileHandle;
  /** True when this write makes the file. */
  readonly fresh: boolean;
  readonly bytes: Buffer;
  /** The file's confirmed length before the write: where the records begin. */
  readonly startOffset: number;
  /** The header of a fresh file stands before the records in `bytes`. */
  readonly headerBytes: number;
}

/** What a write put where, for a reader that wants to spare itself the way over the disk. */
export interface WrittenRun {
  readonly segment: Segment;
  readonly firstIndex: number;
  readonly bytes: Buffer;
  /** The offset in the file of the first of `bytes`. */
  readonly startOffset: number;
}

/**
 * The segment files and their index, lane by lane, oldest first. Its operations reject with the system's error and then
 * leave everything as it was. Not for concurrent calls: the spool puts them in a row.
 */
export class SegmentStore {
  readonly lanes: ReadonlyMap<LaneName, Segment[]> = new Map(SPOOL_LANES.map(({ name }) => [name, []]));
  #handles = new Map<Segment, FileHandle>();
  #nextSequence = 1;
  /** Removed from the index, but the file would not go: tried again with the next removal. */
  #stubborn: Segment[] = [];

  constructor(readonly options: SegmentStoreOptions) {}

  /** Takes in a segment that was found on disk; nothing is appended to it any more. */
  adopt(segment: Segment, nextSequence: number): void {
    segment.open = false;
    this.lanes.get(segment.name.lane)?.push(segment);
    this.#nextSequence = Math.max(this.#nextSequence, nextSequence);
  }

  /** Records that nobody has acknowledged. */
  get records(): number {
    return this.#sum((segment) => segment.live);
  }

  get usedBytes(): number {
    return this.#sum((segment) => segment.totalBytes) + this.#stubborn.reduce((sum, { totalBytes }) => sum + totalBytes, 0);
  }

  /** The segment called `fileName` in `lane`, if it is still there. */
  find(lane: LaneName, fileName: string): Segment | undefined {
    return this.lanes.get(lane)?.find((segment) => segment.fileName === fileName);
  }

  /**
   * Writes `messages` in their order, a lane's part in one write, all lanes at the same time, and forces them to disk.
   * Only when every part is there do they count; otherwise all parts are taken back.
   */
  async write(
    messages: readonly { readonly sized: SizedMessage; readonly lane: LaneName }[],
    enqueuedAtMs: number,
  ): Promise<{ positions: SpoolPosition[]; runs: WrittenRun[] }> {
    const writes = await this.#prepare(messages);
    let sequence = this.#nextSequence;
    const fill = new Map([...writes].map(([lane, write]) => [lane, { write, at: write.headerBytes, ends: [] as number[] }]));
    for (const { sized, lane } of messages) {
      const part = fill.get(lane);
      if (part === undefined) throw new Error(`no segment was prepared for lane ${lane}`);
      const { salt } = part.write.segment.name;
      part.at = encodeRecord(part.write.bytes, part.at, sized, { sequence: sequence++, enqueuedAtMs, salt });
    }
    await this.#writeAll([...writes.values()]);
    return this.#publish(messages, writes, enqueuedAtMs);
  }
