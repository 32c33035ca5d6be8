import { objectOf } from "../inventory/json_field.ts";
import { compact } from "../lifecycle/compact.ts";
import { clipText } from "./clip_text.ts";
import { conditionsOf, texts } from "./describe_pod.ts";
import type { Gather } from "./scene.ts";

/** The namespace that does not go: its conditions name what holds it. */
export const gatherNamespace: Gather = async (scene) => {
  const { object } = scene.request.sighting;
  if (object.kind !== "Namespace") return null;
  const namespace = await scene.api.get({ api: "/api/v1", resource: "namespaces", namespace: "", name: object.name });
  const status = objectOf(namespace.status);
  return compact({
    name: object.name,
    phase: clipText(status.phase, 32),
    deleting_since: clipText(objectOf(namespace.metadata).deletionTimestamp, 64),
    finalizers: texts(objectOf(namespace.spec).finalizers),
    conditions: conditionsOf(status.conditions),
  });
};
