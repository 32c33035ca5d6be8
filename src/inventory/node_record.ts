import type { FieldTree } from "../kube/parse_fields.ts";
import type { NodeDetail } from "../wire/metrics_report.ts";
import { type Allowlists, pickAllowed } from "./allowlist.ts";
import { isJsonObject, listOf, objectOf, textOf, textsOf } from "./json_field.ts";

const NODE_INFO_KEYS = {
  architecture: "architecture",
  os_image: "osImage",
  kernel_version: "kernelVersion",
  kubelet_version: "kubeletVersion",
  runtime_version: "containerRuntimeVersion",
  operating_system: "operatingSystem",
} as const satisfies Record<keyof NodeDetail["node_info"], string>;

/** The fields that `readNode` reads: without the images, which are most of a node. */
export const NODE_FIELDS: FieldTree = {
  metadata: { name: true, labels: true, annotations: true },
  spec: { unschedulable: true, taints: { key: true, effect: true } },
  status: {
    conditions: {
      type: true,
      status: true,
      reason: true,
      message: true,
      lastHeartbeatTime: true,
      lastTransitionTime: true,
    },
    nodeInfo: true,
    capacity: true,
    allocatable: true,
  },
};

/** A node as a report says it, and when it last said something itself (milliseconds, `null` when it does not tell). */
export interface NodeRecord {
  readonly detail: NodeDetail;
  readonly heartbeatAt: number | null;
  /** When the condition `Ready` last changed; `null` when it does not tell. */
  readonly readyChangedAt: number | null;
  /** `key:effect` each. */
  readonly taints: readonly string[];
  /** The pool that a cloud made it in, by the label that it sets; `null` where none is known. */
  readonly pool: string | null;
}

/** How clouds and autoscalers label the pool of a node. */
const POOL_LABELS = [
  "cloud.google.com/gke-nodepool",
  "eks.amazonaws.com/nodegroup",
  "kubernetes.azure.com/agentpool",
  "karpenter.sh/nodepool",
  "doks.digitalocean.com/node-pool",
];

/**
 * Reads a Node object, or returns `null` when it has no name. What the node does not say (a virtual kubelet without
 * capacity, a node that never reported a condition) is left out.
 */
export function readNode(object: unknown, allow: Allowlists): NodeRecord | null {
  if (!isJsonObject(object)) return null;
  const metadata = objectOf(object.metadata);
  const name = textOf(metadata.name);
  if (name === "") return null;
  const status = objectOf(object.status);
  const { conditions, heartbeatAt, readyChangedAt } = readConditions(status.conditions);
  const labels = textsOf(metadata.labels);
  const poolLabel = POOL_LABELS.find((label) => labels[label] !== undefined);
  return {
    detail: {
      name,
      ready: conditions.Ready?.status === "True",
      schedulable: objectOf(object.spec).unschedulable !== true,
      labels: pickAllowed(labels, allow.labels),
      annotations: pickAllowed(textsOf(metadata.annotations), allow.annotations),
      conditions,
      node_info: readNodeInfo(status.nodeInfo),
      capacity: textsOf(status.capacity),
      allocatable: textsOf(status.allocatable),
    },
    heartbeatAt,
    readyChangedAt,
    taints: listOf(objectOf(object.spec).taints).map(objectOf).map(({ key, effect }) =>
      `${textOf(key)}:${textOf(effect)}`
    ),
    pool: poolLabel === undefined ? null : labels[poolLabel] ?? null,
  };
}

interface Conditions {
  readonly conditions: NodeDetail["conditions"];
  readonly heartbeatAt: number | null;
  readonly readyChangedAt: number | null;
}

function readConditions(value: unknown): Conditions {
  const conditions: [string, NodeDetail["conditions"][string]][] = [];
  let heartbeatAt: number | null = null;
  let readyChangedAt: number | null = null;
  for (const condition of listOf(value).map(objectOf)) {
    const type = textOf(condition.type);
    if (type === "") continue;
    conditions.push([type, {
      status: textOf(condition.status) || "Unknown",
      reason: textOf(condition.reason),
      message: textOf(condition.message),
    }]);
    const at = Date.parse(textOf(condition.lastHeartbeatTime));
    if (!Number.isNaN(at)) heartbeatAt = Math.max(heartbeatAt ?? at, at);
    const changedAt = type === "Ready" ? Date.parse(textOf(condition.lastTransitionTime)) : NaN;
    if (!Number.isNaN(changedAt)) readyChangedAt = changedAt;
  }
  return { conditions: Object.fromEntries(conditions), heartbeatAt, readyChangedAt };
}

function readNodeInfo(value: unknown): NodeDetail["node_info"] {
  const info = objectOf(value);
  const known = Object.entries(NODE_INFO_KEYS).map(([key, source]) => [key, textOf(info[source])] as const);
  return Object.fromEntries(known.filter(([, text]) => text !== ""));
}

/** What the STATUS column of `kubectl get nodes` shows for this node, and the server's `Table` with it. */
export function nodeStatusCell(detail: NodeDetail): string {
  const ready = detail.conditions.Ready === undefined ? "Unknown" : detail.ready ? "Ready" : "NotReady";
  return detail.schedulable ? ready : `${ready},SchedulingDisabled`;
}
