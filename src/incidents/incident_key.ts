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

/**
 * Whom the incidents of one cluster are about: namespace and top owner (else the object). Kinds that own pods count as one,
 * so that a name that was guessed and the owner that is known are the same.
 */
export function subjectPlace(namespace: string, { kind, name }: Subject): string {
  return bounded(`${namespace}\n${POD_OWNERS.has(kind) ? "workload" : kind}\n${name}`);
}

function bounded(place: string): string {
  return place.length <= NAME_LIMIT ? place : hash("sha256", place, "base64url");
}

/**
 * The key of an incident on the wire, of its family and whom it is about: the same whenever it comes again, in every
 * process. 64 bits.
 */
export function incidentKey(clusterId: string, family: Family, place: string): string {
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
