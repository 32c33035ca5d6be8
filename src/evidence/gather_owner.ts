import { rfc3339 } from "../wire/rfc3339.ts";
import { countOf, type JsonObject as RawObject, objectOf, textOf } from "../inventory/json_field.ts";
import { compact } from "../lifecycle/compact.ts";
import type { JsonObject } from "../redaction/redact_value.ts";
import { clipText } from "./clip_text.ts";
import { conditionsOf } from "./describe_pod.ts";
import type { OwnerChain } from "./owner_chain.ts";
import type { Gather, Scene } from "./scene.ts";

/** Figures of `status` and `spec` of each kind, as they are called here. */
const FIGURES = [
  ["desired", "spec", "replicas"],
  ["desired", "status", "desiredNumberScheduled"],
  ["current", "status", "replicas"],
  ["current", "status", "currentNumberScheduled"],
  ["updated", "status", "updatedReplicas"],
  ["updated", "status", "updatedNumberScheduled"],
  ["ready", "status", "readyReplicas"],
  ["ready", "status", "numberReady"],
  ["available", "status", "availableReplicas"],
  ["available", "status", "numberAvailable"],
  ["unavailable", "status", "unavailableReplicas"],
  ["unavailable", "status", "numberUnavailable"],
  ["misscheduled", "status", "numberMisscheduled"],
  ["completions", "spec", "completions"],
  ["parallelism", "spec", "parallelism"],
  ["backoff_limit", "spec", "backoffLimit"],
  ["active", "status", "active"],
  ["succeeded", "status", "succeeded"],
  ["failed", "status", "failed"],
] as const;
const WORDS = [
  ["current_revision", "status", "currentRevision"],
  ["update_revision", "status", "updateRevision"],
  ["schedule", "spec", "schedule"],
  ["concurrency", "spec", "concurrencyPolicy"],
  ["last_scheduled_at", "status", "lastScheduleTime"],
  ["last_succeeded_at", "status", "lastSuccessfulTime"],
  ["started_at", "status", "startTime"],
  ["service_name", "spec", "serviceName"],
] as const;

/** The chain of owners and the state of the top one. */
export const gatherOwner: Gather = async (scene) => {
  const chain = await scene.owners.chain();
  if (chain === null) return null;
  const key = ownerKey(scene, chain);
  const known = scene.owners.known.recall("owner", key);
  if (known !== undefined) return known;
  const workload = await scene.owners.workload();
  const described: JsonObject = {
    ...chain.top,
    chain: chain.links.map(({ kind, name }) => `${kind}/${name}`),
    ...(workload === null ? {} : describeWorkload(workload)),
    read_at: rfc3339(scene.now()),
  };
  scene.owners.known.remember("owner", key, described);
  return described;
};

/** What an owner and its last change are remembered under. */
export function ownerKey(scene: Scene, { top, replicaSet }: OwnerChain): string {
  return [scene.request.sighting.namespace, top.kind, top.name, replicaSet].join("\n");
}

function describeWorkload(object: RawObject): JsonObject {
  const { metadata, spec, status } = {
    metadata: objectOf(object.metadata),
    spec: objectOf(object.spec),
    status: objectOf(object.status),
  };
  const sides = { spec, status };
  const figures = FIGURES.flatMap(([name, side, field]) =>
    typeof sides[side][field] === "number" ? [[name, countOf(sides[side][field])] as const] : []
  );
  const words = WORDS.flatMap(([name, side, field]) => {
    const text = clipText(sides[side][field], 253);
    return text === undefined ? [] : [[name, text] as const];
  });
  const strategy = objectOf(spec.strategy ?? spec.updateStrategy);
  const conditions = conditionsOf(status.conditions);
  return compact({
    created_at: clipText(metadata.creationTimestamp, 64),
    deleting_since: clipText(metadata.deletionTimestamp, 64),
    generation: countOf(metadata.generation),
    observed_generation: status.observedGeneration === undefined ? undefined : countOf(status.observedGeneration),
    revision: clipText(objectOf(metadata.annotations)["deployment.kubernetes.io/revision"], 32),
    ...Object.fromEntries(figures),
    ...Object.fromEntries(words),
    paused: spec.paused === true || spec.suspend === true ? true : undefined,
    strategy: clipText(strategy.type, 32),
    ...rollingFigures(objectOf(strategy.rollingUpdate)),
    conditions: conditions.length === 0 ? undefined : conditions,
  });
}

/** Whole numbers or percentages. */
function rollingFigures({ maxSurge, maxUnavailable, partition }: RawObject): JsonObject {
  const written = (value: unknown) =>
    typeof value === "number" ? value : textOf(value) === "" ? undefined : textOf(value).slice(0, 32);
  return compact({
    max_surge: written(maxSurge),
    max_unavailable: written(maxUnavailable),
    partition: written(partition),
  });
}
