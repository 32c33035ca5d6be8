/** Who something belongs to in the end: the Deployment of a pod, the CronJob of a Job. */
export interface Owner {
  /** "" where only the name is known. */
  readonly kind: string;
  readonly name: string;
  /** Concluded from a name, not read from an object. */
  readonly guessed: boolean;
}

/** How `rand.String` and `rand.SafeEncodeString` write: no vowels, nothing that looks like another sign. */
const SAFE = "[bcdfghjklmnpqrstvwxz2456789]";
/** `<Deployment>-<template hash>-<5 random>`; the hash is a 32-bit number, written as 8 to 10 signs as a rule. */
const OF_DEPLOYMENT = new RegExp(`^(.{1,240})-${SAFE}{8,10}-${SAFE}{5}$`);
const OF_CRON_JOB = new RegExp(`^(.{1,240})-\\d{8}(?:-${SAFE}{5})?$`);
/** A DaemonSet's pod, or a Job's, or one of a ReplicaSet that somebody made by hand. */
const OF_SOMETHING = new RegExp(`^(.{1,240})-${SAFE}{5}$`);
const OF_STATEFUL_SET = /^(.{1,240})-\d{1,5}$/;
const REPLICA_SET = new RegExp(`^(.{1,240})-${SAFE}{8,10}$`);
/** The CronJob controller names a Job after the minute of its schedule. */
const CRON_JOB_SUFFIX = /^(.{1,240})-\d{8}$/;

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
  const cronJob = CRON_JOB_SUFFIX.exec(name)?.[1];
  return cronJob === undefined
    ? { kind: "Job", name, guessed: false }
    : { kind: "CronJob", name: cronJob, guessed: true };
}

/** The top owner of a pod that nobody has seen, by its name alone; `null` where the name says nothing. */
export function guessOwnerOfPod(podName: string): Owner | null {
  const deployment = OF_DEPLOYMENT.exec(podName)?.[1];
  if (deployment !== undefined) return { kind: "Deployment", name: deployment, guessed: true };
  const cronJob = OF_CRON_JOB.exec(podName)?.[1];
  if (cronJob !== undefined) return { kind: "CronJob", name: cronJob, guessed: true };
  const something = OF_SOMETHING.exec(podName)?.[1];
  if (something !== undefined) return { kind: "", name: something, guessed: true };
  const statefulSet = OF_STATEFUL_SET.exec(podName)?.[1];
  return statefulSet === undefined ? null : { kind: "StatefulSet", name: statefulSet, guessed: true };
}

/** The top owner of an object that is no pod: of a workload, or of what a workload makes; `null` for anything else. */
export function ownerOfObject(kind: string, name: string): Owner | null {
  if (kind === "ReplicaSet") {
    const deployment = REPLICA_SET.exec(name)?.[1];
    if (deployment !== undefined) return { kind: "Deployment", name: deployment, guessed: true };
  }
  if (kind === "Job") return ownerOfJob(name);
  return WORKLOADS.has(kind) ? { kind, name, guessed: false } : null;
}
