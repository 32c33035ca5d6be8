import type { FieldTree } from "../kube/parse_fields.ts";
import { countOf, isJsonObject, type JsonObject, listOf, objectOf, textOf } from "./json_field.ts";

/** All that the counts need of a pod. */
export interface PodRecord {
  readonly namespace: string;
  readonly name: string;
  /** `status.phase`; `Unknown` when the pod has none, which kubectl shows too. */
  readonly phase: string;
  readonly restarts: number;
}

/** The fields that `readPod` reads. */
export const POD_FIELDS: FieldTree = {
  metadata: { name: true, namespace: true },
  spec: { initContainers: { name: true, restartPolicy: true } },
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
  return {
    namespace: textOf(metadata.namespace),
    name,
    phase: textOf(status.phase) || "Unknown",
    restarts: countRestarts(objectOf(object.spec), status),
  };
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
  if (blocking !== -1 && !isInitialized(status)) return sumRestarts(initStatuses.slice(0, blocking + 1));
  return sumRestarts(initStatuses.filter(({ name }) => sidecars.has(name))) +
    sumRestarts(listOf(status.containerStatuses).map(objectOf));
}

function hasFinished(container: JsonObject, isSidecar: boolean): boolean {
  const terminated = objectOf(container.state).terminated;
  if (isJsonObject(terminated) && (terminated.exitCode ?? 0) === 0) return true;
  return isSidecar && container.started === true;
}

function isInitialized(status: JsonObject): boolean {
  return listOf(status.conditions).map(objectOf).some(({ type, status }) =>
    type === "Initialized" && status === "True"
  );
}

function sumRestarts(containers: readonly JsonObject[]): number {
  return containers.reduce((sum, { restartCount }) => sum + countOf(restartCount), 0);
}
