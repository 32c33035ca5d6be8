import type { EvidenceRequest } from "../incidents/fault.ts";
import { SEVERITIES, type Severity, severityRank } from "../wire/severity.ts";

/** A request that waits. */
export interface Waiting {
  readonly request: EvidenceRequest;
  /** Monotonic: not before, so that one bundle serves the burst of a fault's reports. */
  readonly dueAtMs: number;
  readonly askedAtMs: number;
}

/** Requests for evidence that wait: the most severe first, the oldest of those first. Each call looks at few of them. */
interface EvidenceQueue {
  /** Whether a request of this severity may come in: there is a free place, or one of a less severe request. */
  hasRoom(severity: Severity): boolean;
  /**
   * Takes in a request that there is room for, whose incident has none here yet, and which is due no earlier than those
   * before it. Returns what had to go for it; `null` mostly.
   */
  put(waiting: Waiting): Waiting | null;
  /** The first that is due; it stays until it is removed. */
  first(nowMs: number): Waiting | null;
  remove(waiting: Waiting): void;
  /** Takes out all that were asked for before `sinceMs`. */
  takeOlder(sinceMs: number): readonly Waiting[];
  /** When the next one is due; `null` when none waits. */
  nextDueMs(): number | null;
  has(incidentKey: string): boolean;
  size(): number;
  clear(): number;
}

/** Creates a queue of at most `limit`: the least severe goes first, the oldest of those. */
export function createEvidenceQueue(limit: number): EvidenceQueue {
  /** By severity, the worst first; each in the order in which they came. */
  const lanes = new Map(SEVERITIES.map((severity) => [severity, new Map<string, Waiting>()]));
  const fromTheWorst = [...lanes.values()];
  const fromTheLeast = fromTheWorst.toReversed();
  const keyOf = ({ request }: Waiting) => request.stamp.incident.key;
  const size = () => fromTheWorst.reduce((sum, lane) => sum + lane.size, 0);
  const remove = (waiting: Waiting) => void lanes.get(waiting.request.sighting.severity)?.delete(keyOf(waiting));

  return {
    hasRoom(severity) {
      if (size() < limit) return true;
      return fromTheWorst.some((lane, rank) => rank > severityRank(severity) && lane.size > 0);
    },
    put(waiting) {
      lanes.get(waiting.request.sighting.severity)?.set(keyOf(waiting), waiting);
      if (size() <= limit) return null;
      for (const lane of fromTheLeast) {
        for (const oldest of lane.values()) {
          remove(oldest);
          return oldest;
        }
      }
      return null;
    },
    first(nowMs) {
      for (const lane of fromTheWorst) {
        for (const oldest of lane.values()) {
          if (oldest.dueAtMs <= nowMs) return oldest;
          break; // the others of its lane are due later
        }
      }
      return null;
    },
    remove,
    takeOlder(sinceMs) {
      const old: Waiting[] = [];
      for (const lane of fromTheWorst) {
        for (const waiting of lane.values()) {
          if (waiting.askedAtMs >= sinceMs) break;
          old.push(waiting);
          remove(waiting);
        }
      }
      return old;
    },
    nextDueMs() {
      let next: number | null = null;
      for (const lane of fromTheWorst) {
        for (const { dueAtMs } of lane.values()) {
          next = Math.min(next ?? dueAtMs, dueAtMs);
          break;
        }
      }
      return next;
    },
    has: (key) => fromTheWorst.some((lane) => lane.has(key)),
    size,
    clear() {
      const count = size();
      for (const lane of fromTheWorst) lane.clear();
      return count;
    },
  };
}
