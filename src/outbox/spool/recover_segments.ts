import { Buffer } from "node:buffer";
import { readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { AgentError, errorCode } from "../../lifecycle/errors.ts";
import { openPlainFile, readPlainFile } from "../../state/plain_file.ts";
import { decodeAcknowledged } from "./acknowledged_entry.ts";
import { scanSegment } from "./scan_segment.ts";
import { Segment } from "./segment.ts";
import { decodeSegmentHeader, SEGMENT_HEADER_BYTES } from "./segment_header.ts";
import { acknowledgedFileOf, parseSegmentName, type SegmentName, segmentOfAcknowledgedFile } from "./segment_name.ts";
import { RECORD_LIMIT_BYTES } from "./spool_record.ts";
import type { SegmentStore } from "./segment_store.ts";
import type { Recovered } from "./spool.ts";

/** A segment is closed at 8 MiB, or holds one write: the largest record and a group before it. */
const SEGMENT_LIMIT_BYTES = 2 * RECORD_LIMIT_BYTES;

/**
 * Reads the segments that the last process left into the index of `store`, mending what a crash at any byte leaves:
 * a torn end is cut, a damaged place is skipped, an empty or finished segment is removed, one of another version or
 * without anything readable is set aside, as is a symbolic link. Files with other names are left alone. One segment is in memory at a time.
 */
export async function recoverSegments(store: SegmentStore, nowMs: number): Promise<Recovered> {
  const { dir } = store.options;
  const files = (await readdir(dir)).sort();
  const names = files.map(parseSegmentName).filter((name) => name !== null);
  const totals = { records: 0, damaged: 0, tornBytes: 0, setAside: 0 };
  for (const [place, fileName] of files.filter((file) => parseSegmentName(file) !== null).entries()) {
    const name = names[place];
    if (name === undefined) continue;
    // Only the last file of a lane can have been written to when the process died; elsewhere a bad end is damage.
    const mayBeTorn = names[place + 1]?.lane !== name.lane;
    const found = await recoverSegment(store, { dir, fileName, name, mayBeTorn, nowMs });
    totals.records += found.records;
    totals.damaged += found.damaged;
    totals.tornBytes += found.tornBytes;
    totals.setAside += found.setAside;
  }
  await removeOrphans(dir);
  return totals;
}

interface SegmentFile {
  readonly dir: string;
  readonly fileName: string;
  readonly name: SegmentName;
  readonly mayBeTorn: boolean;
  readonly nowMs: number;
}

const NOTHING: Recovered = { records: 0, damaged: 0, tornBytes: 0, setAside: 0 };

async function recoverSegment(store: SegmentStore, file: SegmentFile): Promise<Recovered> {
  const path = join(file.dir, file.fileName);
  const bytes = await readOwn(path);
  if (bytes === null) return await setAside(path, file.nowMs);
  const header = decodeSegmentHeader(bytes);
  if (header.kind === "other_version") return await setAside(path, file.nowMs);
  const { salt, firstSequence } = file.name;
  const scan = scanSegment(bytes, { salt, startOffset: SEGMENT_HEADER_BYTES, firstSequence });
  if (scan.records.length === 0 && header.kind === "damaged") return await setAside(path, file.nowMs);

  const segment = new Segment(file.name);
  const acknowledged = join(file.dir, acknowledgedFileOf(file.fileName));
  const acknowledgements = await readIfThere(acknowledged);
  if (acknowledgements === null) await setAside(acknowledged, file.nowMs);
  const done = decodeAcknowledged(acknowledgements ?? Buffer.alloc(0), salt);
  for (const { offset, sizeBytes, enqueuedAtMs, sequence } of scan.records) {
    const index = segment.add(offset, offset + sizeBytes, enqueuedAtMs);
    if (done.has(sequence)) segment.finish(index);
  }
  const badEnd = scan.tornBytes > 0 && !file.mayBeTorn;
  const damaged = scan.damaged + (header.kind === "damaged" ? 1 : 0) + (badEnd ? 1 : 0);
  const found: Recovered = {
    ...NOTHING,
    records: segment.live,
    damaged,
    tornBytes: badEnd ? 0 : scan.tornBytes,
  };
  if (segment.live === 0) {
    await rm(path);
    return found;
  }
  if (scan.tornBytes > 0) await cut(path, scan.endOffset);
  segment.acknowledgedBytes = await sizeIfThere(acknowledged);
  store.adopt(segment, (scan.records.at(-1)?.sequence ?? firstSequence) + 1);
  return found;
}

/** The bytes of a file; `null` for a symbolic link, or what else can't be a file that a spool wrote. */
async function readOwn(path: string): Promise<Buffer | null> {
  try {
    return await readPlainFile(path, SEGMENT_LIMIT_BYTES);
  } catch (error) {
    if (error instanceof AgentError) return null;
    throw error;
  }
}

async function cut(path: string, endOffset: number): Promise<void> {
  const file = await openPlainFile(path, "change");
  await file.truncate(endOffset).finally(() => file.close());
}

/** Out of the way and kept for a person, or for the version of the program that understands it. */
async function setAside(path: string, nowMs: number): Promise<Recovered> {
  await rename(path, `${path}.set-aside-${new Date(nowMs).toISOString().replaceAll(":", "")}`);
  return { ...NOTHING, setAside: 1 };
}

/** Acknowledgements whose segment is gone: the process died between the two removals. */
async function removeOrphans(dir: string): Promise<void> {
  const files = new Set(await readdir(dir));
  for (const file of files) {
    const segment = segmentOfAcknowledgedFile(file);
    if (segment !== null && !files.has(segment)) await rm(join(dir, file), { force: true });
  }
}

/** As `readOwn`; nothing where there is no file. */
async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readOwn(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}

async function sizeIfThere(path: string): Promise<number> {
  return await stat(path).then((found) => found.size, () => 0);
}
