import type { FieldTree } from "../kube/parse_fields.ts";
import { countOf, isJsonObject, type JsonObject, listOf, objectOf, textOf } from "./json_field.ts";
import type { Controller } from "./top_owner.ts";

/** All that the roster needs of a pod. */
export interface PodRecord {
  readonly namespace: string;
  readonly name: string;
  /** `status.phase`; `Unknown` when the pod has none, which kubectl shows too. */
  readonly phase: string;
  readonly restarts: number;
  /** The condition `Ready`. */
  readonly ready: boolean;
  /** "" before it is scheduled. */
  readonly node: string;
  /** Who controls it; `null` for a pod that somebody made by hand. */
  readonly controller: Controller | null;
  /** The label `controller-revision-hash` of StatefulSets and DaemonSets, "" without. */
  readonly revision: string;
  /** RFC 3339, as the API server writes it. */
  readonly created: string;
}

/** The fields that `readPod` reads. */
export const POD_FIELDS: FieldTree = {
  metadata: {
    name: true,
    namespace: true,
    creationTimestamp: true,
    labels: { "pod-template-hash": true, "rollouts-pod-template-hash": true, "controller-revision-hash": true },
    ownerReferences: { kind: true, name: true, controller: true },
  },
  spec: { nodeName: true, initContainers: { name: true, restartPolicy: true } },
  status: {
    phase: true,
    conditions: { type: true, status: true },
    initContainerStatuses: { name: true, restartCount: true, started: true, state: { terminated: { exitCode: true } } },
    containerStatuses: { restartCount: true },
  },
};

/** Reads the few fields of a pod, or returns `null` when it has no name: then it is no pod. */
export function readPod(object: unknown): PodRecord | null {
  if (!isJsonObject(object)) return null;
  const metadata = objectOf(object.metadata);
  const name = textOf(metadata.name);
  if (name === "") return null;
  const status = objectOf(object.status);
  const spec = objectOf(object.spec);
  const labels = objectOf(metadata.labels);
  return {
    namespace: textOf(metadata.namespace),
    name,
    phase: textOf(status.phase) || "Unknown",
    restarts: countRestarts(spec, status),
    ready: hasCondition(status, "Ready"),
    node: textOf(spec.nodeName),
    controller: readController(metadata.ownerReferences, labels),
    revision: textOf(labels["controller-revision-hash"]),
    created: textOf(metadata.creationTimestamp),
  };
}

function readController(references: unknown, labels: JsonObject): Controller | null {
  for (const reference of listOf(references)) {
    const { kind, name, controller } = objectOf(reference);
    if (controller !== true || textOf(name) === "") continue;
    return {
      kind: textOf(kind),
      name: textOf(name),
      templateHash: textOf(labels["pod-template-hash"]),
      rolloutHash: textOf(labels["rollouts-pod-template-hash"]),
    };
  }
  return null;
}

/**
 * Restarts as the RESTARTS column of `kubectl get pods` counts them (printPod in pkg/printers/internalversion): while the
 * pod initialises, those of its init containers; from then on, those of its containers and of its sidecars (init
 * containers that always restart).
 */
function countRestarts(spec: JsonObject, status: JsonObject): number {
  const initStatuses = listOf(status.initContainerStatuses).map(objectOf);
  if (initStatuses.length === 0) return sumRestarts(listOf(status.containerStatuses).map(objectOf));
  const sidecars = new Set(
    listOf(spec.initContainers).map(objectOf).filter(({ restartPolicy }) => restartPolicy === "Always")
      .map(({ name }) => name),
  );
  const blocking = initStatuses.findIndex((container) => !hasFinished(container, sidecars.has(container.name)));
  if (blocking !== -1 && !hasCondition(status, "Initialized")) return sumRestarts(initStatuses.slice(0, blocking + 1));
  return sumRestarts(initStatuses.filter(({ name }) => sidecars.has(name))) +
    sumRestarts(listOf(status.containerStatuses).map(objectOf));
}

function hasFinished(container: JsonObject, isSidecar: boolean): boolean {
  const terminated = objectOf(container.state).terminated;
  if (isJsonObject(terminated) && (terminated.exitCode ?? 0) === 0) return true;
  return isSidecar && container.started === true;
}

function hasCondition(status: JsonObject, wanted: string): boolean {
  for (const condition of listOf(status.conditions)) {
    const { type, status } = objectOf(condition);
    if (type === wanted) return status === "True";
  }
  return false;
}

function sumRestarts(containers: readonly JsonObject[]): number {
  return containers.reduce((sum, { restartCount }) => sum + countOf(restartCount), 0);
}
