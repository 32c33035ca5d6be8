import { type JsonObject as RawObject, listOf, objectOf, textOf } from "../inventory/json_field.ts";
import { ownerOfController } from "../inventory/top_owner.ts";
import { ownsPods } from "./evidence_plan.ts";
import type { ReadTarget } from "./evidence_api.ts";
import type { OwnerChain, OwnerLink } from "./owner_chain.ts";
import type { Scene } from "./scene.ts";

const APPS = "/apis/apps/v1";
const BATCH = "/apis/batch/v1";
const PATHS: Readonly<Record<string, readonly [api: string, resource: string]>> = {
  Deployment: [APPS, "deployments"],
  ReplicaSet: [APPS, "replicasets"],
  StatefulSet: [APPS, "statefulsets"],
  DaemonSet: [APPS, "daemonsets"],
  Job: [BATCH, "jobs"],
  CronJob: [BATCH, "cronjobs"],
};

/** Where a workload is read; `null` for a kind that the agent does not read. */
export function workloadTarget(namespace: string, { kind, name }: OwnerLink): ReadTarget | null {
  const path = PATHS[kind];
  return path === undefined ? null : { api: path[0], resource: path[1], namespace, name };
}

const METADATA = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json";

/**
 * Follows the owners of the object that a fault is about. A ReplicaSet that is named after the hash in its pod's labels
 * belongs to the Deployment of the rest of its name: that needs no request. `null` for an object that nobody owns.
 */
export async function findOwners(scene: Scene): Promise<OwnerChain | null> {
  const { object, namespace } = scene.request.sighting;
  if (object.kind === "Pod") {
    const pod = await scene.pod();
    const controller = pod === null ? null : controllerOf(pod);
    if (pod === null || controller === null) return null;
    const labels = objectOf(objectOf(pod.metadata).labels);
    const top = ownerOfController({
      ...controller,
      templateHash: textOf(labels["pod-template-hash"]),
      rolloutHash: textOf(labels["rollouts-pod-template-hash"]),
    });
    const replicaSet = controller.kind === "ReplicaSet" ? controller.name : "";
    if (top.kind !== controller.kind && !top.guessed) return chainOf([controller, top], replicaSet);
    return await climb(scene, namespace, controller, replicaSet);
  }
  return ownsPods(object.kind)
    ? await climb(scene, namespace, object, object.kind === "ReplicaSet" ? object.name : "")
    : null;
}

/** Asks the one kind of owners that have owners themselves. */
async function climb(scene: Scene, namespace: string, start: OwnerLink, replicaSet: string): Promise<OwnerChain> {
  const first = { kind: start.kind, name: start.name };
  const target = start.kind === "ReplicaSet" || start.kind === "Job" ? workloadTarget(namespace, first) : null;
  if (target === null) return chainOf([first], replicaSet);
  const isSelf = start.kind === "Job" && scene.request.sighting.object.kind === "Job";
  const above = controllerOf(
    (isSelf ? await scene.owners.self() : null) ?? await scene.api.get({ ...target, accept: METADATA }),
  );
  return chainOf(above === null ? [first] : [first, above], replicaSet);
}

function chainOf(links: readonly OwnerLink[], replicaSet: string): OwnerChain {
  const shown = links.map(({ kind, name }) => ({ kind, name }));
  return { links: shown, top: shown.at(-1) ?? { kind: "", name: "" }, replicaSet };
}

function controllerOf(object: RawObject): OwnerLink | null {
  const references = listOf(objectOf(object.metadata).ownerReferences).map(objectOf);
  const reference = references.find(({ controller }) => controller === true) ?? references[0];
  return reference === undefined ? null : { kind: textOf(reference.kind), name: textOf(reference.name) };
}

/** Reads the top of a chain; `null` for a kind that is not read. */
export async function readWorkload(scene: Scene, chain: OwnerChain | null): Promise<RawObject | null> {
  if (chain === null) return null;
  const { object, namespace } = scene.request.sighting;
  const isSelf = chain.top.kind === object.kind && chain.top.name === object.name;
  const target = workloadTarget(namespace, chain.top);
  if (target === null) return null;
  return isSelf ? await scene.owners.self() : await scene.api.get(target);
}

/** Reads the faulty object itself; `null` for a kind that makes no pods or is not read. */
export async function readSelf(scene: Scene): Promise<RawObject | null> {
  const { object, namespace } = scene.request.sighting;
  const target = ownsPods(object.kind) ? workloadTarget(namespace, object) : null;
  return target === null ? null : await scene.api.get(target);
}
