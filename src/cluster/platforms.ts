import { allOf, annotation, anyOf, kubelet, label, type NodeSign, scheme } from "./node_sign.ts";

/** A platform and the marks that its nodes bear. */
export interface Platform {
  readonly provider: string;
  /** The marks in words, for the evidence. */
  readonly marks: string;
  readonly sign: NodeSign;
  /** How its version strings end, on kubelets and on the API server; `null` where they are plain. */
  readonly version: RegExp | null;
  /**
   * The providerID schemes that its nodes can have; a node with another one is elsewhere, whatever its labels say.
   * `null`: any (the distribution runs on every cloud), or for a managed service whose scheme is not known for sure: any
   * that is not another platform's own.
   */
  readonly schemes: readonly string[] | null;
  /** True where the provider's nodes never come from kubeadm, so that kubeadm's mark on a node gives copied labels away. */
  readonly neverKubeadm?: boolean;
  /** True for a cloud's own service: a k3s or RKE2 kubelet on the node contradicts it. */
  readonly managed?: boolean;
}

const EKS_VERSION = /-eks-(?!\d+-\d+)[0-9a-f]+$/;
/** EKS Distro counts releases (`-eks-1-27-10`) where EKS has a commit (`-eks-f69f56f`). */
const EKS_DISTRO_VERSION = /-eks-\d+-\d+(-\d+)?$/;
const GKE_VERSION = /-gke\.\d+/;
const ACK_VERSION = /-aliyun\.\d+/;
const CCE_VERSION = /-r\d+-(CCE)?\d/;
const TKE_VERSION = /-tke\.\d+/;
const IKS_VERSION = /\+IKS/;
const TKG_VERSION = /\+vmware/;
const RKE2_VERSION = /\+rke2r\d+/;
const K3S_VERSION = /\+k3s\d+/;

const KUBEADM_MARK = "kubeadm.alpha.kubernetes.io/cri-socket";

/** minikube marks its first node only; kubeadm made the others, which by themselves look like any kubeadm node. */
const besideMinikube: NodeSign = (node, { nodes }) => {
  if (node.providerId.text !== "" || !node.annotations.has(KUBEADM_MARK)) return null;
  return nodes.some((other) => other.labels.has("minikube.k8s.io/name"))
    ? "label minikube.k8s.io/name on another node"
    : null;
};

/** Newer kubeadm no longer annotates nodes; the ConfigMap it leaves speaks for nodes that nothing else claims. */
const hasKubeadmConfig: NodeSign = (_node, { facts }) =>
  facts.kubeadmConfig.kind === "found" && facts.kubeadmConfig.value.has("ClusterConfiguration")
    ? "ConfigMap kube-system/kubeadm-config"
    : null;

/**
 * Every platform, the more specific first: managed services and distributions before the tools and clouds below them.
 * A node is the first one whose mark it bears. Marks were read in the platforms' sources and in dumps of real nodes;
 * `docs/cluster-identity.md` says which look like marks and are none.
 */
