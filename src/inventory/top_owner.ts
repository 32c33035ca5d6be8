/** Who something belongs to in the end: the Deployment of a pod, the CronJob of a Job. */
export interface Owner {
  /** "" where only the name is known. */
  readonly kind: string;
  readonly name: string;
  /** Concluded from a name, not read from an object. */
  readonly guessed: boolean;
}

/** How `rand.String` and `rand.SafeEncodeString` write: no vowels, nothing that looks like another sign. */
const SAFE = signs("bcdfghjklmnpqrstvwxz2456789");
const DIGITS = signs("0123456789");
/** The end of the names that a controller makes of a random part. */
const RANDOM_LENGTH = 5;
/** The CronJob controller names a Job after the minute of its schedule. */
const MINUTE_LENGTH = 8;
/** A StatefulSet's pods are numbered. */
const ORDINAL_LENGTH = 5;
/** No name in Kubernetes is longer; a hostile one is nobody's. */
const NAME_LENGTH = 253;

/** Kinds that own pods and are mostly owned by nobody. */
const WORKLOADS: ReadonlySet<string> = new Set([
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "CronJob",
  "Job",
  "ReplicaSet",
  "ReplicationController",
  "Rollout",
]);

/** What a pod's own object says of who controls it. */
export interface Controller {
  readonly kind: string;
  readonly name: string;
  /** The label `pod-template-hash`, "" without. */
  readonly templateHash: string;
  /** The label `rollouts-pod-template-hash` of Argo Rollouts, "" without. */
  readonly rolloutHash: string;
}

/** The top owner by the controller in a pod's `ownerReferences`: a ReplicaSet is named `<owner>-<template hash>`. */
export function ownerOfController({ kind, name, templateHash, rolloutHash }: Controller): Owner {
  if (kind === "ReplicaSet") {
    for (const [hash, owner] of [[rolloutHash, "Rollout"], [templateHash, "Deployment"]] as const) {
      if (hash !== "" && name.length > hash.length + 1 && name.endsWith(`-${hash}`)) {
        return { kind: owner, name: name.slice(0, -hash.length - 1), guessed: false };
      }
    }
  } else if (kind === "Job") return ownerOfJob(name);
  return { kind, name, guessed: false };
}

/** The CronJob of a Job by its name; else the Job itself. */
function ownerOfJob(name: string): Owner {
  const dash = lastDash(name, name.length);
  return dash > 0 && isMinute(name, dash + 1, name.length)
    ? { kind: "CronJob", name: name.slice(0, dash), guessed: true }
    : { kind: "Job", name, guessed: false };
}

/**
 * The top owner of a pod that nobody has seen, by its name alone; `null` where the name says nothing. Asked for every fault of
 * such a pod, so it looks at the last two parts once, where patterns would go through the name four times.
 */
export function guessOwnerOfPod(podName: string): Owner | null {
  if (podName.length > NAME_LENGTH) return null;
  const dash = lastDash(podName, podName.length);
  if (dash < 1) return null;
  if (isRandom(podName, dash + 1, podName.length)) {
    const before = lastDash(podName, dash);
    if (before > 0 && isTemplateHash(podName, before + 1, dash)) return guess("Deployment", podName, before);
    if (before > 0 && isMinute(podName, before + 1, dash)) return guess("CronJob", podName, before);
    // A DaemonSet's pod, or a Job's, or one of a ReplicaSet that somebody made by hand.
    return guess("", podName, dash);
  }
  if (isMinute(podName, dash + 1, podName.length)) return guess("CronJob", podName, dash);
  return isOrdinal(podName, dash + 1, podName.length) ? guess("StatefulSet", podName, dash) : null;
}

function guess(kind: string, name: string, end: number): Owner {
  return { kind, name: name.slice(0, end), guessed: true };
}

const lastDash = (name: string, before: number) => before < 1 ? -1 : name.lastIndexOf("-", before - 1);

const isRandom = (name: string, from: number, end: number) =>
  end - from === RANDOM_LENGTH && isOf(SAFE, name, from, end);
/** A 32-bit number, written as 8 to 10 signs as a rule. */
const isTemplateHash = (name: string, from: number, end: number) =>
  end - from >= 8 && end - from <= 10 && isOf(SAFE, name, from, end);
const isMinute = (name: string, from: number, end: number) =>
  end - from === MINUTE_LENGTH && isOf(DIGITS, name, from, end);
const isOrdinal = (name: string, from: number, end: number) =>
  end > from && end - from <= ORDINAL_LENGTH && isOf(DIGITS, name, from, end);

function isOf(allowed: Uint8Array, text: string, from: number, end: number): boolean {
  for (let at = from; at < end; at++) if (allowed[text.charCodeAt(at)] !== 1) return false;
  return true;
}

function signs(allowed: string): Uint8Array {
  const table = new Uint8Array(128);
  for (let at = 0; at < allowed.length; at++) table[allowed.charCodeAt(at)] = 1;
  return table;
}

/** The top owner of an object that is no pod: of a workload, or of what a workload makes; `null` for anything else. */
export function ownerOfObject(kind: string, name: string): Owner | null {
  if (kind === "ReplicaSet") {
    const dash = lastDash(name, name.length);
    if (dash > 0 && isTemplateHash(name, dash + 1, name.length)) return guess("Deployment", name, dash);
  }
  if (kind === "Job") return ownerOfJob(name);
  return WORKLOADS.has(kind) ? { kind, name, guessed: false } : null;
}
