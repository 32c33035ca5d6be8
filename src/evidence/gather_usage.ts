import { listOf, objectOf, textOf } from "../inventory/json_field.ts";
import { compact } from "../lifecycle/compact.ts";
import type { JsonObject } from "../redaction/redact_value.ts";
import { clipText } from "./clip_text.ts";
import { containersOf } from "./container_choice.ts";
import { amounts } from "./describe_container.ts";
import { Omission } from "./evidence_part.ts";
import type { Gather } from "./scene.ts";

const SHOWN = 16;

/** What each container uses now, against its limits. `null` where no metrics-server has seen the pod. */
export const gatherUsage: Gather = async (scene) => {
  const { namespace } = scene.request.sighting;
  const pod = await scene.pod();
  if (pod === null) return null;
  const limits = new Map(containersOf(pod).map(({ name, spec }) => [name, objectOf(spec.resources).limits]));
  try {
    const metrics = await scene.api.get({
      api: "/apis/metrics.k8s.io/v1beta1",
      resource: "pods",
      namespace,
      name: textOf(objectOf(pod.metadata).name),
    });
    const containers = listOf(metrics.containers).slice(0, SHOWN).map(objectOf).map((container): JsonObject => {
      const name = clipText(container.name, 253) ?? "";
      return compact({ name, usage: amounts(container.usage), limits: amounts(limits.get(name)) });
    });
    return compact({ at: clipText(metrics.timestamp, 64), window: clipText(metrics.window, 32), containers });
  } catch (error) {
    if (error instanceof Omission && error.reason === "gone") return null;
    throw error;
  }
};
