import { LaneCursor, type ReadTrouble } from "./lane_cursor.ts";
import type { SegmentStore, WrittenRun } from "./segment_store.ts";
import type { ReadLimits, SpoolRecord } from "./spool.ts";
import type { LaneName } from "./spool_lane.ts";

/** Reads all lanes as one: the record with the lowest sequence first, so that order holds over every subject. */
export class MergeReader {
  readonly #cursors: ReadonlyMap<LaneName, LaneCursor>;

  constructor(store: SegmentStore, trouble: ReadTrouble) {
    this.#cursors = new Map(
      [...store.lanes].map(([lane, segments]) => [lane, new LaneCursor(store.options.dir, segments, trouble)]),
    );
  }

  async read(limits: ReadLimits): Promise<SpoolRecord[]> {
    const records: SpoolRecord[] = [];
    let bytes = 0;
    while (records.length < limits.maxRecords) {
      const cursor = await this.#next();
      const size = cursor?.head?.message.body.length ?? 0;
      if (records.length > 0 && bytes + size > limits.maxBytes) break;
      const record = cursor?.take() ?? null;
      if (record === null) break;
      records.push(record);
      bytes += size;
    }
    return records;
  }

  rewind(): void {
    for (const cursor of this.#cursors.values()) cursor.rewind();
  }

  offer(run: WrittenRun): void {
    this.#cursors.get(run.segment.name.lane)?.offer(run);
  }

  async #next(): Promise<LaneCursor | null> {
    for (const cursor of this.#cursors.values()) {
      if (!cursor.isReady()) await cursor.load();
    }
    let first: LaneCursor | null = null;
    for (const cursor of this.#cursors.values()) {
      if (cursor.head === null) continue;
      if (first === null || cursor.head.position.sequence < (first.head?.position.sequence ?? Infinity)) first = cursor;
    }
    return first;
  }
}
