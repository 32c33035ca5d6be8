/** The versions that tests and CI run against; a tool found on the machine may be another one. */
export const KUBERNETES_VERSION = "1.36.3";
const ETCD = "3.7.3";
const NATS_SERVER = "2.12.0";
const KWOK = "0.8.0";
const HELM = "4.3.1";
const KUBE_SCORE = "1.20.0";
/** Debian's is taken as it is: the rules that are tested with it use nothing newer than 2.42. */
const PROMETHEUS = "2.42.0";

export const TOOL_NAMES = [
  "nats-server",
  "etcd",
  "kube-apiserver",
  "kubectl",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok",
  "helm",
  "kube-score",
  "promtool",
] as const;
export type ToolName = (typeof TOOL_NAMES)[number];

/** Where one program can come from. */
export interface ToolSource {
  readonly version: string;
  /** An environment variable that holds the program's path. */
  readonly pathVariable?: string;
  /** An environment variable that names a folder with the program in it. */
  readonly folderVariable?: string;
  /** The Go package to build and the module that has it; absent where building it is not worth the minutes. */
  readonly goPackage?: string;
  readonly goModule?: string;
  /** Debian's package that holds the program, where there is one. */
  readonly debianPackage?: string;
  /** What to do when nobody has it. */
  readonly remedy: string;
}

const GO_OR_ASSETS = "install Go 1.26 or newer, or set KUBEBUILDER_ASSETS to a folder that holds it";

const kubernetes = (name: string): ToolSource => ({
  version: KUBERNETES_VERSION,
  folderVariable: "KUBEBUILDER_ASSETS",
  goPackage: `k8s.io/kubernetes/cmd/${name}`,
  goModule: "k8s.io/kubernetes",
  remedy: GO_OR_ASSETS,
});

export const TOOLS: Readonly<Record<ToolName, ToolSource>> = {
  "nats-server": {
    version: NATS_SERVER,
    pathVariable: "NATS_SERVER",
    folderVariable: "KUBEBUILDER_ASSETS",
    goPackage: "github.com/nats-io/nats-server/v2",
    goModule: "github.com/nats-io/nats-server/v2",
    debianPackage: "nats-server",
    remedy: "install nats-server (https://nats.io/download) or Go 1.26 or newer, or set NATS_SERVER to its path",
  },
  etcd: {
    version: ETCD,
    folderVariable: "KUBEBUILDER_ASSETS",
    goPackage: "go.etcd.io/etcd/server/v3",
    goModule: "go.etcd.io/etcd/server/v3",
    remedy: GO_OR_ASSETS,
  },
  "kube-apiserver": kubernetes("kube-apiserver"),
  kubectl: kubernetes("kubectl"),
  "kube-controller-manager": kubernetes("kube-controller-manager"),
  "kube-scheduler": kubernetes("kube-scheduler"),
  kwok: {
    version: KWOK,
    folderVariable: "KUBEBUILDER_ASSETS",
    goPackage: "sigs.k8s.io/kwok/cmd/kwok",
    goModule: "sigs.k8s.io/kwok",
    remedy: GO_OR_ASSETS,
  },
  helm: {
    version: HELM,
    pathVariable: "HELM",
    goPackage: "helm.sh/helm/v4/cmd/helm",
    goModule: "helm.sh/helm/v4",
    remedy: "install helm (https://helm.sh/docs/intro/install) or Go 1.26 or newer, or set HELM to its path",
  },
  "kube-score": {
    version: KUBE_SCORE,
    pathVariable: "KUBE_SCORE",
    goPackage: "github.com/zegl/kube-score/cmd/kube-score",
    goModule: "github.com/zegl/kube-score",
    remedy: "install kube-score (https://kube-score.com) or Go 1.26 or newer, or set KUBE_SCORE to its path",
  },
  promtool: {
    version: PROMETHEUS,
    pathVariable: "PROMTOOL",
    debianPackage: "prometheus",
    remedy: "install promtool (Debian's package prometheus), or set PROMTOOL to its path",
  },
};

/** The folder, below the user's cache, in which a Kubernetes control plane of the pinned version is kept. */
export const KUBE_ASSETS_FOLDER = `kube-assets/v${KUBERNETES_VERSION}`;
