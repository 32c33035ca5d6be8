import { createHash, hash } from "node:crypto";
import type { Family } from "./fault.ts";

/** Kinds that own pods. An owner that was guessed from a pod's name must meet the one that is known later. */
const POD_OWNERS: ReadonlySet<string> = new Set([
  "",
  "CronJob",
  "DaemonSet",
  "Deployment",
  "Job",
  "ReplicaSet",
  "ReplicationController",
  "Rollout",
  "StatefulSet",
]);

/** Names of a cluster's own make about 120 signs; what Events hold besides is bounded by their limits. */
const NAME_LIMIT = 300;

/** What an incident is about. */
export interface Subject {
  readonly kind: string;
  readonly name: string;
}

/** Kinds that own pods count as one, so that a name that was guessed and the owner that is known are the same. */
const groupOf = (kind: string) => POD_OWNERS.has(kind) ? "workload" : kind;

/** Whether two objects of one namespace are the same to incidents. */
export function isSameSubject(one: Subject, other: Subject): boolean {
  return one.name === other.name && (one.kind === other.kind || groupOf(one.kind) === groupOf(other.kind));
}

function bounded(place: string): string {
  return place.length <= NAME_LIMIT ? place : hash("sha256", place, "base64url");
}

/**
 * The key of an incident on the wire, of its family and whom it is about, which is a namespace's top owner, else its object:
 * the same whenever it comes again, in every process. 64 bits.
 */
export function incidentKey(
  clusterId: string,
  family: Family,
  namespace: string,
  { kind, name }: Subject,
): string {
  const place = bounded(`${namespace}\n${groupOf(kind)}\n${name}`);
  return createHash("sha256").update(`${clusterId}\n${bounded(`${family}\n${place}`)}`).digest("hex").slice(0, 16);
}

const MINUTE_MS = 60_000;

/** The minute of a time, in base 36. */
export function minuteOf(ms: number): number {
  return Math.floor(ms / MINUTE_MS);
}

/** The id of one incident: its key and the minute in which it opened. */
export function incidentId(key: string, minute: number): string {
  return `${key}-${minute.toString(36)}`;
}
