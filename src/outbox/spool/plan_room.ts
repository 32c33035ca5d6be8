import type { LaneName } from "./spool_lane.ts";
import { SPOOL_LANES } from "./spool_lane.ts";

/** Sizes a lane, oldest first: of the segments on disk and of the messages that want in. */
export interface LaneLoad {
  readonly segmentBytes: readonly number[];
  readonly incomingBytes: readonly number[];
}

/** What has to go a lane, counted from the oldest. */
export interface LaneLoss {
  readonly segments: number;
  readonly incoming: number;
}

/**
 * Decides what a full spool gives up so that the rest of the incoming messages fits: class by class from the least
 * severe, and inside a class the oldest first, which are those on disk before those at the door. So nothing is given up for a
 * message that is less severe than it. What goes from disk goes a segment at a time.
 */
export function planRoom(
  loads: ReadonlyMap<LaneName, LaneLoad>,
  freeBytes: number,
): ReadonlyMap<LaneName, LaneLoss> {
  const losses = new Map<LaneName, LaneLoss>();
  let missingBytes = -freeBytes;
  for (const load of loads.values()) {
    for (const sizeBytes of load.incomingBytes) missingBytes += sizeBytes;
  }
  for (const { name } of SPOOL_LANES) {
    const load = loads.get(name);
    if (missingBytes <= 0) break;
    if (load === undefined) continue;
    const segments = takeUntil(load.segmentBytes, missingBytes);
    missingBytes -= segments.bytes;
    const incoming = takeUntil(load.incomingBytes, missingBytes);
    missingBytes -= incoming.bytes;
    if (segments.count + incoming.count > 0) losses.set(name, { segments: segments.count, incoming: incoming.count });
  }
  return losses;
}

function takeUntil(sizes: readonly number[], wantedBytes: number): { count: number; bytes: number } {
  let count = 0;
  let bytes = 0;
  for (const size of sizes) {
    if (bytes >= wantedBytes) break;
    count++;
    bytes += size;
  }
  return { count, bytes };
}
