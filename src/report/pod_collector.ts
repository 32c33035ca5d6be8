import type { KubeClient, KubeTraffic } from "../kube/kube_client.ts";
import type { Clock } from "../lifecycle/clock.ts";
import type { WatchedResource } from "../telemetry/label_values.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { Collector } from "./collector.ts";
import { createFeed, type Feed } from "./feed.ts";
import { collectionPaths } from "./collection_paths.ts";
import { POD_FIELDS } from "./pod_record.ts";
import { createPodCounter, type PodCounter, type PodCounts } from "./pod_counter.ts";
import {
  createUsageReader,
  METRICS_API,
  reportUsage,
  totalUsage,
  usageErrors,
  type UsageOutcome,
} from "./usage_reader.ts";

/** Pods of 5 to 15 kB: a page stays near two megabytes of text, and what is parsed of it below ten. */
const PAGE_LIMIT = 200;

/** Figures about pods, for every collector that reports them. */
export interface PodSource {
  run(signal: AbortSignal): Promise<void>;
  whenLive(signal: AbortSignal): Promise<PodCounts>;
  /** Usage by namespace. Never rejects. */
  usage(signal: AbortSignal): Promise<UsageOutcome>;
}

export interface PodSourceOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Empty: all, cluster-wide. */
  readonly namespaces: readonly string[];
  readonly onTraffic: (traffic: KubeTraffic) => void;
  readonly onListOnly?: ((resource: WatchedResource, listOnly: boolean) => void) | undefined;
}

/** Creates the source of pod figures: one watch, or one a namespace. */
export function createPodSource(options: PodSourceOptions): PodSource {
  const { client, clock, onTraffic, namespaces } = options;
  const reader = createUsageReader({ client, clock, resource: "pods", onTraffic });
  const feeds: readonly Feed<PodCounter>[] = collectionPaths("pods", namespaces).map((path) =>
    createFeed({
      client,
      clock,
      telemetry: options.telemetry,
      resource: "pods",
      path,
      fields: POD_FIELDS,
      pageLimit: PAGE_LIMIT,
      createStore: createPodCounter,
      onTraffic,
      onListOnly: (listOnly) => options.onListOnly?.("pods", listOnly),
    })
  );
  const whenLive = async (signal: AbortSignal): Promise<PodCounts> =>
    mergeCounts((await Promise.all(feeds.map((feed) => feed.whenLive(signal)))).map((counter) => counter.counts()));
  let reading: Promise<UsageOutcome> | null = null;

  const usagePaths = collectionPaths("pods", namespaces, METRICS_API);

  return {
    run: async (signal) => {
      await Promise.all(feeds.map((feed) => feed.run(signal)));
    },
    whenLive,
    // Two collectors report usage; they share one reading.
    usage: (signal) => reading ??= reader.read(usagePaths, signal).finally(() => reading = null),
  };
}

function mergeCounts(all: readonly PodCounts[]): PodCounts {
  const [first, ...rest] = all;
  if (first !== undefined && rest.length === 0) return first;
  const byPhase = new Map<string, number>();
  const byNamespace = new Map<string, number>();
  for (const counts of all) {
    for (const [phase, count] of counts.byPhase) byPhase.set(phase, (byPhase.get(phase) ?? 0) + count);
    for (const [namespace, count] of counts.byNamespace) byNamespace.set(namespace, count);
  }
  const sum = (pick: (counts: PodCounts) => number) => all.reduce((total, counts) => total + pick(counts), 0);
  return { total: sum(({ total }) => total), byPhase, byNamespace, restarts: sum(({ restarts }) => restarts) };
}

/** Collects the pods' totals. */
export function createPodCollector(pods: PodSource): Collector {
  return {
    name: "pods",
    run: (signal) => pods.run(signal),
    async collect(signal) {
      const [counts, used] = await Promise.all([pods.whenLive(signal), pods.usage(signal)]);
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
