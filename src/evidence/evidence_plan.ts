import type { Family, FaultSighting } from "../incidents/fault.ts";
import type { EvidencePart } from "./evidence_part.ts";

/** What a family's bundle has, in this order: what stands first is taken first and cut last. */
const PLANS: Readonly<Record<string, readonly EvidencePart[]>> = {
  image: ["container", "owner", "change", "around", "parsed"],
  run: ["container", "log", "owner", "change", "node", "usage", "around", "parsed"],
  place: ["container", "claims", "quota", "owner", "change", "node", "around", "parsed"],
  volume: ["container", "claims", "owner", "node", "around", "parsed"],
  net: ["container", "owner", "change", "node", "around", "parsed"],
  node: ["node", "around", "parsed"],
  shared: ["around", "parsed"],
  eviction: ["container", "log", "owner", "node", "usage", "around", "parsed"],
  autoscaling: ["autoscaler", "owner", "around", "parsed"],
  job: ["container", "log", "owner", "around", "parsed"],
  config: ["container", "owner", "change", "around", "parsed"],
};
/** A family that is a category of its own. */
const USUAL: readonly EvidencePart[] = ["container", "log", "owner", "change", "node", "around", "parsed"];

/** Kinds that make pods, and so have no container of their own to look at. */
const OWNERS: ReadonlySet<string> = new Set([
  "Deployment",
  "ReplicaSet",
  "StatefulSet",
  "DaemonSet",
  "Job",
  "CronJob",
  "ReplicationController",
]);
/** What only a pod has. */
const NEEDS_POD: ReadonlySet<EvidencePart> = new Set(["container", "log", "usage"]);
/** Parts that a kind of object brings into any family's bundle, in front. */
const PARTS_OF_KIND: Readonly<Record<string, readonly EvidencePart[]>> = {
  PersistentVolumeClaim: ["claims"],
  HorizontalPodAutoscaler: ["autoscaler"],
  Service: ["service"],
  Namespace: ["namespace_state"],
  Node: ["node"],
};

/** Kinds of which one pod tells what is wrong with all. A ReplicaSet's faults are mostly that it has none. */
const SPOKEN_FOR: ReadonlySet<string> = new Set(["Job", "Deployment", "StatefulSet", "DaemonSet"]);

/** Whether a fault of such an object is looked for in a pod. */
export function hasPod(kind: string): boolean {
  return kind === "Pod" || SPOKEN_FOR.has(kind);
}

/** Whether a kind makes pods. */
export function ownsPods(kind: string): boolean {
  return OWNERS.has(kind);
}

/**
 * What is gathered for a fault, in order. Whoever does not ask the API server for a part that the object can't have
 * spares it the 404.
 */
export function planEvidence(
  family: Family,
  { object, message }: Pick<FaultSighting, "object" | "message">,
): readonly EvidencePart[] {
  const { kind } = object;
  const own = PARTS_OF_KIND[kind] ?? [];
  const parts = [...own, ...(PLANS[family] ?? USUAL).filter((part) => !own.includes(part))];
  return parts.filter((part) => {
    if (NEEDS_POD.has(part)) return hasPod(kind);
    if (part === "quota") return message.includes("exceeded quota: ");
    if (part === "claims") return kind === "Pod" || kind === "PersistentVolumeClaim" || kind === "StatefulSet";
    if (part === "owner" || part === "change") return kind === "Pod" || ownsPods(kind);
    return true;
  });
}
