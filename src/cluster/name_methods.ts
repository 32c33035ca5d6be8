import type { ClusterFacts } from "./cluster_facts.ts";
import { absent } from "./fact.ts";
import { aksNameOfNodeGroup, aksResource } from "./aks_resource.ts";
import { type Finding, finding, majorityFinding, type Method, readFact } from "./finding.ts";
import { isVirtualNode, type NodeFact } from "./node_fact.ts";
import { kubeadmClusterName } from "./read_kubeadm_config.ts";
import { readTokenIssuer } from "./token_issuer.ts";

/** What the methods for names and regions look at. */
export interface DescriptionInput {
  readonly facts: ClusterFacts;
  readonly provider: string | null;
  /** What the operator calls the cluster (`CLUSTER_NAME`), "" when not set. */
  readonly givenName: string;
  /** The operator's own id, "" when not set. */
  readonly givenId: string;
}

/** A method that only means something on one platform. */
export function only(
  provider: string,
  read: (facts: ClusterFacts) => Finding,
): (input: DescriptionInput) => Finding {
  return (input) =>
    input.provider === provider ? read(input.facts) : absent(
      `only for ${provider}; ${input.provider === null ? "the provider is not known" : `this is ${input.provider}`}`,
    );
}

/** What most nodes say, of those that say something. */
export function fromNodes(
  { nodes }: ClusterFacts,
  what: string,
  valueOf: (node: NodeFact) => string | null | undefined,
): Finding {
  return readFact(nodes, (value) => {
    const real = value.nodes.filter((node) => !isVirtualNode(node));
    return majorityFinding(what, real.map((node) => valueOf(node)?.trim()));
  });
}

const labelOf = (name: string) => (facts: ClusterFacts) =>
  fromNodes(facts, `label ${name}`, ({ labels }) => labels.get(name));

/** `lke<clusterId>-<poolId>-<hash>`: trusted only when the pool is the one that the label names. */
function lkeCluster({ name, labels }: NodeFact): string | null {
  const match = /^(lke\d+)-(\d+)-/.exec(name);
  return match !== null && match[2] === labels.get("lke.linode.com/pool-id") ? match[1] ?? null : null;
}

const CAPI_NAME = "cluster.x-k8s.io/cluster-name";

