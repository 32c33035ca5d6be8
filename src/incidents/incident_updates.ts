import { Buffer } from "node:buffer";
import { occurrenceId } from "../wire/message_id.ts";
import { encodeWireDuration } from "../wire/duration.ts";
import type { WireCause } from "../wire/event.ts";
import { rfc3339 } from "../wire/rfc3339.ts";
import type { Update, WireIncident } from "../wire/update.ts";
import type { Cause } from "./fault.ts";
import type { Incident } from "./incident.ts";
import type { Ending } from "./incident_store.ts";
import type { Counted, Storm } from "./storm_meter.ts";

/** What the incidents of one `open` update may take as JSON; like a report, it stays below 100 kB. */
const OPEN_PART_BYTES = 80_000;
/** Cuts secrets out of a text that leaves the cluster: an Event may name its object as it likes. */
export type RedactName = (text: string) => string;

/** A cause as messages write it. */
export function wireCause(cause: Cause, redact: RedactName): WireCause {
  const { kind, object, atMs, confidence, reason, incidentId } = cause;
  return {
    kind,
    object: redact(object),
    at: rfc3339(atMs),
    confidence,
    reason: redact(reason),
    ...(incidentId === undefined ? {} : { incident: incidentId }),
  };
}

/** What an update says of an incident. */
function wireIncident(incident: Incident, redact: RedactName): WireIncident {
  const { id, key, family, namespace, object, severity, openedAtMs, reports, causes } = incident;
  return {
    incident_id: id,
    incident_key: key,
    family,
    namespace: redact(namespace),
    object: { kind: redact(object.kind), name: redact(object.name) },
    severity,
    opened_at: rfc3339(openedAtMs),
    reports,
    ...(causes.length === 0 ? {} : { caused_by: causes.map((cause) => wireCause(cause, redact)) }),
  };
}

/** The update that tells of an ending. Its id is the same however often this one is told. */
export function endingUpdate(clusterId: string, ending: Ending, redact: RedactName, nowMs: number): Update {
  const { incident, kind, by, proof, endedAtMs } = ending;
  const shared = {
    id: occurrenceId(clusterId, `incident ${incident.id}`, kind),
    cluster_id: clusterId,
    timestamp: rfc3339(nowMs),
    ...wireIncident(incident, redact),
  };
  if (kind === "quiet") {
    return { ...shared, kind, last_report_at: rfc3339(incident.heardAtMs), event_ids: incident.reportIds };
  }
  return {
    ...shared,
    kind,
    ended_at: rfc3339(endedAtMs),
    open_for: encodeWireDuration(Math.max(0, endedAtMs - incident.openedAtMs)),
    by,
    proof: redact(proof),
    event_ids: incident.reportIds,
  };
}

/** The updates that list all open incidents: one, or several where there are many. */
export function openUpdates(
  clusterId: string,
  incidents: readonly Incident[],
  redact: RedactName,
  nowMs: number,
): readonly Update[] {
  const timestamp = rfc3339(nowMs);
  const parts = partsOf(incidents.map((incident) => wireIncident(incident, redact)));
  return parts.map((part, index): Update => ({
    id: occurrenceId(clusterId, `incidents open ${index + 1}/${parts.length}`, timestamp),
    cluster_id: clusterId,
    kind: "open",
    timestamp,
    part: index + 1,
    parts: parts.length,
    incidents: part,
  }));
}

/** At least one part: that nothing is open is news too. */
function partsOf(incidents: readonly WireIncident[]): readonly (readonly WireIncident[])[] {
  let part: WireIncident[] = [];
  const parts = [part];
  let bytes = 0;
  for (const incident of incidents) {
    const size = Buffer.byteLength(JSON.stringify(incident)) + 1;
    if (part.length > 0 && bytes + size > OPEN_PART_BYTES) {
      parts.push(part = []);
      bytes = 0;
    }
    part.push(incident);
    bytes += size;
  }
  return parts;
}

/** The update that counts a storm. */
export function stormUpdate(
  clusterId: string,
  storm: Storm,
  evidenceSkipped: number,
  redact: RedactName,
  nowMs: number,
): Update {
  const named = (counts: readonly Counted[]) => counts.map(({ name, reports }) => ({ name: redact(name), reports }));
  const timestamp = rfc3339(nowMs);
  return {
    id: occurrenceId(clusterId, "incidents storm", timestamp),
    cluster_id: clusterId,
    kind: "storm",
    timestamp,
    window: encodeWireDuration(storm.windowMs),
    reports: storm.reports,
    incidents: storm.incidents,
    categories: storm.categories,
    nodes: named(storm.nodes),
    namespaces: named(storm.namespaces),
    shared_causes: named(storm.sharedCauses),
    evidence_skipped: evidenceSkipped,
  };
}
