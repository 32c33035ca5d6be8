import { createHash } from "node:crypto";
import { subjectToken } from "../wire/subject_token.ts";
import { aksResource } from "./aks_resource.ts";
import type { ClusterFacts } from "./cluster_facts.ts";
import { absent } from "./fact.ts";
import { type Finding, finding, type Method, readFact, unanimousFinding } from "./finding.ts";
import { iksClusterId } from "./name_methods.ts";
import { isVirtualNode, type NodeFact } from "./node_fact.ts";
import { readTokenIssuer } from "./token_issuer.ts";

/** A value that only this cluster has, and what makes it an id. */
interface IdMethod extends Method<ClusterFacts> {
  /** What the agent would have to be allowed to read. */
  readonly permission: string;
}

/** Before the value goes into an id it gets its origin's prefix, and becomes one subject token. */
function idFinding(prefix: string, value: Finding): Finding {
  return value.kind === "found" ? { ...value, value: subjectToken(`${prefix}-${value.value}`) } : value;
}

function hashed(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

function agreedByNodes(
  { nodes }: ClusterFacts,
  what: string,
  valueOf: (node: NodeFact) => string | null | undefined,
): Finding {
  return readFact(
    nodes,
    (value) => unanimousFinding(what, value.nodes.filter((node) => !isVirtualNode(node)).map(valueOf)),
  );
}

/** A cluster id as Alibaba makes them; anything else in that label was put there by somebody. */
const ACK_CLUSTER_ID = /^c[0-9a-f]{32}$/;

/**
 * Where an id can come from, the surest first. The first is the UID of the namespace kube-system, which lives exactly as
 * long as the cluster; the others are unique too, and stand in when the agent may not read that namespace. Names, zones
 * and labels that people choose are never among them.
 */
export const ID_METHODS: readonly IdMethod[] = [
  {
    method: "kube-system-uid",
    permission: "get namespaces kube-system",
    read: ({ kubeSystem }) =>
      idFinding(
        "k8s",
        readFact(kubeSystem, ({ uid }) => finding(uid, "UID of namespace kube-system", "it has no UID")),
      ),
  },
  {
    method: "openshift-cluster-id",
    permission: "get clusterversions.config.openshift.io version",
    read: ({ openshiftVersion }) =>
      idFinding("ocp", readFact(openshiftVersion, (id) => finding(id, "spec.clusterID", "it has no spec.clusterID"))),
  },
  {
    method: "gardener-cluster-identity",
    permission: "get configmaps kube-system/cluster-identity",
    read: ({ gardenerIdentity }) =>
      idFinding(
        "gardener",
        readFact(gardenerIdentity, (data) =>
          finding(data.get("cluster-identity") ?? "", "cluster-identity", "it holds no cluster-identity")),
      ),
  },
  {
    method: "aks-resource-id",
    permission: "get configmaps kube-public/aks-cluster-metadata",
    read: ({ aksMetadata }) =>
      idFinding(
        "aks",
        readFact(aksMetadata, (data) => {
          const resource = aksResource(data.get("clusterResourceId") ?? "");
          return resource === null
            ? absent("it holds no AKS clusterResourceId")
            : { kind: "found", value: hashed(resource.key), detail: "hash of clusterResourceId" };
        }),
      ),
  },
  {
    method: "ack-cluster-profile",
    permission: "get configmaps kube-system/ack-cluster-profile",
    read: ({ ackProfile }) =>
      idFinding(
        "ack",
        readFact(ackProfile, (data) => finding(data.get("clusterid") ?? "", "clusterid", "it holds no clusterid")),
      ),
  },
  {
    method: "ack-node-label",
    permission: "list nodes",
    read: (facts) =>
      idFinding(
        "ack",
        agreedByNodes(facts, "label ack.aliyun.com", ({ labels }) => {
          const id = labels.get("ack.aliyun.com")?.trim() ?? "";
          return ACK_CLUSTER_ID.test(id) ? id : null;
        }),
      ),
  },
  {
    method: "iks-provider-id",
    permission: "list nodes",
    read: (facts) => idFinding("iks", agreedByNodes(facts, "providerID ibm://<account>///<cluster>", iksClusterId)),
  },
  {
    method: "token-issuer",
    permission: "cluster.token_issuer in the configuration",
    read: ({ tokenIssuer }) =>
      idFinding(
        "iss",
        readFact(tokenIssuer, (issuer) =>
          readTokenIssuer(issuer).unique
            ? { kind: "found", value: hashed(issuer), detail: "hash of the token issuer" }
            : absent("the token issuer is the default that many clusters share")),
      ),
  },
];
