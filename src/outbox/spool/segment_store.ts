import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { type FileHandle, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { openPlainFile } from "../../state/plain_file.ts";
import { syncFolder } from "../../state/sync_folder.ts";
import { encodeAcknowledged } from "./acknowledged_entry.ts";
import type { LaneLoss } from "./plan_room.ts";
import { Segment } from "./segment.ts";
import { encodeSegmentHeader, SEGMENT_HEADER_BYTES } from "./segment_header.ts";
import type { Eviction, SpoolPosition } from "./spool.ts";
import { findLane, type LaneName, SPOOL_LANES } from "./spool_lane.ts";
import { encodeRecord, type SizedMessage } from "./spool_record.ts";

interface SegmentStoreOptions {
  readonly dir: string;
  /** A segment is closed when the next write would take it past this. */
  readonly segmentBytes: number;
  /** Whether a write is forced to the disk before it counts. */
  readonly sync: boolean;
}

/** A message on its way to a segment. */
export interface LanedMessage {
  readonly sized: SizedMessage;
  readonly lane: LaneName;
}

/** A run of records as it was written, for a reader that wants to spare itself the way over the disk. */
export interface WrittenRun {
  readonly segment: Segment;
  readonly firstIndex: number;
  readonly bytes: Buffer;
  /** The offset in the file of the first of `bytes`. */
  readonly startOffset: number;
}

/** One lane's part of a write. A fresh file's part begins with the file's header. */
interface LanePart {
  readonly segment: Segment;
  readonly handle: FileHandle;
  readonly fresh: boolean;
  readonly bytes: Buffer;
  /** Where `bytes` go in the file. */
  readonly startOffset: number;
  /** Where the next record goes in `bytes`. */
  fill: number;
}

/**
 * The segment files and their index, lane by lane, oldest first. `write` rejects with the system's error and then leaves
 * everything as it was. Not for concurrent calls: the spool puts them in a row.
 */
export class SegmentStore {
  readonly lanes: ReadonlyMap<LaneName, Segment[]> = new Map(SPOOL_LANES.map(({ name }) => [name, []]));
  #byFileName = new Map<string, Segment>();
  /** Of the segments that take appends. */
  #handles = new Map<Segment, FileHandle>();
  #nextSequence = 1;
  #unwritten = new Set<Segment>();
  /** Done with, but the file would not go: tried again with the next removal. */
  #stubborn = new Set<Segment>();

  constructor(readonly options: SegmentStoreOptions) {}

  /** Takes in a segment that was found on disk, in order; nothing is appended to it any more. */
  adopt(segment: Segment, nextSequence: number): void {
    segment.open = false;
    this.#register(segment);
    this.#nextSequence = Math.max(this.#nextSequence, nextSequence);
  }

  /** Records that nobody has acknowledged. */
  get records(): number {
    return this.#segments().reduce((sum, segment) => sum + segment.live, 0);
  }

  get usedBytes(): number {
    return [...this.#segments(), ...this.#stubborn].reduce((sum, segment) => sum + segment.totalBytes, 0);
  }

  /**
   * Writes `messages` in their order, a lane's part in one write and all lanes at the same time, and forces them to
   * disk. They count only when every part is there; otherwise all parts are taken back and the call rejects.
   */
  async write(
    messages: readonly LanedMessage[],
    enqueuedAtMs: number,
  ): Promise<{ positions: SpoolPosition[]; runs: WrittenRun[] }> {
    // Taken before anything can fail: a number is never used twice, not even for what a failed write left in a file.
    const firstSequence = this.#nextSequence;
    this.#nextSequence += messages.length;
    const parts = await this.#prepare(messages, firstSequence);
    const placed = encodeParts(messages, parts, { firstSequence, enqueuedAtMs });
    await this.#writeParts([...parts.values()]);
    const runs = [...parts.values()].map((part) => ({ ...part, firstIndex: part.segment.count }));
    const positions = placed.map(({ part, sequence, offset, endOffset }) => {
      const index = part.segment.add(offset, endOffset, enqueuedAtMs);
      return { sequence, segment: part.segment.fileName, index };
    });
    return { positions, runs };
  }

  /** Marks a record as done with; `written` follows with `writeAcknowledged`. Returns its segment if that is finished now. */
  finish(position: SpoolPosition): Segment | null {
    const segment = this.#byFileName.get(position.segment);
    if (segment === undefined || !segment.finish(position.index)) return null;
    segment.unwritten.push(position.sequence);
    this.#unwritten.add(segment);
    return segment.live === 0 && !segment.open ? segment : null;
  }

  /** Appends what was finished since the last call to the files beside the segments. On failure it is kept for the next call. */
  async writeAcknowledged(): Promise<void> {
    for (const segment of [...this.#unwritten]) {
      const sequences = segment.unwritten;
      segment.unwritten = [];
      this.#unwritten.delete(segment);
      if (segment.gone) continue;
      const bytes = encodeAcknowledged(sequences, segment.name.salt);
      try {
        const file = await openPlainFile(this.#path(segment.acknowledgedFileName), "append");
        await file.appendFile(bytes).finally(() => file.close());
        segment.acknowledgedBytes += bytes.length;
      } catch (error) {
        segment.unwritten = sequences.concat(segment.unwritten);
        this.#unwritten.add(segment);
        throw error;
      }
    }
  }

  /** Removes every segment in which nothing is left to deliver; with `openOnes`, those that still take appends too. */
  async removeFinished(openOnes: boolean): Promise<void> {
    for (const segment of this.#segments()) {
      if (segment.live === 0 && (openOnes || !segment.open)) await this.#remove(segment);
    }
    for (const segment of [...this.#stubborn]) await this.#deleteFiles(segment);
  }

  /** Gives up the oldest segments of the lanes as planned, and says what was lost with them. */
  async evict(losses: ReadonlyMap<LaneName, LaneLoss>): Promise<Eviction[]> {
    const evictions: Eviction[] = [];
    for (const [lane, { segments }] of losses) {
      for (const segment of (this.lanes.get(lane) ?? []).slice(0, segments)) {
        if (segment.live > 0) evictions.push(describeLoss(segment));
        await this.#remove(segment);
      }
    }
    return evictions;
  }

  async close(): Promise<void> {
    for (const segment of [...this.#handles.keys()]) await this.#seal(segment);
  }

  #segments(): Segment[] {
    return [...this.lanes.values()].flat();
  }

  #path(fileName: string): string {
    return join(this.options.dir, fileName);
  }

  #register(segment: Segment): void {
    this.lanes.get(segment.name.lane)?.push(segment);
    this.#byFileName.set(segment.fileName, segment);
  }

  /** An open segment with room, and a buffer, for each lane that `messages` touch. */
  async #prepare(messages: readonly LanedMessage[], firstSequence: number): Promise<Map<LaneName, LanePart>> {
    const laneBytes = new Map<LaneName, number>();
    for (const { lane, sized } of messages) laneBytes.set(lane, (laneBytes.get(lane) ?? 0) + sized.sizeBytes);
    const parts = new Map<LaneName, LanePart>();
    try {
      for (const [lane, bytes] of laneBytes) parts.set(lane, await this.#preparePart(lane, bytes, firstSequence));
    } catch (error) {
      await this.#takeBack([...parts.values()]);
      throw error;
    }
    return parts;
  }

  async #preparePart(lane: LaneName, recordBytes: number, firstSequence: number): Promise<LanePart> {
    const last = this.lanes.get(lane)?.at(-1);
    const handle = last === undefined ? undefined : this.#handles.get(last);
    if (last !== undefined && handle !== undefined) {
      if (last.sizeBytes + recordBytes <= this.options.segmentBytes) {
        const bytes = Buffer.allocUnsafeSlow(recordBytes);
        return { segment: last, handle, fresh: false, bytes, startOffset: last.sizeBytes, fill: 0 };
      }
      await this.#seal(last);
    }
    const salt = randomBytes(4).readUInt32BE();
    const segment = new Segment({ lane, firstSequence, salt });
    const fresh = await open(this.#path(segment.fileName), "wx", 0o600);
    const bytes = Buffer.allocUnsafeSlow(SEGMENT_HEADER_BYTES + recordBytes);
    bytes.set(encodeSegmentHeader());
    this.#register(segment);
    this.#handles.set(segment, fresh);
    return { segment, handle: fresh, fresh: true, bytes, startOffset: 0, fill: SEGMENT_HEADER_BYTES };
  }

  async #writeParts(parts: readonly LanePart[]): Promise<void> {
    const results = await Promise.allSettled(parts.map((part) => this.#writePart(part)));
    const failed = results.find((result) => result.status === "rejected");
    try {
      if (failed !== undefined) throw failed.reason;
      if (this.options.sync && parts.some(({ fresh }) => fresh)) await syncFolder(this.options.dir);
    } catch (error) {
      await this.#takeBack(parts);
      throw error;
    }
  }

  async #writePart({ handle, bytes, startOffset }: LanePart): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      written += (await handle.write(bytes, written, bytes.length - written, startOffset + written)).bytesWritten;
    }
    if (this.options.sync) await handle.datasync();
  }

  /**
   * Cuts the files back to what was confirmed. After a failed write or sync nothing is known of what the system still
   * means to write, so the files take no more appends.
   */
  async #takeBack(parts: readonly LanePart[]): Promise<void> {
    for (const { segment, handle, fresh, startOffset } of parts) {
      if (fresh) {
        await this.#remove(segment);
        continue;
      }
      await handle.truncate(startOffset).catch(() => undefined);
      await this.#seal(segment);
    }
  }

  async #seal(segment: Segment): Promise<void> {
    segment.open = false;
    const handle = this.#handles.get(segment);
    this.#handles.delete(segment);
    await handle?.close().catch(() => undefined);
  }

  async #remove(segment: Segment): Promise<void> {
    segment.gone = true;
    await this.#seal(segment);
    const lane = this.lanes.get(segment.name.lane);
    lane?.splice(lane.indexOf(segment), 1);
    this.#byFileName.delete(segment.fileName);
    await this.#deleteFiles(segment);
  }

  /** The segment first: acknowledgements without records are nothing, records without acknowledgements are sent again. */
  async #deleteFiles(segment: Segment): Promise<void> {
    try {
      await rm(this.#path(segment.fileName), { force: true });
      await rm(this.#path(segment.acknowledgedFileName), { force: true });
      this.#stubborn.delete(segment);
    } catch {
      this.#stubborn.add(segment);
    }
  }
}

/** Fills the parts' buffers, and says where in its file each message will lie. */
function encodeParts(
  messages: readonly LanedMessage[],
  parts: ReadonlyMap<LaneName, LanePart>,
  stamp: { readonly firstSequence: number; readonly enqueuedAtMs: number },
) {
  return messages.map(({ sized, lane }, place) => {
    const part = parts.get(lane);
    if (part === undefined) throw new Error(`no part was prepared for lane ${lane}`);
    const sequence = stamp.firstSequence + place;
    const offset = part.startOffset + part.fill;
    const { salt } = part.segment.name;
    part.fill = encodeRecord(part.bytes, part.fill, sized, { sequence, enqueuedAtMs: stamp.enqueuedAtMs, salt });
    return { part, sequence, offset, endOffset: part.startOffset + part.fill };
  });
}

function describeLoss(segment: Segment): Eviction {
  const lane = findLane(segment.name.lane);
  return {
    reason: "spool_full",
    stored: true,
    kind: lane?.kind ?? "event",
    severity: lane?.severity,
    records: segment.live,
    fromMs: segment.firstEnqueuedAtMs,
    toMs: segment.lastEnqueuedAtMs,
  };
}
