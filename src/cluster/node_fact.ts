import { isJsonObject, type StringMap, stringMapAt, textAt } from "./object_shape.ts";
import { parseProviderId, type ProviderId } from "./provider_id.ts";

/** A Node, as far as it can tell which cluster it belongs to. Missing text is "". */
export interface NodeFact {
  readonly name: string;
  readonly labels: StringMap;
  readonly annotations: StringMap;
  readonly providerId: ProviderId;
  readonly kubeletVersion: string;
  readonly osImage: string;
}

/** Reads a Node object as it comes from outside; `null` when it is no object at all. */
export function parseNode(value: unknown): NodeFact | null {
  if (!isJsonObject(value)) return null;
  return {
    name: textAt(value, "metadata", "name"),
    labels: stringMapAt(value, "metadata", "labels"),
    annotations: stringMapAt(value, "metadata", "annotations"),
    providerId: parseProviderId(textAt(value, "spec", "providerID")),
    kubeletVersion: textAt(value, "status", "nodeInfo", "kubeletVersion"),
    osImage: textAt(value, "status", "nodeInfo", "osImage"),
  };
}

/** Virtual nodes (AKS virtual nodes, ACK's ECI) carry whatever their provider likes and say nothing of the cluster. */
export function isVirtualNode(node: NodeFact): boolean {
  return node.labels.get("type") === "virtual-kubelet";
}