/** Where a cluster's name can stand, the most reliable first. A cluster need not have one: null is fine, a guess is not. */
export const NAME_METHODS: readonly Method<DescriptionInput>[] = [
  {
    method: "name/environment",
    read: ({ givenName }) => finding(givenName, "CLUSTER_NAME", "CLUSTER_NAME is not set"),
  },
  {
    method: "name/cluster-property",
    read: ({ facts }) =>
      readFact(facts.clusterProperty, (value) => {
        const uid = facts.kubeSystem.kind === "found" ? facts.kubeSystem.value.uid : "";
        if (uid !== "" && value.toLowerCase() === uid) {
          return absent("the ClusterProperty is the kube-system UID, no name");
        }
        return finding(value, "ClusterProperty cluster.clusterset.k8s.io", "the ClusterProperty is empty");
      }),
  },
  {
    method: "name/openshift-infrastructure",
    read: only("openshift", ({ openshiftInfrastructure }) =>
      readFact(
        openshiftInfrastructure,
        ({ name }) => finding(name, "status.infrastructureName", "it has no status.infrastructureName"),
      )),
  },
  {
    method: "name/shoot-info",
    read: only("gardener", ({ shootInfo }) =>
      readFact(shootInfo, (data) => {
        const project = data.get("projectName");
        const detail = "shootName in shoot-info" + (project ? `, project ${project.slice(0, 60)}` : "");
        return finding(data.get("shootName") ?? "", detail, "it holds no shootName");
      })),
  },
  {
    method: "name/eks-hybrid-provider-id",
    read: only(
      "eks",
      (facts) =>
        fromNodes(
          facts,
          "providerID eks-hybrid:///<region>/<cluster>",
          ({ providerId }) => providerId.scheme === "eks-hybrid" ? providerId.segments[2] : null,
        ),
    ),
  },
  { method: "name/eksctl-label", read: only("eks", labelOf("alpha.eksctl.io/cluster-name")) },
  {
    method: "name/aks-cluster-metadata",
    read: only("aks", ({ aksMetadata }) =>
      readFact(aksMetadata, (data) => {
        const resource = aksResource(data.get("clusterResourceId") ?? "");
        return finding(resource?.name ?? "", "clusterResourceId", "it holds no AKS clusterResourceId");
      })),
  },
  {
    method: "name/aks-node-group-label",
    read: only("aks", (facts) =>
      fromNodes(facts, "label kubernetes.azure.com/cluster", ({ labels }) => {
        const group = labels.get("kubernetes.azure.com/cluster");
        return group === undefined ? null : aksNameOfNodeGroup(group);
      })),
  },
  {
    method: "name/ack-cluster-profile",
    read: only(
      "ack",
      ({ ackProfile }) =>
        readFact(ackProfile, (data) => finding(data.get("clusterid") ?? "", "clusterid", "it holds no clusterid")),
    ),
  },
  { method: "name/ack-label", read: only("ack", labelOf("ack.aliyun.com")) },
  {
    method: "name/iks-provider-id",
    read: only("iks", (facts) => fromNodes(facts, "providerID ibm://<account>///<cluster>", iksClusterId)),
  },
  {
    method: "name/lke-node-name",
    read: only("lke", (facts) => fromNodes(facts, "node name lke<cluster>-", lkeCluster)),
  },
  {
    method: "name/kind-provider-id",
    read: only(
      "kind",
      (facts) =>
        fromNodes(
          facts,
          "providerID kind://<runtime>/<cluster>",
          ({ providerId }) => providerId.scheme === "kind" ? providerId.segments[1] : null,
        ),
    ),
  },
  { method: "name/minikube-label", read: only("minikube", labelOf("minikube.k8s.io/name")) },
  {
    method: "name/token-issuer",
    read: ({ facts }) =>
      readFact(
        facts.tokenIssuer,
        (issuer) => finding(readTokenIssuer(issuer).name ?? "", "token issuer", "the token issuer names no cluster"),
      ),
  },
  {
    method: "name/cloud-metadata",
    read: ({ facts }) =>
      readFact(
        facts.cloudMetadata,
        ({ name, provider }) => finding(name ?? "", `metadata service of ${provider}`, "it names no cluster"),
      ),
  },
  {
    method: "name/capi-annotation",
    read: ({ facts }) => fromNodes(facts, `annotation ${CAPI_NAME}`, ({ annotations }) => annotations.get(CAPI_NAME)),
  },
  { method: "name/kubeadm-config", read: ({ facts }) => readFact(facts.kubeadmConfig, kubeadmClusterName) },
  {
    method: "name/rancher",
    read: ({ facts }) =>
      readFact(facts.kubeSystem, ({ annotations }) => {
        const [cluster = ""] = (annotations.get("field.cattle.io/projectId") ?? "").split(":");
        if (cluster === "local") return absent("Rancher calls it local, as it does every cluster that it runs in");
        return finding(cluster, "annotation field.cattle.io/projectId", "kube-system has no field.cattle.io/projectId");
      }),
  },
  {
    method: "name/node-labels",
    read: ({ facts }) =>
      fromNodes(
        facts,
        "label cluster-name or cluster_name",
        ({ labels }) => labels.get("cluster-name") || labels.get("cluster_name"),
      ),
  },
  { method: "name/cluster-id", read: ({ givenId }) => finding(givenId, "the id that is set", "no id is set") },
];

/** IBM's cluster id in `ibm://<account>///<cluster>/<worker>`. */
export function iksClusterId({ providerId }: NodeFact): string | null {
  return providerId.scheme === "ibm" ? providerId.segments[3] || null : null;
}
