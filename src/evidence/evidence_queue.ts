import type { EvidenceRequest } from "../incidents/fault.ts";
import { severityRank } from "../wire/severity.ts";

/** A request that waits. */
export interface Waiting {
  readonly request: EvidenceRequest;
  /** Monotonic: not before, so that one bundle serves the burst of a fault's reports. */
  readonly dueAtMs: number;
  readonly askedAtMs: number;
}

/** Requests for evidence that wait: the most severe first, the oldest of those first. */
interface EvidenceQueue {
  /** Returns what had to go for it, perhaps the new one itself; `null` mostly. */
  put(waiting: Waiting): Waiting | null;
  /** Takes the first that is due. */
  take(nowMs: number): Waiting | null;
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
  let all: Waiting[] = [];
  const rank = ({ request }: Waiting) => severityRank(request.sighting.severity);
  const remove = (waiting: Waiting) => void (all = all.filter((entry) => entry !== waiting));
  return {
    put(waiting) {
      all.push(waiting);
      if (all.length <= limit) return null;
      const least = all.reduce((worst, entry) => rank(entry) > rank(worst) ? entry : worst);
      remove(least);
      return least;
    },
    take(nowMs) {
      const due = all.filter(({ dueAtMs }) => dueAtMs <= nowMs);
      const [first, ...rest] = due;
      if (first === undefined) return null;
      const next = rest.reduce((best, entry) => rank(entry) < rank(best) ? entry : best, first);
      remove(next);
      return next;
    },
    takeOlder(sinceMs) {
      const old = all.filter(({ askedAtMs }) => askedAtMs < sinceMs);
      if (old.length > 0) all = all.filter(({ askedAtMs }) => askedAtMs >= sinceMs);
      return old;
    },
    nextDueMs: () => all.length === 0 ? null : Math.min(...all.map(({ dueAtMs }) => dueAtMs)),
    has: (key) => all.some(({ request }) => request.stamp.incident.key === key),
    size: () => all.length,
    clear() {
      const count = all.length;
      all = [];
      return count;
    },
  };
}
