import type { FaultSighting } from "../incidents/fault.ts";
import type { Event } from "../wire/event.ts";
import { occurrenceId } from "../wire/message_id.ts";
import { rfc3339 } from "../wire/rfc3339.ts";
import type { Fault } from "./classification.ts";
import type { ClusterEvent } from "./cluster_event.ts";
import { createEventRedaction, type RedactEventText } from "./redact_texts.ts";

const REDACT = createEventRedaction();

interface EventReport {
  readonly id: string;
  readonly event: Event;
}

/** A field path names a container: `spec.containers{app}`. */
const CONTAINER_PATH = /^spec\.(?:initContainers|ephemeralContainers|containers)\{([^{}]{1,253})\}$/;

/** An Event's fault, as incidents see it. */
export function sightingOf(event: ClusterEvent, fault: Fault, reportId: string, nowMs: number): FaultSighting {
  const { kind, name, uid, namespace, fieldPath } = event.involvedObject;
  return {
    kind: "event",
    rule: fault.rule,
    category: fault.category,
    severity: fault.severity,
    // What an Event may not speak of belongs to whoever wrote it.
    namespace: fault.category === "unverified" ? event.namespace : namespace,
    object: { kind, name, uid },
    container: fieldPath === "" ? "" : CONTAINER_PATH.exec(fieldPath)?.[1] ?? "",
    message: event.message,
    atMs: event.lastSeenMs ?? nowMs,
    reportId,
    // Only the kubelet's own node is the pod's: others say where they run themselves.
    node: event.reportingComponent === "kubelet" ? event.reportingInstance : "",
  };
}

/**
 * Turns a fault into its wire message, without the secrets in its texts. Pure: the same fault gives the same id at any
 * time and in any process.
 */
export function encodeEvent(
  clusterId: string,
  event: ClusterEvent,
  fault: Fault,
  watchType: "ADDED" | "MODIFIED",
  nowMs: number,
  redact: RedactEventText = REDACT,
): EventReport {
  const object = event.involvedObject;
  const kind = redact(object.kind);
  const name = redact(object.name);
  const uid = redact(object.uid);
  const id = occurrenceId(clusterId, event.uid, event.resourceVersion);
  const lastSeen = rfc3339(event.lastSeenMs ?? nowMs);
  const lastSeenOrNull = event.lastSeenMs === null ? null : lastSeen;
  const involved: Event["raw_data"]["involved_object"] = {
    kind,
    namespace: redact(object.namespace),
    name,
    uid,
    api_version: redact(object.apiVersion),
  };
  if (object.fieldPath !== "") involved.field_path = redact(object.fieldPath);
  const report: Event = {
    id,
    cluster_id: clusterId,
    type: "k8s_event",
    source: "kubernetes",
    namespace: redact(event.namespace),
    severity: fault.severity,
    reason: redact(event.reason),
    message: redact(event.originalMessage),
    timestamp: lastSeen,
    reported_at: rfc3339(nowMs),
    labels: {
      kind,
      name,
      uid,
      event_type: watchType,
      k8s_event_type: redact(event.type),
      reporting_component: redact(event.reportingComponent),
      reporting_instance: redact(event.reportingInstance),
      category: fault.category, // a central that knows no added field keeps the labels whole
      rule: fault.rule,
    },
    raw_data: {
      count: event.count,
      first_timestamp: event.firstSeenMs === event.lastSeenMs ? lastSeenOrNull : rfc3339OrNull(event.firstSeenMs),
      last_timestamp: lastSeenOrNull,
      involved_object: involved,
    },
    rule: fault.rule,
    category: fault.category,
    explanation: fault.explanation, // words of ours, or of the configuration
  };
  if (fault.gradedBy !== undefined) report.graded_by = fault.gradedBy;
  return { id, event: report };
}

const rfc3339OrNull = (ms: number | null) => ms === null ? null : rfc3339(ms);
