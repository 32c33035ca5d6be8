import { Buffer } from "node:buffer";
import { join } from "node:path";
import { openPlainFile } from "../../state/plain_file.ts";
import type { Segment } from "./segment.ts";
import type { WrittenRun } from "./segment_store.ts";
import type { SpoolRecord } from "./spool.ts";
import { decodeRecord } from "./spool_record.ts";

/** Read from disk at a time: some hundred records of usual size, small beside what waits. */
const WINDOW_BYTES = 256 * 1024;

/** Told what could not be read. */
export interface ReadTrouble {
  /** The record fails its checksum, though it was whole when it was stored or found; it is given up. */
  onDamaged(segment: Segment): void;
  /** The file can't be read now; its rest is left for the next `rewind` or start. */
  onUnreadable(segment: Segment, error: unknown): void;
}

/** Walks the records of one lane that are not done with, oldest first, with one window of bytes in memory. */
export class LaneCursor {
  /** The next record to deliver; null until `load`, or when everything was read. */
  head: SpoolRecord | null = null;
  #headSegment: Segment | null = null;
  #segment: Segment | null = null;
  #index = 0;
  #window: { readonly startOffset: number; readonly bytes: Buffer } | null = null;

  constructor(readonly dir: string, readonly segments: readonly Segment[], readonly trouble: ReadTrouble) {}

  /** Begins again at the lane's first record that is not done with. */
  rewind(): void {
    this.head = null;
    this.#headSegment = null;
    this.#segment = null;
    this.#index = 0;
    this.#window = null;
  }

  /** Whether `head` is the next record, or there is none: then `load` has nothing to do. */
  isReady(): boolean {
    this.#dropStaleHead();
    return this.head !== null || !this.#seek();
  }

  /** Fills `head` with the next record, if there is one. */
  async load(): Promise<void> {
    this.#dropStaleHead();
    while (this.head === null && this.#seek()) {
      const segment = this.#segment;
      const index = this.#index;
      if (segment === null) return;
      if (!this.#windowCovers(segment, index)) {
        const window = await this.#readWindow(segment, index);
        // Meanwhile the reader may have been rewound, or the segment given up: then what was read means nothing.
        if (segment !== this.#segment || index !== this.#index || segment.gone) continue;
        this.#window = window;
        if (window === null) {
          this.#index = segment.count;
          continue;
        }
      }
      this.#decode(segment, index);
    }
  }

  /** Takes a just written run as the window, when it is what this cursor would read next. */
  offer(run: WrittenRun): void {
    if (!this.#seek() || this.#segment !== run.segment || this.#index !== run.firstIndex) return;
    this.#window = { startOffset: run.startOffset, bytes: run.bytes };
  }

  /** The head, which is then past. */
  take(): SpoolRecord | null {
    const head = this.head;
    this.head = null;
    return head;
  }

  #dropStaleHead(): void {
    const stale = this.head !== null && this.#headSegment !== null &&
      (this.#headSegment.gone || this.#headSegment.isDone(this.head.position.index));
    if (stale) this.head = null;
  }

  /** Moves to the next record that is not done with; false, and no window in memory, when there is none. */
  #seek(): boolean {
    while (true) {
      if (this.#segment !== null && !this.#segment.gone) {
        this.#index = this.#segment.nextLive(this.#index);
        if (this.#index < this.#segment.count) return true;
      }
      const after = this.#segment?.name.firstSequence ?? 0;
      this.#window = null;
      const next = this.segments.find(({ name, count }) => name.firstSequence > after && count > 0);
      if (next === undefined) return false;
      this.#segment = next;
      this.#index = 0;
    }
  }

  #windowCovers(segment: Segment, index: number): boolean {
    const window = this.#window;
    return window !== null && window.startOffset <= segment.offsetOf(index) &&
      segment.endOf(index) <= window.startOffset + window.bytes.length;
  }

  async #readWindow(segment: Segment, index: number): Promise<{ startOffset: number; bytes: Buffer } | null> {
    const startOffset = segment.offsetOf(index);
    const wantedBytes = Math.max(WINDOW_BYTES, segment.endOf(index) - startOffset);
    const bytes = Buffer.allocUnsafeSlow(Math.min(wantedBytes, segment.sizeBytes - startOffset));
    try {
      const handle = await openPlainFile(join(this.dir, segment.fileName), "read");
      try {
        let filled = 0;
        while (filled < bytes.length) {
          const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, startOffset + filled);
          if (bytesRead === 0) break;
          filled += bytesRead;
        }
        // A file that somebody cut: what is missing fails its checksum.
        bytes.fill(0, filled);
      } finally {
        await handle.close();
      }
      return { startOffset, bytes };
    } catch (error) {
      if (!segment.gone) this.trouble.onUnreadable(segment, error);
      return null;
    }
  }

  #decode(segment: Segment, index: number): void {
    const window = this.#window;
    if (window === null) return;
    this.#index = index + 1;
    const record = decodeRecord(window.bytes, segment.offsetOf(index) - window.startOffset, segment.name.salt);
    if (record === null) {
      segment.finish(index);
      this.trouble.onDamaged(segment);
      return;
    }
    this.#headSegment = segment;
    this.head = {
      position: { sequence: record.sequence, segment: segment.fileName, index },
      message: record.message,
      enqueuedAtMs: record.enqueuedAtMs,
    };
  }
}
