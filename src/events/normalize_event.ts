import type { FieldTree } from "../kube/parse_fields.ts";
import type { ClusterEvent, InvolvedObject } from "./cluster_event.ts";
import { boundMessage, boundText, EVENT_TEXT_LIMITS } from "./event_text_limits.ts";

/** How client-go's aggregator begins the message of an Event that stands for several (tools/record/events_cache.go). */
const COMBINED_PREFIX = "(combined from similar events): ";

/** The fields that `normalizeEvent` reads. The rest, half of an Event as the API server sends it, is `managedFields`. */
export const EVENT_FIELDS: FieldTree = {
  metadata: { uid: true, resourceVersion: true, name: true, namespace: true, creationTimestamp: true },
  involvedObject: true,
  regarding: true,
  type: true,
  reason: true,
  message: true,
  note: true,
  action: true,
  source: true,
  deprecatedSource: true,
  reportingComponent: true,
  reportingController: true,
  reportingInstance: true,
  count: true,
  deprecatedCount: true,
  series: true,
  eventTime: true,
  firstTimestamp: true,
  deprecatedFirstTimestamp: true,
  lastTimestamp: true,
  deprecatedLastTimestamp: true,
};

/**
 * Reads a Kubernetes Event, core/v1 or events.k8s.io/v1, whatever recorder wrote it. Every field may be missing, null or
 * of the wrong type: what can't be read is empty, and only an object without a uid and a resourceVersion is no event
 * (`null`). Every text is within `EVENT_TEXT_LIMITS`. On the hot path: no schema, and no copies of what keeps to its limit.
 */
export function normalizeEvent(object: unknown): ClusterEvent | null {
  if (!isRecord(object) || !isRecord(object.metadata)) return null;
  const { metadata } = object;
  const uid = boundText(metadata.uid, "uid");
  const resourceVersion = boundText(metadata.resourceVersion, "resourceVersion");
  if (uid === "" || resourceVersion === "") return null;
  const source = isRecord(object.source)
    ? object.source
    : isRecord(object.deprecatedSource)
    ? object.deprecatedSource
    : {};
  const series = isRecord(object.series) ? object.series : null;
  // events.k8s.io/v1 only renames fields (pkg/apis/events/v1/conversion.go): the first spelling is core/v1's.
  const originalMessage = boundMessage(text(object.message) || text(object.note));
  const eventTimeMs = time(object.eventTime);
  const createdMs = time(metadata.creationTimestamp);
  const firstMs = time(object.firstTimestamp) ?? time(object.deprecatedFirstTimestamp);
  const lastMs = time(object.lastTimestamp) ?? time(object.deprecatedLastTimestamp);
  return {
    uid,
    resourceVersion,
    name: boundText(metadata.name, "name"),
    namespace: boundText(metadata.namespace, "namespace"),
    type: boundText(object.type, "type"),
    reason: boundText(object.reason, "reason"),
    message: originalMessage.startsWith(COMBINED_PREFIX)
      ? originalMessage.slice(COMBINED_PREFIX.length)
      : originalMessage,
    originalMessage,
    involvedObject: involvedObject(object.involvedObject ?? object.regarding),
    reportingComponent: boundText(object.reportingComponent, "component") ||
      boundText(object.reportingController, "component") || boundText(source.component, "component"),
    reportingInstance: boundText(object.reportingInstance, "instance") || boundText(source.host, "instance"),
    action: boundText(object.action, "action"),
    count: count(series?.count) ?? count(object.count) ?? count(object.deprecatedCount) ?? 1,
    firstSeenMs: firstMs ?? eventTimeMs ?? createdMs,
    // kubectl's own order (printers.go, printEvent), with a safe tail for writers that leave all three out.
    lastSeenMs: time(series?.lastObservedTime) ?? lastMs ?? eventTimeMs ?? firstMs ?? createdMs,
    series: series !== null,
  };
}

const NO_OBJECT: InvolvedObject = { kind: "", namespace: "", name: "", uid: "", apiVersion: "", fieldPath: "" };

function involvedObject(value: unknown): InvolvedObject {
  if (!isRecord(value)) return NO_OBJECT;
  return {
    kind: boundText(value.kind, "kind"),
    namespace: boundText(value.namespace, "namespace"),
    name: boundText(value.name, "name"),
    uid: boundText(value.uid, "uid"),
    apiVersion: boundText(value.apiVersion, "apiVersion"),
    fieldPath: boundText(value.fieldPath, "fieldPath"),
  };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Milliseconds since the epoch; Go writes a zero time as year 1, which is no time either. */
function time(value: unknown): number | null {
  if (typeof value !== "string" || value.length > EVENT_TEXT_LIMITS.time) return null;
  const ms = Date.parse(value);
  return ms > 0 ? ms : null;
}

function count(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 1 ? value : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
