/** One resource that the sandbox serves. */
export interface Resource {
  /** "" for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
}

const EVERYWHERE = false;
const IN_NAMESPACES = true;

function resource(
  groupVersion: string,
  plural: string,
  kind: string,
  namespaced: boolean,
  shortNames: readonly string[] = [],
): Resource {
  const [group, version] = groupVersion.includes("/") ? groupVersion.split("/") : ["", groupVersion];
  return { group: group ?? "", version: version ?? "", plural, kind, namespaced, shortNames };
}

/** What the agent and kubectl ask for in a cluster, spelled as a real API server's discovery spells it. */
export const RESOURCES: readonly Resource[] = [
  resource("v1", "configmaps", "ConfigMap", IN_NAMESPACES, ["cm"]),
  resource("v1", "endpoints", "Endpoints", IN_NAMESPACES, ["ep"]),
  resource("v1", "events", "Event", IN_NAMESPACES, ["ev"]),
  resource("v1", "namespaces", "Namespace", EVERYWHERE, ["ns"]),
  resource("v1", "nodes", "Node", EVERYWHERE, ["no"]),
  resource("v1", "persistentvolumeclaims", "PersistentVolumeClaim", IN_NAMESPACES, ["pvc"]),
  resource("v1", "persistentvolumes", "PersistentVolume", EVERYWHERE, ["pv"]),
  resource("v1", "pods", "Pod", IN_NAMESPACES, ["po"]),
  resource("v1", "resourcequotas", "ResourceQuota", IN_NAMESPACES, ["quota"]),
  resource("v1", "secrets", "Secret", IN_NAMESPACES),
  resource("v1", "serviceaccounts", "ServiceAccount", IN_NAMESPACES, ["sa"]),
  resource("v1", "services", "Service", IN_NAMESPACES, ["svc"]),
  resource("apiregistration.k8s.io/v1", "apiservices", "APIService", EVERYWHERE),
  resource("apps/v1", "daemonsets", "DaemonSet", IN_NAMESPACES, ["ds"]),
  resource("apps/v1", "deployments", "Deployment", IN_NAMESPACES, ["deploy"]),
  resource("apps/v1", "replicasets", "ReplicaSet", IN_NAMESPACES, ["rs"]),
  resource("apps/v1", "statefulsets", "StatefulSet", IN_NAMESPACES, ["sts"]),
  resource("autoscaling/v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", IN_NAMESPACES, ["hpa"]),
  resource("batch/v1", "cronjobs", "CronJob", IN_NAMESPACES, ["cj"]),
  resource("batch/v1", "jobs", "Job", IN_NAMESPACES),
  resource("coordination.k8s.io/v1", "leases", "Lease", IN_NAMESPACES),
  resource("events.k8s.io/v1", "events", "Event", IN_NAMESPACES, ["ev"]),
  resource("metrics.k8s.io/v1beta1", "nodes", "NodeMetrics", EVERYWHERE),
  resource("metrics.k8s.io/v1beta1", "pods", "PodMetrics", IN_NAMESPACES),
  resource("networking.k8s.io/v1", "ingresses", "Ingress", IN_NAMESPACES, ["ing"]),
  resource("storage.k8s.io/v1", "storageclasses", "StorageClass", EVERYWHERE, ["sc"]),
];

export const apiVersionOf = ({ group, version }: Pick<Resource, "group" | "version">) =>
  group === "" ? version : `${group}/${version}`;

export function findResource(group: string, version: string, plural: string): Resource | undefined {
  return RESOURCES.find((entry) => entry.group === group && entry.version === version && entry.plural === plural);
}
