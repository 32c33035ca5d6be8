import { acknowledgedFileOf, formatSegmentName, type SegmentName } from "./segment_name.ts";
import { SEGMENT_HEADER_BYTES } from "./segment_header.ts";

const FIRST_CAPACITY = 64;

/**
 * What memory holds of one segment file: per record four bytes for its offset and one bit for "done with". It touches no
 * disk; the file operations keep it in step.
 */
export class Segment {
  readonly fileName: string;
  readonly acknowledgedFileName: string;
  /** Confirmed bytes; what the file holds beyond them was never promised to anybody. */
  sizeBytes = SEGMENT_HEADER_BYTES;
  acknowledgedBytes = 0;
  /** Sequences done with in memory and not yet on disk. */
  unwritten: number[] = [];
  /** True while appends go to it: the last of its lane. */
  open = true;
  /** True once its file was removed, or is to be: nothing in it counts any more. */
  gone = false;
  firstEnqueuedAtMs = Infinity;
  lastEnqueuedAtMs = -Infinity;
  #count = 0;
  #live = 0;
  #offsets = new Uint32Array(FIRST_CAPACITY);
  #done = new Uint8Array(FIRST_CAPACITY / 8);

  constructor(readonly name: SegmentName) {
    this.fileName = formatSegmentName(name);
    this.acknowledgedFileName = acknowledgedFileOf(this.fileName);
  }

  /** Records in it, done with or not. */
  get count(): number {
    return this.#count;
  }

  /** Records that nobody has acknowledged. */
  get live(): number {
    return this.#live;
  }

  /** What it takes on disk. */
  get totalBytes(): number {
    return this.sizeBytes + this.acknowledgedBytes;
  }

  /** Indexes a record that is now stored at `offset` and ends at `endOffset`; returns its index. */
  add(offset: number, endOffset: number, enqueuedAtMs: number): number {
    const index = this.#count++;
    if (index === this.#offsets.length) this.#grow();
    this.#offsets[index] = offset;
    this.#live++;
    this.sizeBytes = endOffset;
    this.firstEnqueuedAtMs = Math.min(this.firstEnqueuedAtMs, enqueuedAtMs);
    this.lastEnqueuedAtMs = Math.max(this.lastEnqueuedAtMs, enqueuedAtMs);
    return index;
  }

  /** Marks a record as done with; false when it was already, or is not here. */
  finish(index: number): boolean {
    if (this.gone || index < 0 || index >= this.#count || this.isDone(index)) return false;
    this.#done[index >> 3] = (this.#done[index >> 3] ?? 0) | (1 << (index & 7));
    this.#live--;
    return true;
  }

  isDone(index: number): boolean {
    return ((this.#done[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
  }

  offsetOf(index: number): number {
    return this.#offsets[index] ?? 0;
  }

  /** Where the record can end at the latest: at the next one, or at the end of what is confirmed. */
  endOf(index: number): number {
    return index + 1 < this.#count ? this.offsetOf(index + 1) : this.sizeBytes;
  }

  /** The first record from `index` on that is not done with, or `count`. */
  nextLive(index: number): number {
    let at = index;
    while (at < this.#count && this.isDone(at)) at++;
    return at;
  }

  #grow(): void {
    const offsets = new Uint32Array(this.#offsets.length * 2);
    offsets.set(this.#offsets);
    this.#offsets = offsets;
    const done = new Uint8Array(this.#done.length * 2);
    done.set(this.#done);
    this.#done = done;
  }
}
