import type { FieldTree } from "../kube/parse_fields.ts";
import { countOf, type JsonObject, listOf, objectOf, textOf } from "../inventory/json_field.ts";
import { timeOf } from "./condition_of.ts";

/** How a container ended. */
export interface Termination {
  readonly containerId: string;
  readonly reason: string;
  readonly exitCode: number | null;
  readonly signal: number | null;
  readonly startedMs: number | null;
  readonly finishedMs: number | null;
}

/** A container of a pod with its status; what the status does not say is absent. */
export interface ContainerView {
  readonly name: string;
  /** `sidecar`: an init container that always restarts. */
  readonly role: "app" | "init" | "sidecar";
  /** `limits.memory` as it is written, "" without. */
  readonly memoryLimit: string;
  readonly restarts: number;
  readonly ready: boolean;
  readonly waiting: { readonly reason: string; readonly message: string } | null;
  readonly running: { readonly startedMs: number | null } | null;
  readonly terminated: Termination | null;
  readonly lastTerminated: Termination | null;
}

/** What the rules read of a pod. */
export interface PodView {
  readonly object: JsonObject;
  readonly phase: string;
  readonly status: JsonObject;
  readonly node: string;
  readonly restartPolicy: string;
  readonly deletionMs: number | null;
  readonly finalizers: readonly string[];
  readonly controllerKind: string;
  readonly readinessGates: readonly string[];
  readonly containers: readonly ContainerView[];
  /** Containers that have a status at all. */
  readonly hasStatuses: boolean;
}

const TERMINATION: FieldTree = {
  containerID: true,
  reason: true,
  exitCode: true,
  signal: true,
  startedAt: true,
  finishedAt: true,
};
const STATUS: FieldTree = {
  name: true,
  ready: true,
  restartCount: true,
  state: { waiting: { reason: true, message: true }, running: { startedAt: true }, terminated: TERMINATION },
  lastState: { terminated: TERMINATION },
};
const CONTAINER: FieldTree = { name: true, restartPolicy: true, resources: { limits: { memory: true } } };

/** The fields that `viewPod` and `isUnremarkable` read. */
export const POD_RULE_FIELDS: FieldTree = {
  metadata: {
    name: true,
    namespace: true,
    uid: true,
    creationTimestamp: true,
    deletionTimestamp: true,
    finalizers: true,
    ownerReferences: { kind: true, name: true, controller: true },
  },
  spec: {
    nodeName: true,
    restartPolicy: true,
    readinessGates: { conditionType: true },
    initContainers: CONTAINER,
    containers: CONTAINER,
  },
  status: {
    phase: true,
    conditions: { type: true, status: true, reason: true, message: true, lastTransitionTime: true },
    initContainerStatuses: STATUS,
    containerStatuses: STATUS,
  },
};

/** What ended longer ago is history, once the container runs and is ready again. */
const HISTORY_MS = 30 * 60_000;

/**
 * Whether no rule can find anything new in this pod: it is not being deleted, and it has finished (what that means is for
 * its Job to say), or it runs, is ready, and no container has been restarted lately (`nowMs` is `null`: ever). It is what
 * nearly every change of a pod says, so nothing is made of it.
 */
export function isUnremarkable(pod: JsonObject, nowMs: number | null): boolean {
  if (objectOf(pod.metadata).deletionTimestamp !== undefined) return false;
  const status = objectOf(pod.status);
  if (status.phase === "Succeeded" || status.phase === "Failed") return true;
  if (status.phase !== "Running") return false;
  for (const item of listOf(status.conditions)) {
    const { type, status: is } = objectOf(item);
    if (type === "Ready" && is !== "True") return false;
  }
  return areSteady(status.containerStatuses, nowMs) && areSteady(status.initContainerStatuses, nowMs);
}

function areSteady(statuses: unknown, nowMs: number | null): boolean {
  for (const item of listOf(statuses)) {
    const status = objectOf(item);
    const state = objectOf(status.state);
    if (state.waiting !== undefined) return false;
    const { exitCode } = objectOf(state.terminated);
    if (exitCode !== undefined && exitCode !== 0) return false;
    if (status.restartCount !== 0 && !hasSettled(status, state, nowMs)) return false;
  }
  return true;
}

/** Whether a container that was restarted has been running and ready for long. */
function hasSettled(status: JsonObject, state: JsonObject, nowMs: number | null): boolean {
  if (nowMs === null || status.ready !== true) return false;
  const startedMs = timeOf(objectOf(state.running).startedAt);
  return startedMs !== null && nowMs - startedMs > HISTORY_MS;
}

/** Reads a pod for the rules. */
export function viewPod(object: JsonObject): PodView {
  const metadata = objectOf(object.metadata);
  const spec = objectOf(object.spec);
  const status = objectOf(object.status);
  const statuses = new Map<string, JsonObject>();
  for (const item of [...listOf(status.initContainerStatuses), ...listOf(status.containerStatuses)]) {
    const one = objectOf(item);
    statuses.set(textOf(one.name), one);
  }
  const controller = listOf(metadata.ownerReferences).map(objectOf).find(({ controller }) => controller === true);
  const containers = [
    ...listOf(spec.initContainers).map(objectOf).map((one) =>
      viewContainer(one, one.restartPolicy === "Always" ? "sidecar" : "init", statuses)
    ),
    ...listOf(spec.containers).map(objectOf).map((one) => viewContainer(one, "app", statuses)),
  ];
  return {
    object,
    phase: textOf(status.phase),
    status,
    node: textOf(spec.nodeName),
    restartPolicy: textOf(spec.restartPolicy) || "Always",
    deletionMs: timeOf(metadata.deletionTimestamp),
    finalizers: listOf(metadata.finalizers).map(textOf),
    controllerKind: textOf(controller?.kind),
    readinessGates: listOf(spec.readinessGates).map((gate) => textOf(objectOf(gate).conditionType)),
    containers,
    hasStatuses: statuses.size > 0,
  };
}

function viewContainer(
  spec: JsonObject,
  role: ContainerView["role"],
  statuses: ReadonlyMap<string, JsonObject>,
): ContainerView {
  const name = textOf(spec.name);
  const status = statuses.get(name) ?? {};
  const state = objectOf(status.state);
  const { waiting, running } = state;
  return {
    name,
    role,
    memoryLimit: textOf(objectOf(objectOf(spec.resources).limits).memory),
    restarts: countOf(status.restartCount),
    ready: status.ready === true,
    waiting: waiting === undefined || waiting === null
      ? null
      : { reason: textOf(objectOf(waiting).reason), message: textOf(objectOf(waiting).message) },
    running: running === undefined || running === null ? null : { startedMs: timeOf(objectOf(running).startedAt) },
    terminated: viewTermination(state.terminated),
    lastTerminated: viewTermination(objectOf(status.lastState).terminated),
  };
}

function viewTermination(value: unknown): Termination | null {
  if (value === undefined || value === null) return null;
  const { containerID, reason, exitCode, signal, startedAt, finishedAt } = objectOf(value);
  const numberOf = (number: unknown) => typeof number === "number" && Number.isSafeInteger(number) ? number : null;
  return {
    containerId: textOf(containerID),
    reason: textOf(reason),
    exitCode: numberOf(exitCode),
    signal: numberOf(signal),
    startedMs: timeOf(startedAt),
    finishedMs: timeOf(finishedAt),
  };
}
