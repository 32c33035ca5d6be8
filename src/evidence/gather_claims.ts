import { type JsonObject as RawObject, objectOf, textOf } from "../inventory/json_field.ts";
import { compact } from "../lifecycle/compact.ts";
import type { JsonObject } from "../redaction/redact_value.ts";
import { clipText } from "./clip_text.ts";
import { amounts } from "./describe_container.ts";
import { claimNames, conditionsOf, texts } from "./describe_pod.ts";
import { Omission } from "./evidence_part.ts";
import type { Gather, Scene } from "./scene.ts";

const READ_LIMIT = 2;
/** A pod that waits for a claim says so; others are not asked about theirs. */
const SPEAKS_OF_VOLUMES = /volume|claim|mount|attach|storage/i;

/** The PersistentVolumeClaim that the fault is about, or those that the pod mounts. */
export const gatherClaims: Gather = async (scene) => {
  const names = await namesOf(scene);
  if (names.length === 0) return null;
  const claims: JsonObject[] = [];
  for (const name of names.slice(0, READ_LIMIT)) claims.push(await describe(scene, name));
  return compact({ claims, not_read: names.length > READ_LIMIT ? names.slice(READ_LIMIT, 20) : undefined });
};

async function namesOf(scene: Scene): Promise<readonly string[]> {
  const { object, message } = scene.request.sighting;
  if (object.kind === "PersistentVolumeClaim") return [object.name];
  if (!SPEAKS_OF_VOLUMES.test(message.slice(0, 4_096))) return [];
  const pod = await scene.pod();
  return pod === null ? [] : claimNames(pod);
}

async function describe(scene: Scene, name: string): Promise<JsonObject> {
  const { namespace } = scene.request.sighting;
  try {
    return describeClaim(await scene.api.get({ api: "/api/v1", resource: "persistentvolumeclaims", namespace, name }));
  } catch (error) {
    // That it is not there is what there is to know.
    if (error instanceof Omission && error.reason === "gone") return { name, exists: false };
    throw error;
  }
}

function describeClaim(claim: RawObject): JsonObject {
  const [metadata, spec, status] = [objectOf(claim.metadata), objectOf(claim.spec), objectOf(claim.status)];
  const conditions = conditionsOf(status.conditions);
  const annotations = objectOf(metadata.annotations);
  return compact({
    name: clipText(metadata.name, 253),
    created_at: clipText(metadata.creationTimestamp, 64),
    deleting_since: clipText(metadata.deletionTimestamp, 64),
    finalizers: texts(metadata.finalizers),
    phase: clipText(status.phase, 32),
    storage_class: typeof spec.storageClassName === "string" ? spec.storageClassName.slice(0, 253) : undefined,
    provisioner: clipText(annotations["volume.kubernetes.io/storage-provisioner"], 253),
    selected_node: clipText(annotations["volume.kubernetes.io/selected-node"], 253),
    access_modes: texts(spec.accessModes),
    volume_mode: textOf(spec.volumeMode) === "Filesystem" ? undefined : clipText(spec.volumeMode, 32),
    volume: clipText(spec.volumeName, 253),
    requested: amounts(objectOf(spec.resources).requests),
    capacity: amounts(status.capacity),
    conditions: conditions.length === 0 ? undefined : conditions,
  });
}
