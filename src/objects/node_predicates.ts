import type { FieldTree } from "../kube/parse_fields.ts";
import { type JsonObject, listOf, objectOf, textOf } from "../inventory/json_field.ts";
import { conditionOf, quoted, stampOf } from "./condition_of.ts";
import type { Finding } from "./object_rule.ts";

/** The fields of a node that the rules read. */
export const NODE_RULE_FIELDS: FieldTree = {
  metadata: { name: true, uid: true, deletionTimestamp: true },
  spec: { unschedulable: true, taints: { key: true } },
  status: { conditions: { type: true, status: true, reason: true, message: true, lastTransitionTime: true } },
};

/** What the rules read of a node. */
interface NodeView {
  readonly object: JsonObject;
  readonly name: string;
  readonly status: JsonObject;
  /** Changes of `Ready` that were seen within the window, by their times. */
  readonly readyChanges: readonly number[];
}

/** `Ready` may change so often within the window of `createReadyChanges`. */
const STEADY_CHANGES = 4;
const PRESSURES = ["MemoryPressure", "DiskPressure", "PIDPressure"] as const;

/** Taints of whoever takes a node away on purpose: cluster-autoscaler, spot handlers, Karpenter, cloud controllers, people. */
const LEAVING_TAINTS: ReadonlySet<string> = new Set([
  "ToBeDeletedByClusterAutoscaler",
  "cloud.google.com/impending-node-termination",
  "aws-node-termination-handler/spot-itn",
  "aws-node-termination-handler/scheduled-maintenance",
  "aws-node-termination-handler/asg-lifecycle-termination",
  "aws-node-termination-handler/rebalance-recommendation",
  "karpenter.sh/disrupted",
  "karpenter.sh/disruption",
  "node.kubernetes.io/out-of-service",
  "node.cloudprovider.kubernetes.io/shutdown",
  "kubernetes.azure.com/scalesetpriority-eviction",
]);

/** `node.ready.false`: Unknown when the kubelet has been silent, False when it says so itself. */
function nodeNotReady({ name, status }: NodeView): readonly Finding[] {
  const ready = conditionOf(status, "Ready");
  if (ready === null || ready.status === "True") return [];
  return [{
    container: "",
    reason: ready.reason || "NodeNotReady",
    message: `Node ${name} is not ready${
      ready.status === "Unknown" ? ", and its kubelet is silent" : quoted(ready.message)
    }`,
    sinceMs: ready.sinceMs,
    occurrence: stampOf(ready.sinceMs),
  }];
}

/** `node.pressure.lasting`. */
function nodePressure({ name, status }: NodeView): readonly Finding[] {
  const present = PRESSURES.flatMap((type) => {
    const condition = conditionOf(status, type);
    return condition?.status === "True" ? [{ type, condition }] : [];
  });
  const [first] = present;
  if (first === undefined) return [];
  const times = present.flatMap(({ condition }) => condition.sinceMs ?? []);
  const sinceMs = times.length === 0 ? null : Math.min(...times);
  return [{
    container: "",
    reason: first.type,
    message: `Node ${name} has ${present.map(({ type }) => type).join(", ")}${quoted(first.condition.message)}`,
    sinceMs,
    occurrence: stampOf(sinceMs),
  }];
}

/** `node.network.unavailable`. */
function nodeNetwork({ name, status }: NodeView): readonly Finding[] {
  const network = conditionOf(status, "NetworkUnavailable");
  if (network?.status !== "True") return [];
  return [{
    container: "",
    reason: network.reason || "NetworkUnavailable",
    message: `The network of node ${name} is not set up${quoted(network.message)}`,
    sinceMs: network.sinceMs,
    occurrence: stampOf(network.sinceMs),
  }];
}

/** `node.ready.flapping`. */
function nodeFlaps({ name, readyChanges }: NodeView): readonly Finding[] {
  const last = readyChanges.at(-1);
  if (last === undefined || readyChanges.length <= STEADY_CHANGES) return [];
  return [{
    container: "",
    reason: "NodeFlapping",
    message: `Node ${name} changed ${readyChanges.length} times between ready and not ready within 15m`,
    sinceMs: last,
    occurrence: stampOf(last),
    wellSinceMs: last,
  }];
}

/** The predicates that rules about nodes name. */
export const NODE_PREDICATES: Readonly<Record<string, (node: NodeView) => readonly Finding[]>> = {
  nodeNotReady,
  nodePressure,
  nodeNetwork,
  nodeFlaps,
};

/** The excuses that rules about nodes name. */
export const NODE_EXCUSES: Readonly<Record<string, (node: Pick<NodeView, "object">) => boolean>> = {
  deleted: ({ object }) => objectOf(object.metadata).deletionTimestamp !== undefined,
  cordoned: ({ object }) => objectOf(object.spec).unschedulable === true,
  leaving: ({ object }) =>
    listOf(objectOf(object.spec).taints).some((taint) => LEAVING_TAINTS.has(textOf(objectOf(taint).key))),
};

/** Whether pods may rightly be missing on this node. */
export function isNodeOut(object: JsonObject): boolean {
  return conditionOf(objectOf(object.status), "Ready")?.status !== "True" ||
    Object.values(NODE_EXCUSES).some((holds) => holds({ object }));
}
