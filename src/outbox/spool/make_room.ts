import { planRoom } from "./plan_room.ts";
import { SEGMENT_HEADER_BYTES } from "./segment_header.ts";
import type { LanedMessage, SegmentStore } from "./segment_store.ts";
import type { Eviction, SpoolMessage } from "./spool.ts";
import { type LaneName, laneOf, SPOOL_LANES } from "./spool_lane.ts";
import { sizeMessage } from "./spool_record.ts";

/** Each lane may begin one more file with a write. */
const RESERVE_BYTES = SPOOL_LANES.length * SEGMENT_HEADER_BYTES;
/** A message may take this share of the spool: more would push out everything else. */
export const MESSAGE_SHARE = 1 / 4;

/** The messages that may be written, in order, with null for each that is given up; and everything that was given up. */
interface Admission {
  readonly admitted: readonly (LanedMessage | null)[];
  readonly evictions: readonly Eviction[];
}

/** Frees what `messages` need under `maxBytes`: first what is finished anyway, then by the plan for a full spool. */
export async function makeRoom(
  store: SegmentStore,
  messages: readonly SpoolMessage[],
  limits: { readonly maxBytes: number; readonly nowMs: number },
): Promise<Admission> {
  const { maxBytes, nowMs } = limits;
  const admitted = messages.map((message): LanedMessage | null => {
    const sized = sizeMessage(message);
    return sized === null || sized.sizeBytes > maxBytes * MESSAGE_SHARE ? null : { sized, lane: laneOf(message) };
  });
  const tooLarge = lossesAtDoor("too_large", messages.filter((_, place) => admitted[place] === null), nowMs);
  const incoming = sizesByLane(admitted);
  const neededBytes = [...incoming.values()].flat().reduce((sum, size) => sum + size, 0);
  const freeBytes = () => maxBytes - RESERVE_BYTES - store.usedBytes;
  if (neededBytes > freeBytes()) await store.removeFinished(true);
  if (neededBytes <= freeBytes()) return { admitted, evictions: tooLarge };

  const loads = new Map([...store.lanes].map(([lane, segments]) => [lane, {
    segmentBytes: segments.map(({ totalBytes }) => totalBytes),
    incomingBytes: incoming.get(lane) ?? [],
  }]));
  const losses = planRoom(loads, freeBytes());
  const evicted = await store.evict(losses);
  const toDrop = new Map([...losses].map(([lane, loss]) => [lane, loss.incoming]));
  const rest = admitted.map((message) => {
    const left = message === null ? 0 : toDrop.get(message.lane) ?? 0;
    if (message === null || left === 0) return message;
    toDrop.set(message.lane, left - 1);
    return null;
  });
  const dropped = messages.filter((_, place) => admitted[place] !== null && rest[place] === null);
  return { admitted: rest, evictions: [...tooLarge, ...evicted, ...lossesAtDoor("spool_full", dropped, nowMs)] };
}

function sizesByLane(messages: readonly (LanedMessage | null)[]): Map<LaneName, number[]> {
  const sizes = new Map<LaneName, number[]>();
  for (const message of messages) {
    if (message === null) continue;
    const ofLane = sizes.get(message.lane);
    if (ofLane === undefined) sizes.set(message.lane, [message.sized.sizeBytes]);
    else ofLane.push(message.sized.sizeBytes);
  }
  return sizes;
}

/** One entry a lane for messages that were never stored. */
function lossesAtDoor(reason: Eviction["reason"], messages: readonly SpoolMessage[], nowMs: number): Eviction[] {
  const byLane = Map.groupBy(messages, laneOf);
  return SPOOL_LANES.flatMap(({ name, kind, severity }) => {
    const records = byLane.get(name)?.length ?? 0;
    return records === 0 ? [] : [{ reason, stored: false, kind, severity, records, fromMs: nowMs, toMs: nowMs }];
  });
}
