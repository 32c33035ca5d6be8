import type { KubeClient, KubeTraffic } from "../kube/kube_client.ts";
import type { Clock } from "../lifecycle/clock.ts";
import { createAllowlist } from "../inventory/allowlist.ts";
import { collectionPaths } from "../inventory/collection_paths.ts";
import type { FeedName } from "../inventory/inventory.ts";
import type { NodeSource } from "../inventory/node_source.ts";
import type { PodSource } from "../inventory/pod_source.ts";
import type { ServiceSource } from "../inventory/service_source.ts";
import type { WatchedResource } from "../telemetry/label_values.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { CollectorName } from "../wire/metrics_report.ts";
import { createClusterCollector } from "./cluster_collector.ts";
import type { Collector } from "./collector.ts";
import { createNamespaceCollector } from "./namespace_collector.ts";
import { createNodeCollector } from "./node_collector.ts";
import { createPodCollector, type PodUsage } from "./pod_collector.ts";
import { createUsageReader, METRICS_API, type UsageOutcome } from "./usage_reader.ts";

export interface CollectorsOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly collectors: readonly CollectorName[];
  /** Where pods or namespaces are collected. */
  readonly pods: PodSource | null;
  /** Where namespaces are collected. */
  readonly services: ServiceSource | null;
  /** `null` where only namespaces are read: nodes are then left out, not failed. */
  readonly nodes: NodeSource | null;
  /** Only these namespaces, with Role rights alone. Empty: the whole cluster. */
  readonly namespaces: readonly string[];
  /** Patterns of label and annotation keys that may leave the cluster. */
  readonly labels: readonly string[];
  readonly annotations: readonly string[];
  readonly countSecrets: boolean;
  /** Told which resource is listed for each report, because watching it is not allowed. */
  readonly onListOnly?: ((resource: WatchedResource, listOnly: boolean) => void) | undefined;
}

/** Creates the collectors that are asked for, each with an account of what it costs the API server. */
export function createCollectors(options: CollectorsOptions): readonly Collector[] {
  const { client, clock, telemetry, namespaces, pods, nodes, services } = options;
  const wanted = new Set(options.collectors);
  const allow = { labels: createAllowlist(options.labels), annotations: createAllowlist(options.annotations) };
  const account = (collector: CollectorName) => accountTraffic(telemetry, collector);
  const podUsage = createPodUsage(options, account("pods"));
  const collectors: Collector[] = [];
  if (wanted.has("cluster")) collectors.push(createClusterCollector({ client, onTraffic: account("cluster") }));
  if (wanted.has("nodes") && nodes !== null) {
    collectors.push(createNodeCollector({ client, clock, nodes, onTraffic: account("nodes") }));
  }
  if (wanted.has("pods") && pods !== null) collectors.push(createPodCollector(pods, podUsage));
  if (wanted.has("namespaces") && pods !== null && services !== null) {
    collectors.push(createNamespaceCollector({
      client,
      clock,
      telemetry,
      allow,
      namespaces,
      onListOnly: options.onListOnly,
      countSecrets: options.countSecrets,
      pods,
      services,
      podUsage,
      onTraffic: account("namespaces"),
    }));
  }
  return collectors;
}

/** Which part of the report pays for a feed of the inventory. */
export function collectorOf(feed: FeedName): CollectorName {
  return feed === "services" ? "namespaces" : feed;
}

/** Counts what a collector costs the API server. */
export function accountTraffic(telemetry: Telemetry, collector: CollectorName): (traffic: KubeTraffic) => void {
  return (traffic) => {
    telemetry.collectorApiBytes.inc({ collector }, traffic.receivedBytes);
    telemetry.collectorApiRequests.inc({ collector }, traffic.requests);
  };
}

/** Two collectors report usage; they share one reading. */
function createPodUsage(options: CollectorsOptions, onTraffic: (traffic: KubeTraffic) => void): PodUsage {
  const { client, clock, namespaces } = options;
  const reader = createUsageReader({ client, clock, resource: "pods", onTraffic });
  const paths = collectionPaths("pods", namespaces, METRICS_API);
  let reading: Promise<UsageOutcome> | null = null;
  return (signal) => reading ??= reader.read(paths, signal).finally(() => reading = null);
}
