import type { EvidenceRequest } from "../incidents/fault.ts";
import type { EvidenceOutcome } from "../telemetry/label_values.ts";
import { type Severity, severityRank } from "../wire/severity.ts";

interface GateOptions {
  readonly minSeverity: Severity;
  readonly excludedNamespaces: ReadonlySet<string>;
  readonly isStorm: () => boolean;
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

  const pastOf = ({ stamp }: EvidenceRequest) => recall(incidents, stamp.incident.key, REPEAT_MS, REMEMBERED, now());

  /** In a storm that has one cause, what its first objects have told; `null` for any other. */
  function stormOf({ stamp }: EvidenceRequest): Past | null {
    if (!options.isStorm()) return null;
    const cause = stamp.causes.find(({ kind }) => kind === "shared" || kind === "node");
    return cause === undefined ? null : recall(causes, cause.object, REPEAT_MS, CAUSES_REMEMBERED, now());
  }

  return {
    refuse(request) {
      const { severity, namespace } = request.sighting;
      if (severityRank(severity) > severityRank(options.minSeverity)) return "low_severity";
      if (options.excludedNamespaces.has(namespace)) return "excluded";
      const past = pastOf(request);
      if (past.bundles > 0 && (request.occasion === "new" || past.bundles >= AGAIN_LIMIT)) return "repeated";
      const storm = stormOf(request);
      if (storm !== null && storm.bundles >= SHARED_LIMIT) return "storm";
      if (storm !== null) storm.bundles++;
      past.bundles++;
      return null;
    },
    lost(request) {
      const past = pastOf(request);
      past.bundles = Math.max(0, past.bundles - 1);
    },
  };
}

/** What is remembered under `key`, begun anew when it is older than `forMs`. */
function recall(memory: Map<string, Past>, key: string, forMs: number, limit: number, nowMs: number): Past {
  const known = memory.get(key);
  if (known !== undefined && nowMs - known.atMs < forMs) return known;
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