export const PLATFORMS: readonly Platform[] = [
  {
    provider: "openshift",
    marks: "label node.openshift.io/os_id",
    sign: label("node.openshift.io/os_id"),
    version: null,
    schemes: null,
  },
  {
    provider: "gardener",
    marks: "label worker.gardener.cloud/pool",
    sign: label("worker.gardener.cloud/"),
    version: null,
    schemes: null,
  },
  {
    provider: "eks-anywhere",
    marks: "kubelet -eks-<major>-<minor>-<n>, Cluster API namespace eksa-system",
    sign: anyOf(
      kubelet(EKS_DISTRO_VERSION),
      (node) =>
        node.annotations.get("cluster.x-k8s.io/cluster-namespace") === "eksa-system"
          ? "annotation cluster.x-k8s.io/cluster-namespace=eksa-system"
          : null,
      ({ providerId }) =>
        providerId.scheme === "tinkerbell" && providerId.segments[0] === "eksa-system"
          ? "providerID tinkerbell://eksa-system"
          : null,
    ),
    version: EKS_DISTRO_VERSION,
    schemes: null,
  },
  {
    provider: "tkg",
    marks: "label run.tanzu.vmware.com/*, kubelet +vmware",
    sign: anyOf(label("run.tanzu.vmware.com/"), kubelet(TKG_VERSION)),
    version: TKG_VERSION,
    schemes: null,
  },
  {
    provider: "eks",
    marks: "label eks.amazonaws.com/*, kubelet -eks-<commit> on aws://, providerID eks-hybrid://",
    sign: anyOf(
      label("eks.amazonaws.com/"),
      allOf(kubelet(EKS_VERSION), scheme("aws")),
      scheme("eks-hybrid"),
    ),
    version: EKS_VERSION,
    schemes: ["aws", "eks-hybrid"],
    neverKubeadm: true,
    managed: true,
  },
  {
    provider: "gke",
    marks: "label cloud.google.com/gke-nodepool, kubelet -gke.<n>",
    sign: anyOf(label("cloud.google.com/gke-nodepool"), kubelet(GKE_VERSION)),
    version: GKE_VERSION,
    schemes: ["gce"],
    neverKubeadm: true,
    managed: true,
  },
  {
    provider: "aks",
    marks: "label kubernetes.azure.com/cluster or /role",
    sign: anyOf(label("kubernetes.azure.com/cluster"), label("kubernetes.azure.com/role")),
    version: null,
    schemes: ["azure"],
    neverKubeadm: true,
    managed: true,
  },
  {
    provider: "ack",
    marks: "label ack.aliyun.com, kubelet -aliyun.<n>",
    sign: anyOf(label("ack.aliyun.com"), kubelet(ACK_VERSION)),
    version: ACK_VERSION,
    // Machines of ACK's own kinds have other ids, without a scheme as well.
    schemes: ["alicloud", ""],
    managed: true,
  },
  {
    provider: "cce",
    marks: "label cce.cloud.com/cce-nodepool, labels os.architecture and node.kubernetes.io/subnetid, kubelet -r<n>-",
    sign: anyOf(
      label("cce.cloud.com/"),
      allOf(label("os.architecture"), label("node.kubernetes.io/subnetid")),
      kubelet(CCE_VERSION),
    ),
    version: CCE_VERSION,
    schemes: null,
    managed: true,
  },
  {
    provider: "tke",
    marks: "kubelet -tke.<n>, label tke.cloud.tencent.com/*",
    sign: anyOf(kubelet(TKE_VERSION), label("tke.cloud.tencent.com/")),
    version: TKE_VERSION,
    schemes: ["qcloud", "tencentcloud"],
    managed: true,
  },
  {
    provider: "doks",
    marks: "label doks.digitalocean.com/*",
    sign: label("doks.digitalocean.com/"),
    version: null,
    schemes: ["digitalocean"],
    managed: true,
  },
  {
    provider: "oke",
    marks: "label node.info.ds_proxymux_client, oci.oraclecloud.com/*, oke.oraclecloud.com/*",
    sign: anyOf(
      label("node.info.ds_proxymux_client"),
      label("oci.oraclecloud.com/"),
      label("oke.oraclecloud.com/"),
    ),
    version: null,
    schemes: ["ocid1", "oci"],
    managed: true,
  },
  {
    provider: "iks",
    marks: "kubelet +IKS, label ibm-cloud.kubernetes.io/*",
    sign: anyOf(kubelet(IKS_VERSION), label("ibm-cloud.kubernetes.io/")),
    version: IKS_VERSION,
    schemes: ["ibm"],
    managed: true,
  },
  {
    provider: "lke",
    marks: "label lke.linode.com/pool-id",
    sign: label("lke.linode.com/"),
    version: null,
    schemes: ["linode"],
    managed: true,
  },
  {
    provider: "kapsule",
    marks: "label k8s.scaleway.com/managed or /pool-name",
    sign: anyOf(label("k8s.scaleway.com/managed"), label("k8s.scaleway.com/pool-name")),
    version: null,
    schemes: ["scaleway"],
    managed: true,
  },
  {
    provider: "ovh",
    marks: "label node.k8s.ovh/type, k8s.ovh.net/nodepool",
    sign: anyOf(label("node.k8s.ovh/"), label("k8s.ovh.net/")),
    version: null,
    schemes: null,
    managed: true,
  },
  {
    provider: "kops",
    marks: "label kops.k8s.io/instancegroup",
    sign: label("kops.k8s.io/instancegroup"),
    version: null,
    schemes: null,
  },
  {
    provider: "rke2",
    marks: "kubelet +rke2r<n>, rke2.io/*, providerID rke2://",
    sign: anyOf(kubelet(RKE2_VERSION), label("rke2.io/"), annotation("rke2.io/"), scheme("rke2")),
    version: RKE2_VERSION,
    schemes: null,
  },
  {
    provider: "k3s",
    marks: "kubelet +k3s<n>, annotation k3s.io/*, providerID k3s://",
    sign: anyOf(kubelet(K3S_VERSION), annotation("k3s.io/"), scheme("k3s")),
    version: K3S_VERSION,
    schemes: null,
  },
  {
    provider: "talos",
    marks: "osImage Talos, annotation extensions.talos.dev/schematic",
    sign: anyOf(
      ({ osImage }) => osImage.startsWith("Talos") ? `osImage ${osImage.slice(0, 60)}` : null,
      annotation("extensions.talos.dev/"),
    ),
    version: null,
    schemes: null,
  },
  { provider: "kind", marks: "providerID kind://", sign: scheme("kind"), version: null, schemes: ["kind"] },
  {
    provider: "minikube",
    marks: "label minikube.k8s.io/name",
    sign: anyOf(label("minikube.k8s.io/name"), besideMinikube),
    version: null,
    schemes: null,
  },
  {
    provider: "capi",
    marks: "annotation cluster.x-k8s.io/cluster-name",
    sign: annotation("cluster.x-k8s.io/cluster-name"),
    version: null,
    schemes: null,
  },
  {
    provider: "kubeadm",
    marks: `annotation ${KUBEADM_MARK}, ConfigMap kube-system/kubeadm-config`,
    sign: anyOf(annotation(KUBEADM_MARK), hasKubeadmConfig),
    version: null,
    schemes: null,
  },
  {
    provider: "rancher",
    marks: "label rke.cattle.io/machine, annotation management.cattle.io/*",
    sign: anyOf(label("rke.cattle.io/"), annotation("rke.cattle.io/"), annotation("management.cattle.io/")),
    version: null,
    schemes: null,
  },
  {
    provider: "hetzner",
    marks: "providerID hcloud:// or hrobot://",
    sign: scheme("hcloud", "hrobot"),
    version: null,
    schemes: null,
  },
];

const OWNED_SCHEMES = new Set(PLATFORMS.flatMap(({ schemes }) => schemes ?? []).filter((scheme) => scheme !== ""));

/** Whether something on the node says that it can't be of this platform, whatever mark it bears. */
export const contradicts: (platform: Platform) => NodeSign = (platform) => (node) => {
  const { scheme, text } = node.providerId;
  if (scheme === "kind" && platform.provider !== "kind") return "providerID kind:";
  const foreign = platform.schemes === null
    ? platform.managed && OWNED_SCHEMES.has(scheme)
    : text !== "" && !platform.schemes.includes(scheme);
  if (foreign) {
    return scheme === "" ? "a foreign providerID" : `providerID ${scheme}:`;
  }
  if (platform.managed && (RKE2_VERSION.test(node.kubeletVersion) || K3S_VERSION.test(node.kubeletVersion))) {
    return `kubelet ${node.kubeletVersion.slice(0, 60)}`;
  }
  if (platform.neverKubeadm && node.annotations.has(KUBEADM_MARK)) return `annotation ${KUBEADM_MARK}`;
  return null;
};
