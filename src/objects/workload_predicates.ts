import type { FieldTree } from "../kube/parse_fields.ts";
import { countOf, type JsonObject, objectOf } from "../inventory/json_field.ts";
import { conditionOf, laterOf, quoted, stampOf, timeOf } from "./condition_of.ts";
import type { Finding } from "./object_rule.ts";

/** What the rules about workloads ask beside the object itself. */
export interface WorkloadSurroundings {
  /** Nodes that are not ready, cordoned or leaving: pods may rightly be missing there. */
  readonly nodesOut: () => number;
}

const CONDITIONS: FieldTree = { type: true, status: true, reason: true, message: true, lastTransitionTime: true };

/** The fields of a workload that the rules read. */
export const WORKLOAD_FIELDS: FieldTree = {
  metadata: {
    name: true,
    namespace: true,
    uid: true,
    generation: true,
    creationTimestamp: true,
    deletionTimestamp: true,
  },
  spec: {
    replicas: true,
    paused: true,
    progressDeadlineSeconds: true,
    template: { metadata: { labels: true } },
  },
  status: {
    conditions: CONDITIONS,
    observedGeneration: true,
    replicas: true,
    readyReplicas: true,
    updatedReplicas: true,
    currentReplicas: true,
    availableReplicas: true,
    desiredNumberScheduled: true,
    numberAvailable: true,
    numberReady: true,
    updatedNumberScheduled: true,
  },
};

/** `spec.progressDeadlineSeconds` where a Deployment does not say (pkg/apis/apps/v1/defaults.go). */
const PROGRESS_DEADLINE_SECONDS = 600;
/** Pods that can't be made at all (quota, admission) never come by waiting. */
const REPLICA_FAILURE_FOR_MS = 120_000;

const partsOf = (object: JsonObject) => ({
  metadata: objectOf(object.metadata),
  spec: objectOf(object.spec),
  status: objectOf(object.status),
});
const wantedBy = (spec: JsonObject) => spec.replicas === undefined ? 1 : countOf(spec.replicas);

/** `deployment.rollout.stuck`. `progress.go` of the Deployment controller records no Event. */
function rolloutStuck(object: JsonObject): readonly Finding[] {
  const { spec, status } = partsOf(object);
  const failure = conditionOf(status, "ReplicaFailure");
  if (failure?.status === "True") {
    return [{
      container: "",
      reason: failure.reason || "ReplicaFailure",
      message: `Pods of the rollout can't be made${quoted(failure.message)}`,
      sinceMs: failure.sinceMs,
      occurrence: stampOf(failure.sinceMs),
      forMs: REPLICA_FAILURE_FOR_MS,
    }];
  }
  const progressing = conditionOf(status, "Progressing");
  if (progressing?.status !== "False") return [];
  // The controller says so after the deadline: the last progress was so long before.
  const deadlineMs = deadlineOf(spec);
  const counts = `${countOf(status.updatedReplicas)} of ${wantedBy(spec)} replicas are of the new template, ` +
    `${countOf(status.availableReplicas)} are available`;
  return [{
    container: "",
    reason: progressing.reason || "NotProgressing",
    message: `The rollout makes no progress: ${counts}`,
    sinceMs: progressing.sinceMs === null ? null : progressing.sinceMs - deadlineMs,
    occurrence: stampOf(progressing.sinceMs),
  }];
}

/** `deployment.available.none`. */
function noneAvailable(object: JsonObject): readonly Finding[] {
  const { metadata, spec, status } = partsOf(object);
  if (wantedBy(spec) === 0 || countOf(status.availableReplicas) > 0) return [];
  if (status.observedGeneration === undefined) return []; // its controller has not looked at it yet
  const available = conditionOf(status, "Available");
  const createdMs = timeOf(metadata.creationTimestamp);
  const sinceMs = laterOf(available?.status === "False" ? available.sinceMs : null, createdMs);
  return [{
    container: "",
    reason: "NoneAvailable",
    message: `None of ${wantedBy(spec)} replicas is available`,
    sinceMs,
    occurrence: stampOf(sinceMs),
    ...(createdMs === null ? {} : { notBeforeMs: createdMs + deadlineOf(spec) }),
  }];
}

function deadlineOf({ progressDeadlineSeconds: seconds }: JsonObject): number {
  return (seconds === undefined ? PROGRESS_DEADLINE_SECONDS : countOf(seconds)) * 1000;
}

/** `deployment.stateful_set.stuck`. */
function statefulSetStuck(object: JsonObject): readonly Finding[] {
  const { metadata, spec, status } = partsOf(object);
  const [wanted, ready] = [wantedBy(spec), countOf(status.readyReplicas)];
  if (ready >= wanted || status.observedGeneration === undefined) return [];
  const progress = [
    metadata.generation,
    status.replicas,
    ready,
    status.updatedReplicas,
    status.currentReplicas,
  ].map(countOf).join("/");
  return [{
    container: "",
    reason: "StatefulSetStuck",
    message: `${ready} of ${wanted} replicas are ready, and nothing moves`,
    sinceMs: null,
    occurrence: progress,
    progress,
  }];
}

/** `deployment.daemon_set.short`. */
function daemonSetShort(object: JsonObject, { nodesOut }: WorkloadSurroundings): readonly Finding[] {
  const { metadata, status } = partsOf(object);
  const wanted = countOf(status.desiredNumberScheduled);
  const available = countOf(status.numberAvailable);
  if (available >= wanted || countOf(status.observedGeneration) < countOf(metadata.generation)) return [];
  const explained = Math.min(nodesOut(), wanted - available);
  if (available + explained >= wanted) return [];
  const progress = [
    metadata.generation,
    wanted,
    available,
    status.numberReady,
    status.updatedNumberScheduled,
  ].map(countOf).join("/");
  return [{
    container: "",
    reason: "DaemonSetShort",
    message: `${available} of ${wanted} nodes have an available pod` +
      (explained === 0 ? "" : `; ${explained} more are explained by nodes that are out`),
    sinceMs: null,
    occurrence: progress,
    progress,
  }];
}

/** The predicates that rules about workloads name. */
export const WORKLOAD_PREDICATES: Readonly<
  Record<string, (object: JsonObject, around: WorkloadSurroundings) => readonly Finding[]>
> = { rolloutStuck, noneAvailable, statefulSetStuck, daemonSetShort };

/** The excuses that rules about workloads, and about what is judged as they are, name. */
export const WORKLOAD_EXCUSES: Readonly<Record<string, (object: JsonObject) => boolean>> = {
  deleted: ({ metadata }) => objectOf(metadata).deletionTimestamp !== undefined,
  paused: ({ spec }) => objectOf(spec).paused === true,
  scaled_to_zero: ({ spec }) => wantedBy(objectOf(spec)) === 0,
};
