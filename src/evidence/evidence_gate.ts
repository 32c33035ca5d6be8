import type { EvidenceRequest } from "../incidents/fault.ts";
import type { EvidenceOutcome } from "../telemetry/label_values.ts";
import { type Severity, severityRank } from "../wire/severity.ts";

interface GateOptions {
  readonly minSeverity: Severity;
  readonly excludedNamespaces: ReadonlySet<string>;
  readonly isStorm: () => boolean;
  /** Whether one more of this severity may wait. */
  readonly hasRoom: (severity: Severity) => boolean;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** Decides which requests for evidence are worth a bundle at all. */
interface EvidenceGate {
  /** `null`: gather. Else why not. */
  refuse(request: EvidenceRequest): EvidenceOutcome | null;
  /** A bundle that was let through came to nothing: the incident may ask again. */
  lost(request: EvidenceRequest): void;
}

/** One bundle an incident in so long, or one more for each reason to look again. */
const REPEAT_MS = 30 * 60_000;
/** Bundles of one incident in that time, whatever comes up. */
const AGAIN_LIMIT = 4;
const REMEMBERED = 2_048;
/** In a storm, bundles a shared cause. */
const SHARED_LIMIT = 3;
const CAUSES_REMEMBERED = 256;

interface Past {
  atMs: number;
  bundles: number;
}

/** Creates the gate. What it remembers is bounded; what it forgets may cost a bundle more, never one less. */
export function createEvidenceGate(options: GateOptions): EvidenceGate {
  const { now } = options;
  const incidents = new Map<string, Past>();
  const causes = new Map<string, Past>();

  /** In a storm that has one cause, what its first objects have told; `null` for any other. */
  function stormOf({ stamp }: EvidenceRequest): Past | null {
    if (!options.isStorm()) return null;
    const cause = stamp.causes.find(({ kind }) => kind === "shared" || kind === "node");
    if (cause === undefined) return null;
    return pastOf(causes, cause.object, now()) ?? begin(causes, cause.object, CAUSES_REMEMBERED, now());
  }

  return {
    refuse(request) {
      const { severity, namespace } = request.sighting;
      if (severityRank(severity) > severityRank(options.minSeverity)) return "low_severity";
      if (options.excludedNamespaces.has(namespace)) return "excluded";
      const { key } = request.stamp.incident;
      const past = pastOf(incidents, key, now());
      const bundles = past?.bundles ?? 0;
      if (bundles > 0 && (request.occasion === "new" || bundles >= AGAIN_LIMIT)) return "repeated";
      if (!options.hasRoom(severity)) return "queue_full";
      const storm = stormOf(request);
      if (storm !== null && storm.bundles >= SHARED_LIMIT) return "storm";
      if (storm !== null) storm.bundles++;
      (past ?? begin(incidents, key, REMEMBERED, now())).bundles++;
      return null;
    },
    lost({ stamp }) {
      const past = pastOf(incidents, stamp.incident.key, now());
      if (past !== null) past.bundles = Math.max(0, past.bundles - 1);
    },
  };
}

/** What is remembered under `key`, where that is not too long ago. */
function pastOf(memory: ReadonlyMap<string, Past>, key: string, nowMs: number): Past | null {
  const known = memory.get(key);
  return known !== undefined && nowMs - known.atMs < REPEAT_MS ? known : null;
}

/** Begins to remember `key`, and forgets the oldest where there are more than `limit`. */
function begin(memory: Map<string, Past>, key: string, limit: number, nowMs: number): Past {
  memory.delete(key);
  const fresh: Past = { atMs: nowMs, bundles: 0 };
  memory.set(key, fresh);
  if (memory.size > limit) {
    for (const oldest of memory.keys()) {
      memory.delete(oldest);
      break;
    }
  }
  return fresh;
}
