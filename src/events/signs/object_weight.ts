import { isClusterScoped } from "../cluster_scoped_kinds.ts";
import type { ClusterEvent } from "../cluster_event.ts";

/** Kinds that hold no work: what is wrong with one is seldom felt. */
const LIGHT_KINDS: ReadonlySet<string> = new Set(["ConfigMap", "Lease", "Endpoints", "EndpointSlice", "Event"]);

/** Kinds in no namespace that one asker alone waits for. */
const REQUEST_KINDS: ReadonlySet<string> = new Set(["CertificateSigningRequest"]);

/** Kinds on which a whole cluster stands, whatever namespace their objects are in: of a cluster in a cluster, say. */
const FOUNDATION = /^Etcd(?:Cluster|Member)?$|ControlPlane$/;

/** Kinds of work that is done once and tried again. */
const BATCH_KINDS: ReadonlySet<string> = new Set([
  "Job",
  "CronJob",
  "ScaledJob",
  "Workflow",
  "CronWorkflow",
  "PipelineRun",
  "TaskRun",
  "CustomRun",
  "AnalysisRun",
  "SparkApplication",
  "ScheduledSparkApplication",
  "RayJob",
  "PyTorchJob",
  "MPIJob",
]);

/** Namespaces of the platform: Kubernetes' own, OpenShift's, and by the convention of add-ons what ends in `-system`. */
const PLATFORM = /^(?:kube|openshift|gke)-|-system$|^(?:rook-ceph|cert-manager|karpenter|flux-system|argocd)$/;

/**
 * What a fault of this object weighs against the same one of any other: 1 where others depend on it (nodes and whatever
 * else is in no namespace, and the platform's namespaces), -1 where nobody does.
 */
export function objectWeight({ involvedObject: { kind, apiVersion }, namespace }: ClusterEvent): -1 | 0 | 1 {
  if (REQUEST_KINDS.has(kind)) return 0;
  if (isClusterScoped(kind, apiVersion) || FOUNDATION.test(kind)) return 1;
  const platform = PLATFORM.test(namespace);
  if (LIGHT_KINDS.has(kind)) return platform ? 0 : -1;
  return platform ? 1 : 0;
}

/** Whether nothing of this object is worse than medium: what serves nobody while it fails. */
export function isBatch({ involvedObject: { kind } }: ClusterEvent): boolean {
  return BATCH_KINDS.has(kind);
}
