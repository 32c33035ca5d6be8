import { Buffer } from "node:buffer";

/**
 * The most that is kept of each text of an Event, in UTF-16 units. The API server validates metadata alone and takes a
 * megabyte in any other field of a core/v1 Event, so whatever keeps an Event keeps this much of it at most. Of one unit
 * JSON makes six bytes at most (`\u0000`): all of them together, with what a report says twice, stay below 100 kB.
 */
export const EVENT_TEXT_LIMITS = {
  /** A DNS subdomain (apimachinery pkg/util/validation: DNS1123SubdomainMaxLength). */
  name: 253,
  /** A DNS label (DNS1123LabelMaxLength). */
  namespace: 63,
  /** 36 characters of a UUID; for its own node the kubelet writes the node's name. */
  uid: 253,
  /** A decimal number of 64 bits or, with another storage, some opaque token. */
  resourceVersion: 128,
  type: 63,
  /** pkg/apis/core/validation/events.go: ReasonLengthLimit. */
  reason: 128,
  /** The same file: ActionLengthLimit. */
  action: 128,
  /**
   * The new recorder allows 1,024 bytes (NoteLengthLimit), core/v1 anything: the kubelet quotes up to 10 KiB of a probe's
   * answer (pkg/probe/exec: maxReadLength).
   */
  message: 12 * 1024,
  kind: 128,
  /** A DNS subdomain, a slash and a version. */
  apiVersion: 253 + 1 + 63,
  /** `spec.initContainers{name}`, with a container's name of 63 characters, or a path that another writer made up. */
  fieldPath: 512,
  /** A qualified name: a prefix of 253 and a name of 63 (ReportingController). */
  component: 253 + 1 + 63,
  /** pkg/apis/core/validation/events.go: ReportingInstanceLengthLimit is 128; `source.host` is a node's name. */
  instance: 253,
  /** RFC 3339 with nine digits of a second. */
  time: 64,
} as const;
export type EventText = keyof typeof EVENT_TEXT_LIMITS;

/** The shortest that a cut message is: a word may be missing on both sides of the cut. */
export const CUT_MESSAGE_LENGTH = EVENT_TEXT_LIMITS.message - 2 * 257;
/** What stands where a message was cut. */
export const CUT_GAP = / \[cut from \d+ characters\] /;
const FIRST_WORD = /^\S{0,256}(?=\s)/;
const LAST_WORD = /(?<=\s)\S{1,256}$/;

/** The share of a cut message that is kept for its end: errors are wrapped outside in, so the cause stands there. */
const MESSAGE_END = 1_024;

/**
 * `value` where it is a text that keeps to its limit, its beginning where it is longer, and "" where it is none. What is
 * cut is copied: a slice of a string in V8 holds the whole.
 */
export function boundText(value: unknown, field: EventText): string {
  if (typeof value !== "string") return "";
  const limit = EVENT_TEXT_LIMITS[field];
  return value.length <= limit ? value : copy(beginning(value, limit));
}

/** A message within its limit: of a longer one the beginning, how much is missing, and the end. */
export function boundMessage(message: string): string {
  const limit = EVENT_TEXT_LIMITS.message;
  if (message.length <= limit) return message;
  const gap = ` [cut from ${message.length} characters] `;
  // Whole words only: half a token at the cut would not be known for a secret.
  const start = beginning(message, limit - MESSAGE_END - gap.length).replace(LAST_WORD, "");
  return copy(start + gap + end(message, MESSAGE_END).replace(FIRST_WORD, ""));
}

function beginning(text: string, limit: number): string {
  return text.slice(0, isPair(text, limit) ? limit - 1 : limit);
}

function end(text: string, limit: number): string {
  const from = text.length - limit;
  return text.slice(isPair(text, from) ? from + 1 : from);
}

/** Whether a cut before the unit at `at` would part a surrogate pair. */
function isPair(text: string, at: number): boolean {
  const [before, after] = [text.charCodeAt(at - 1), text.charCodeAt(at)];
  return before >= 0xd800 && before <= 0xdbff && after >= 0xdc00 && after <= 0xdfff;
}

function copy(text: string): string {
  return Buffer.from(text, "utf16le").toString("utf16le");
}
