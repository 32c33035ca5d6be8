import { classify } from "../../src/events/classify.ts";
import { compileCatalogue, type RuleSet } from "../../src/events/compile_rules.ts";
import type { Fault } from "../../src/events/classification.ts";
import type { ClusterEvent } from "../../src/events/cluster_event.ts";
import { normalizeEvent } from "../../src/events/normalize_event.ts";
import { CLASSIFIED_EVENTS } from "../fixtures/classified_events.ts";
import { eventPlace } from "./event_place.ts";

const NAMESPACES = ["shop", "payments", "search", "monitoring"];

/**
 * Event number `number` as a watch delivers it: a fault of the catalogue's fixtures about an object of its own, with
 * the fields that kubelets write, `managedFields` among them. 1.5 KB as JSON.
 */
export function watchedEvent(number: number): WatchedEvent {
  const [reason = "", kind = "", message = ""] = CLASSIFIED_EVENTS[number % CLASSIFIED_EVENTS.length] ?? [];
  const { namespace, objectNamespace } = eventPlace(kind, NAMESPACES[number % NAMESPACES.length]);
  const objectName = `${kind.toLowerCase()}-5d8b9c7f64-${number.toString(36)}`;
  const at = new Date(Date.UTC(2026, 0, 5, 10) + number).toISOString().replace(/\.\d+/, "");
  return {
    metadata: {
      name: `${objectName}.18a1b2c3d4e5f${number.toString(16)}`,
      namespace,
      uid: watchedUid(number),
      creationTimestamp: at,
      managedFields: [{
        manager: "kubelet",
        operation: "Update",
        apiVersion: "v1",
        time: at,
        fieldsType: "FieldsV1",
        fieldsV1: {
          "f:count": {},
          "f:firstTimestamp": {},
          "f:involvedObject": {},
          "f:lastTimestamp": {},
          "f:message": {},
          "f:reason": {},
          "f:reportingComponent": {},
          "f:reportingInstance": {},
          "f:source": { "f:component": {}, "f:host": {} },
          "f:type": {},
        },
      }],
    },
    involvedObject: {
      kind,
      namespace: objectNamespace,
      name: objectName,
      uid: uidOf(number, 2),
      apiVersion: "v1",
      resourceVersion: String(1_000_000 + number),
      ...(kind === "Pod" ? { fieldPath: "spec.containers{app}" } : {}),
    },
    reason,
    message: `${message} [number ${number}]`,
    source: { component: "kubelet", host: `node-${number % 50}` },
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
    type: "Warning",
    eventTime: null,
    reportingComponent: "kubelet",
    reportingInstance: `node-${number % 50}`,
  };
}

export interface WatchedEvent {
  readonly [key: string]: unknown;
  readonly metadata: { readonly [key: string]: unknown; readonly name: string; readonly namespace: string };
}

/** The uid of event number `number`. */
export const watchedUid = (number: number) => uidOf(number, 1);

function uidOf(number: number, salt: number): string {
  const hex = (number * 2_654_435_761 % 2 ** 32).toString(16).padStart(8, "0");
  return `${hex}-${salt}a2b-4c3d-8e9f-${number.toString(16).padStart(12, "0")}`;
}

/** The number that `watchedEvent` put into a message, or null. */
export function numberIn(message: string): number | null {
  const found = /\[number (\d+)\]/.exec(message);
  return found === null ? null : Number(found[1]);
}

/** A watched event as the agent reads it, and the fault that the catalogue sees in it; null where it sees none. */
export function judgeWatchedEvent(
  rules: RuleSet,
  number: number,
): { readonly event: ClusterEvent; readonly fault: Fault } | null {
  const watched = watchedEvent(number);
  const event = normalizeEvent({ ...watched, metadata: { ...watched.metadata, resourceVersion: "1" } });
  if (event === null) throw new Error(`Event ${number} of the fixtures can't be read`);
  const fault = classify(rules, event, { unknownWarnings: "report" });
  return fault.kind === "fault" ? { event, fault } : null;
}

/** The numbers of events that the catalogue reports, in order, for ever. */
export function* faultNumbers(): Generator<number, never> {
  const rules = compileCatalogue();
  const shapes = CLASSIFIED_EVENTS.length;
  const isFault = Array.from({ length: shapes }, (_, number) => judgeWatchedEvent(rules, number) !== null);
  for (let number = 0;; number++) {
    if (isFault[number % shapes]) yield number;
  }
}
