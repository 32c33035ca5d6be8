import type { ClusterFacts } from "./cluster_facts.ts";
import type { NodeFact } from "./node_fact.ts";

/** What the other nodes and the cluster's objects add to the look at one node. */
export interface NodeSurroundings {
  readonly nodes: readonly NodeFact[];
  readonly facts: ClusterFacts;
}

/** Looks for one platform's mark on a node: what was seen, in words, or `null`. */
export type NodeSign = (node: NodeFact, around: NodeSurroundings) => string | null;

/** A label of this name, or with this prefix when it ends with a slash. */
export function label(name: string): NodeSign {
  return (node) => keyOf(node.labels, name, "label");
}

/** An annotation of this name, or with this prefix when it ends with a slash. */
export function annotation(name: string): NodeSign {
  return (node) => keyOf(node.annotations, name, "annotation");
}

export function scheme(...schemes: readonly string[]): NodeSign {
  return ({ providerId }) => schemes.includes(providerId.scheme) ? `providerID ${providerId.scheme}:` : null;
}

export function kubelet(pattern: RegExp): NodeSign {
  return ({ kubeletVersion }) => pattern.test(kubeletVersion) ? `kubelet ${kubeletVersion.slice(0, 60)}` : null;
}

/** The first of these signs that is there. */
export function anyOf(...signs: readonly NodeSign[]): NodeSign {
  return (node, around) => {
    for (const sign of signs) {
      const seen = sign(node, around);
      if (seen !== null) return seen;
    }
    return null;
  };
}

/** All of these signs, or none. */
export function allOf(...signs: readonly NodeSign[]): NodeSign {
  return (node, around) => {
    const seen = signs.map((sign) => sign(node, around));
    return seen.includes(null) ? null : seen.join(" and ");
  };
}

function keyOf(map: NodeFact["labels"], name: string, what: string): string | null {
  if (!name.endsWith("/")) return map.has(name) ? `${what} ${name}` : null;
  for (const key of map.keys()) if (key.startsWith(name)) return `${what} ${key.slice(0, 120)}`;
  return null;
}
