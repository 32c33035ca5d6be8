import type { KubeClient, KubeTraffic } from "../kube/kube_client.ts";
import type { Clock } from "../lifecycle/clock.ts";
import type { WatchedResource } from "../telemetry/label_values.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { CollectorName } from "../wire/metrics_report.ts";
import { createAllowlist } from "./allowlist.ts";
import { createClusterCollector } from "./cluster_collector.ts";
import type { Collector } from "./collector.ts";
import { createNamespaceCollector } from "./namespace_collector.ts";
import { createNodeCollector } from "./node_collector.ts";
import { createPodCollector, createPodSource } from "./pod_collector.ts";

export interface CollectorsOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly collectors: readonly CollectorName[];
  /** Only these namespaces, with Role rights alone; nodes are then left out, not failed. Empty: the whole cluster. */
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
  const { client, clock, telemetry, namespaces } = options;
  const wanted = new Set(options.collectors);
  const allow = { labels: createAllowlist(options.labels), annotations: createAllowlist(options.annotations) };
  const account = (collector: CollectorName) => (traffic: KubeTraffic) => {
    telemetry.collectorApiBytes.inc({ collector }, traffic.receivedBytes);
    telemetry.collectorApiRequests.inc({ collector }, traffic.requests);
  };
  const shared = { client, clock, telemetry, allow, namespaces, onListOnly: options.onListOnly };
  const pods = createPodSource({ ...shared, onTraffic: account("pods") });
  const collectors: Collector[] = [];
  if (wanted.has("cluster")) collectors.push(createClusterCollector({ client, onTraffic: account("cluster") }));
  if (wanted.has("nodes") && namespaces.length === 0) {
    collectors.push(createNodeCollector({ ...shared, onTraffic: account("nodes") }));
  }
  if (wanted.has("pods")) collectors.push(createPodCollector(pods));
  if (wanted.has("namespaces")) {
    collectors.push(createNamespaceCollector({
      ...shared,
      countSecrets: options.countSecrets,
      pods,
      ownsPods: !wanted.has("pods"),
      onTraffic: account("namespaces"),
    }));
  }
  return collectors;
}
