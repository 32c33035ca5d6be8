import { hash } from "node:crypto";
import type { Fault } from "./classification.ts";
import type { ClusterEvent } from "./cluster_event.ts";
import { messageShape } from "./message_shape.ts";

/**
 * The longest key kept as it is, in UTF-16 units of three bytes of UTF-8 each at most: below 1 kB. Names of a cluster's
 * own make about 120 units.
 */
const KEY_LIMIT = 300;
/** The shape of the message, at the end of the keys that have one. */
const SHAPE = /\n~[0-9a-z]{2,14}$/;

/**
 * The identity of a fault: the same object and reason under the same rule, and the same finding where the rule goes by the
 * reason alone. At most 1 kB, whatever the Event holds.
 */
export function faultKey(event: ClusterEvent, fault: Fault): string {
  const key = shorten(`${objectAndReason(event)}\n${fault.rule}`);
  return fault.byMessage === true ? `${key}\n~${messageShape(event.message)}` : key;
}

/** The identity of an object's reason, whatever the rules make of it. At most 1 kB. */
export function objectKey(event: ClusterEvent): string {
  return shorten(objectAndReason(event));
}

function objectAndReason({ involvedObject: { kind, namespace, name, fieldPath }, reason }: ClusterEvent): string {
  return `${kind}\n${namespace}\n${name}\n${fieldPath}\n${reason}`;
}

/** The key itself where it is one of `faultKey`, and what stands for a longer one. */
export function boundKey(key: string): string {
  const base = keyWithoutShape(key);
  return base === null ? shorten(key) : shorten(base) + key.slice(base.length);
}

/** The key that versions without shapes gave to the same fault; `null` where it is the same. */
export function keyWithoutShape(key: string): string | null {
  const at = key.search(SHAPE);
  return at === -1 ? null : key.slice(0, at);
}

/** A text of at most 300 units: itself, or 256 bits of its SHA-256. */
function shorten(text: string): string {
  return text.length <= KEY_LIMIT ? text : `sha256:${hash("sha256", text, "base64url")}`;
}
