import { hash } from "node:crypto";
import type { Fault } from "./classification.ts";
import type { ClusterEvent } from "./cluster_event.ts";

/**
 * The longest key kept as it is, in UTF-16 units of three bytes of UTF-8 each at most: below 1 kB. Names of a cluster's
 * own make about 120 units.
 */
const KEY_LIMIT = 300;

/** The identity of a fault: the same object and reason under the same rule. At most 1 kB, whatever the Event holds. */
export function faultKey(event: ClusterEvent, fault: Fault): string {
  const { kind, namespace, name, fieldPath } = event.involvedObject;
  return boundKey(`${kind}\n${namespace}\n${name}\n${fieldPath}\n${event.reason}\n${fault.rule}`);
}

/** The key itself, or what stands for a long one: 256 bits of its SHA-256. */
export function boundKey(key: string): string {
  return key.length <= KEY_LIMIT ? key : `sha256:${hash("sha256", key, "base64url")}`;
}
