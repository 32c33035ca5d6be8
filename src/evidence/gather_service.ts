import { countOf, type JsonObject as RawObject, listOf, objectOf, textOf, textsOf } from "../inventory/json_field.ts";
import { compact } from "../lifecycle/compact.ts";
import type { JsonObject } from "../redaction/redact_value.ts";
import { clipText, plainText } from "./clip_text.ts";
import { allowed } from "./describe_pod.ts";
import { Omission } from "./evidence_part.ts";
import { workloadTarget } from "./owner_reference.ts";
import type { Gather, Scene } from "./scene.ts";

const LIST_LIMIT = 32;

/** The Service: what it selects, since when and by whose hand, beside the labels of the workload that it means. */
export const gatherService: Gather = async (scene) => {
  const { namespace, object } = scene.request.sighting;
  if (object.kind !== "Service") return null;
  const service = await scene.api.get({ api: "/api/v1", resource: "services", namespace, name: object.name });
  const [metadata, spec] = [objectOf(service.metadata), objectOf(service.spec)];
  const selector = textsOf(spec.selector);
  return compact({
    name: clipText(metadata.name, 253),
    created_at: clipText(metadata.creationTimestamp, 64),
    type: clipText(spec.type, 32),
    headless: spec.clusterIP === "None" ? true : undefined,
    ports: listOf(spec.ports).slice(0, LIST_LIMIT).map(objectOf).map(describePort),
    selector: textsIn(selector),
    selector_set: lastWrite(metadata.managedFields),
    nearest: await describeNearest(scene, selector),
  });
};

/** `80/TCP -> http`. */
function describePort({ port, protocol, targetPort }: RawObject): string {
  return `${plainText(port)}/${plainText(protocol) || "TCP"} -> ${plainText(targetPort)}`.slice(0, 128);
}

function textsIn(texts: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(
    Object.entries(texts).slice(0, LIST_LIMIT).map(([key, value]) => [key, clipText(value, 253) ?? ""]),
  );
}

/** Who wrote the selector last, as the API server keeps it for each field. */
function lastWrite(managedFields: unknown): JsonObject | undefined {
  const writes = listOf(managedFields).map(objectOf)
    .filter(({ fieldsV1 }) => objectOf(objectOf(fieldsV1)["f:spec"])["f:selector"] !== undefined)
    .toSorted((a, b) => textOf(a.time) < textOf(b.time) ? 1 : -1);
  const [last] = writes;
  return last === undefined
    ? undefined
    : compact({ by: clipText(last.manager, 128), at: clipText(last.time, 64), how: clipText(last.operation, 32) });
}

async function describeNearest(
  scene: Scene,
  selector: Readonly<Record<string, string>>,
): Promise<JsonObject | undefined> {
  const { namespace, related } = scene.request.sighting;
  const target = related === undefined ? null : workloadTarget(namespace, related);
  if (related === undefined || target === null) return undefined;
  try {
    const { spec, status } = await scene.api.get(target);
    const labels = textsOf(objectOf(objectOf(objectOf(spec).template).metadata).labels);
    const named = Object.fromEntries(Object.entries(labels).filter(([key]) => Object.hasOwn(selector, key)));
    const { readyReplicas, numberReady } = objectOf(status);
    return compact({
      object: `${related.kind}/${related.name}`.slice(0, 400),
      // Of its pods: what the selector names, and what may leave the cluster anyway.
      labels: { ...allowed(labels, scene.allow.labels), ...textsIn(named) },
      differs: Object.keys(selector).filter((key) => labels[key] !== selector[key]).slice(0, LIST_LIMIT),
      ready: countOf(readyReplicas ?? numberReady),
    });
  } catch (error) {
    if (error instanceof Omission) return undefined; // the Service itself says enough
    throw error;
  }
}
