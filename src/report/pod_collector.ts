import type { PodSource } from "../inventory/pod_source.ts";
import type { Collector } from "./collector.ts";
import { reportUsage, totalUsage, usageErrors, type UsageOutcome } from "./usage_reader.ts";

/** Usage by namespace, for every collector that reports it. Never rejects. */
export type PodUsage = (signal: AbortSignal) => Promise<UsageOutcome>;

/** Collects the pods' totals. */
export function createPodCollector(pods: PodSource, usage: PodUsage): Collector {
  return {
    name: "pods",
    async collect(signal) {
      const [counts, used] = await Promise.all([pods.whenLive(signal), usage(signal)]);
      return {
        data: {
          pods: {
            total: counts.total,
            by_phase: Object.fromEntries([...counts.byPhase].sort()),
            by_namespace: Object.fromEntries([...counts.byNamespace].sort()),
            total_restarts: counts.restarts,
            ...(used.kind === "read" && used.reading.sums.size > 0
              ? { usage: reportUsage(totalUsage(used.reading.sums.values()), used.reading.readAt) }
              : {}),
          },
        },
        objects: counts.total,
        errors: usageErrors("pods.usage", used),
      };
    },
  };
}
