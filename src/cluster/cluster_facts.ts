import type { Fact } from "./fact.ts";
import { absent } from "./fact.ts";
import type { NodeFact } from "./node_fact.ts";
import type { StringMap } from "./object_shape.ts";

/** The namespace kube-system, as far as it matters here. */
export interface NamespaceFact {
  /** Lower-case; "" when the object has none. */
  readonly uid: string;
  readonly annotations: StringMap;
}

export interface NodesFact {
  readonly nodes: readonly NodeFact[];
  /** How many nodes the cluster has; `null` when the server did not say. More than `nodes` when only a sample was read. */
  readonly total: number | null;
}

/** What OpenShift's `Infrastructure/cluster` says. "" where it says nothing. */
export interface InfrastructureFact {
  readonly name: string;
  readonly region: string;
}

/** What a cloud's metadata service says of the machine that the agent runs on. */
export interface CloudMetadata {
  readonly provider: string;
  readonly name: string | null;
  readonly region: string | null;
}

/** Everything that is asked once at the start. Each fact fails for itself. */
export interface ClusterFacts {
  readonly kubeSystem: Fact<NamespaceFact>;
  readonly nodes: Fact<NodesFact>;
  /** `gitVersion` of the API server. */
  readonly serverVersion: Fact<string>;
  /** `spec.value` of the ClusterProperty `cluster.clusterset.k8s.io`. */
  readonly clusterProperty: Fact<string>;
  /** `spec.clusterID` of OpenShift's `ClusterVersion/version`; "" when it has none. */
  readonly openshiftVersion: Fact<string>;
  readonly openshiftInfrastructure: Fact<InfrastructureFact>;
  /** The data of ConfigMaps that are read by name. */
  readonly shootInfo: Fact<StringMap>;
  readonly gardenerIdentity: Fact<StringMap>;
  readonly ackProfile: Fact<StringMap>;
  readonly aksMetadata: Fact<StringMap>;
  readonly kubeadmConfig: Fact<StringMap>;
  /** `iss` of the agent's own token; absent unless switched on. */
  readonly tokenIssuer: Fact<string>;
  /** Absent unless switched on. */
  readonly cloudMetadata: Fact<CloudMetadata>;
}

type FactName = keyof ClusterFacts;

/** The ConfigMaps that name a cluster, by namespace and name. */
export const CONFIG_MAPS = {
  shootInfo: { namespace: "kube-system", name: "shoot-info" },
  gardenerIdentity: { namespace: "kube-system", name: "cluster-identity" },
  ackProfile: { namespace: "kube-system", name: "ack-cluster-profile" },
  aksMetadata: { namespace: "kube-public", name: "aks-cluster-metadata" },
  kubeadmConfig: { namespace: "kube-system", name: "kubeadm-config" },
} as const satisfies Partial<Record<FactName, { namespace: string; name: string }>>;

/** Facts of a cluster of which nothing is known, each with `detail` as the reason. */
export function noFacts(detail: string): ClusterFacts {
  const fact = absent(detail);
  return {
    kubeSystem: fact,
    nodes: fact,
    serverVersion: fact,
    clusterProperty: fact,
    openshiftVersion: fact,
    openshiftInfrastructure: fact,
    shootInfo: fact,
    gardenerIdentity: fact,
    ackProfile: fact,
    aksMetadata: fact,
    kubeadmConfig: fact,
    tokenIssuer: absent("the token issuer is not switched on"),
    cloudMetadata: absent("the cloud metadata service is not switched on"),
  };
}
