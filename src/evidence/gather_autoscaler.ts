import { type JsonObject as RawObject, listOf, objectOf, textOf } from "../inventory/json_field.ts";
import { compact } from "../lifecycle/compact.ts";
import { clipText, plainText } from "./clip_text.ts";
import { conditionsOf } from "./describe_pod.ts";
import type { Gather } from "./scene.ts";

const METRICS = 8;

/** The HorizontalPodAutoscaler: its limits, its conditions, and each metric's target and present value. */
export const gatherAutoscaler: Gather = async (scene) => {
  const { namespace, object } = scene.request.sighting;
  if (object.kind !== "HorizontalPodAutoscaler") return null;
  const scaler = await scene.api.get({
    api: "/apis/autoscaling/v2",
    resource: "horizontalpodautoscalers",
    namespace,
    name: object.name,
  });
  const [spec, status] = [objectOf(scaler.spec), objectOf(scaler.status)];
  const target = objectOf(spec.scaleTargetRef);
  return compact({
    name: object.name,
    target: `${textOf(target.kind)}/${textOf(target.name)}`.slice(0, 400),
    min: typeof spec.minReplicas === "number" ? spec.minReplicas : 1,
    max: typeof spec.maxReplicas === "number" ? spec.maxReplicas : undefined,
    current: typeof status.currentReplicas === "number" ? status.currentReplicas : undefined,
    desired: typeof status.desiredReplicas === "number" ? status.desiredReplicas : undefined,
    last_scaled_at: clipText(status.lastScaleTime, 64),
    metrics: listOf(spec.metrics).slice(0, METRICS).map(objectOf).map(describeMetric),
    current_metrics: listOf(status.currentMetrics).slice(0, METRICS).map(objectOf).map(describeMetric),
    conditions: conditionsOf(status.conditions),
  });
};

/** `resource cpu: averageUtilization 50`. */
function describeMetric(metric: RawObject): string {
  const type = textOf(metric.type);
  const source = objectOf(metric[type.slice(0, 1).toLowerCase() + type.slice(1)]);
  const name = textOf(source.name) || textOf(objectOf(source.metric).name);
  const value = Object.entries(objectOf(source.target ?? source.current))
    .filter(([key]) => key !== "type").map(([key, amount]) => `${key} ${plainText(amount)}`).join(", ");
  return `${type} ${name}: ${value}`.slice(0, 400);
}
