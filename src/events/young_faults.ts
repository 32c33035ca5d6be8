import type { ClusterEvent } from "./cluster_event.ts";
import { objectKey } from "./fault_key.ts";

/** Since when an object has had a young fault, and when it was last told. */
interface Youth {
  readonly sinceMs: number;
  readonly lastMs: number;
}

/** Of so many objects it is remembered, those told of longest ago are forgotten first: 200 bytes each. */
const LIMIT = 2_048;
/** After so long without another one, the next is young again. The scheduler tries a pod once in five minutes. */
const QUIET_MS = 360_000;

/**
 * Since when what a rule takes for routine in an event's first moments has gone on. An Event tells how long it has lasted
 * only while its message stays the same: a probe whose answer holds the time writes a new Event each time, each in its
 * first moment for ever. So it is the object and the reason that are young, not the Event.
 */
export function createYoungFaults(): YoungFaults {
  const known = new Map<string, Youth>();
  return {
    since(event) {
      const { firstSeenMs, lastSeenMs } = event;
      if (firstSeenMs === null || lastSeenMs === null) return null;
      const key = objectKey(event);
      const before = known.get(key);
      const goesOn = before !== undefined && firstSeenMs - before.lastMs <= QUIET_MS;
      const sinceMs = goesOn ? Math.min(before.sinceMs, firstSeenMs) : firstSeenMs;
      known.delete(key);
      known.set(key, { sinceMs, lastMs: Math.max(lastSeenMs, goesOn ? before.lastMs : lastSeenMs) });
      if (known.size > LIMIT) {
        for (const oldest of known.keys()) {
          known.delete(oldest);
          break;
        }
      }
      return sinceMs;
    },
  };
}

interface YoungFaults {
  /** Takes the sighting of a young fault in; since when it goes on, or `null` where the event tells no times. */
  since(event: ClusterEvent): number | null;
}
