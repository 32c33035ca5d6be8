import type { KubeClient, KubeTraffic } from "../kube/kube_client.ts";
import type { NodeSource } from "../inventory/node_source.ts";
import type { Clock } from "../lifecycle/clock.ts";
import type { NodeDetail } from "../wire/metrics_report.ts";
import type { Collector } from "./collector.ts";
import { sumNodes } from "./node_totals.ts";
import {
  createUsageReader,
  METRICS_API,
  reportUsage,
  totalUsage,
  usageErrors,
  type UsageOutcome,
  writeUsageQuantities,
} from "./usage_reader.ts";

interface NodeCollectorOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly nodes: NodeSource;
  readonly onTraffic: (traffic: KubeTraffic) => void;
}

/** Collects nodes: totals, and the details of each. */
export function createNodeCollector(options: NodeCollectorOptions): Collector {
  const usage = createUsageReader({ ...options, resource: "nodes" });
  return {
    name: "nodes",
    async collect(signal) {
      // Side by side: usage that is late leaves the rest of the time to nobody else.
      const [roster, used] = await Promise.all([
        options.nodes.settled(signal),
        usage.read([`${METRICS_API}/nodes`], signal),
      ]);
      const nodes = roster.records().map(({ detail }) => detail).sort(byName);
      return {
        data: {
          nodes: { ...sumNodes(nodes), ...totalOf(used) },
          node_details: Object.fromEntries(nodes.map((node) => [node.name, withUsage(node, used)])),
        },
        objects: nodes.length,
        errors: usageErrors("nodes.usage", used),
      };
    },
  };
}

const byName = (a: NodeDetail, b: NodeDetail): number => a.name < b.name ? -1 : a.name > b.name ? 1 : 0;

function totalOf(used: UsageOutcome) {
  if (used.kind !== "read" || used.reading.sums.size === 0) return {};
  return { usage: reportUsage(totalUsage(used.reading.sums.values()), used.reading.readAt) };
}

function withUsage(node: NodeDetail, used: UsageOutcome): NodeDetail {
  const sum = used.kind === "read" ? used.reading.sums.get(node.name) : undefined;
  return sum === undefined ? node : { ...node, usage: writeUsageQuantities(sum) };
}
