import type { FieldTree } from "../kube/parse_fields.ts";
import { countOf, type JsonObject, objectOf, textOf } from "../inventory/json_field.ts";
import { conditionOf, quoted, stampOf } from "./condition_of.ts";
import type { Finding } from "./object_rule.ts";

/** The fields of a HorizontalPodAutoscaler that the rules read. */
export const AUTOSCALER_FIELDS: FieldTree = {
  metadata: { name: true, namespace: true, uid: true, deletionTimestamp: true },
  spec: { minReplicas: true, maxReplicas: true, scaleTargetRef: { kind: true, name: true } },
  status: {
    currentReplicas: true,
    desiredReplicas: true,
    conditions: { type: true, status: true, reason: true, message: true, lastTransitionTime: true },
  },
};

const targetOf = (spec: JsonObject) => {
  const { kind, name } = objectOf(spec.scaleTargetRef);
  return `${textOf(kind)} ${textOf(name)}`;
};

/** `autoscaling.hpa.limited`. `replicas == max` alone may be what is wanted; `TooFewReplicas` is idleness. */
function hpaLimited(object: JsonObject): readonly Finding[] {
  const [spec, status] = [objectOf(object.spec), objectOf(object.status)];
  const limited = conditionOf(status, "ScalingLimited");
  if (limited?.status !== "True" || limited.reason !== "TooManyReplicas") return [];
  const [min, max] = [spec.minReplicas === undefined ? 1 : countOf(spec.minReplicas), countOf(spec.maxReplicas)];
  if (min === max) return [];
  return [{
    container: "",
    reason: limited.reason,
    message: `${targetOf(spec)} needs more replicas than the maximum of ${max}`,
    sinceMs: limited.sinceMs,
    occurrence: stampOf(limited.sinceMs),
  }];
}

/** `autoscaling.hpa.blind`. `ScalingDisabled` is a target that was scaled to 0 by hand. */
function hpaBlind(object: JsonObject): readonly Finding[] {
  const [spec, status] = [objectOf(object.spec), objectOf(object.status)];
  const active = conditionOf(status, "ScalingActive");
  if (active?.status !== "False" || active.reason === "ScalingDisabled") return [];
  return [{
    container: "",
    reason: active.reason || "ScalingInactive",
    message: `${targetOf(spec)} is not scaled${quoted(active.message)}`,
    sinceMs: active.sinceMs,
    occurrence: stampOf(active.sinceMs),
  }];
}

/** The predicates that rules about autoscalers name. */
export const AUTOSCALER_PREDICATES: Readonly<Record<string, (object: JsonObject) => readonly Finding[]>> = {
  hpaLimited,
  hpaBlind,
};
