import type { MetricsData, NodeDetail, ResourceTotals } from "../wire/metrics_report.ts";
import { nanoToFraction, nanoToUnits, parseQuantity } from "./quantity.ts";

type NodeTotals = Omit<NonNullable<MetricsData["nodes"]>, "usage">;

/** Report keys, the resource that each adds up, and how its sum is written. */
const TOTALS: readonly {
  readonly key: keyof ResourceTotals;
  readonly resource: string;
  readonly write: (nano: bigint) => number;
}[] = [
  { key: "cpu_cores", resource: "cpu", write: nanoToFraction },
  { key: "memory_bytes", resource: "memory", write: nanoToUnits },
  { key: "pods", resource: "pods", write: nanoToUnits },
  { key: "ephemeral_storage", resource: "ephemeral-storage", write: nanoToUnits },
];

/** Counts and adds up nodes. A node that is not known to be ready is not ready, as for the scheduler. */
export function sumNodes(nodes: readonly NodeDetail[]): NodeTotals {
  const ready = nodes.filter((node) => node.ready).length;
  return {
    total: nodes.length,
    ready,
    not_ready: nodes.length - ready,
    schedulable: nodes.filter((node) => node.schedulable).length,
    capacity: sumResources(nodes.map((node) => node.capacity)),
    allocatable: sumResources(nodes.map((node) => node.allocatable)),
  };
}

/** Adds up quantities exactly; a resource that no list has is absent. */
function sumResources(lists: readonly Readonly<Record<string, string>>[]): ResourceTotals {
  const totals: ResourceTotals = {};
  for (const { key, resource, write } of TOTALS) {
    let sum: bigint | null = null;
    for (const list of lists) {
      const nano = parseQuantity(list[resource] ?? "");
      if (nano !== null) sum = (sum ?? 0n) + nano;
    }
    if (sum !== null) totals[key] = write(sum);
  }
  return totals;
}
