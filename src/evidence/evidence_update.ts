import { rfc3339 } from "../wire/rfc3339.ts";
import type { EvidenceRequest } from "../incidents/fault.ts";
import { encodeWireDuration } from "../wire/duration.ts";
import { occurrenceId } from "../wire/message_id.ts";
import type { EvidenceUpdate } from "../wire/update.ts";
import type { AssembledBundle } from "./assemble_bundle.ts";

/** What a bundle took. */
interface EvidenceCost {
  readonly requests: number;
  readonly bytes: number;
  readonly durationMs: number;
}

/** The update that carries a bundle: one for each report that it was gathered for. */
export function evidenceUpdate(
  clusterId: string,
  { sighting, stamp }: EvidenceRequest,
  { evidence, omitted, truncated }: AssembledBundle,
  { requests, bytes, durationMs }: EvidenceCost,
  nowMs: number,
): EvidenceUpdate {
  return {
    id: occurrenceId(clusterId, `incident ${stamp.incident.id}`, `evidence ${sighting.reportId}`),
    cluster_id: clusterId,
    kind: "evidence",
    timestamp: rfc3339(nowMs),
    incident_id: stamp.incident.id,
    event_id: sighting.reportId,
    evidence,
    omitted,
    cost: { requests, bytes, duration: encodeWireDuration(durationMs) },
    truncated,
  };
}
