import { nonceConfigMapName } from "../commands/nonce_memory.ts";
import type { Config } from "./config_schema.ts";
import { sendsLogs } from "./sends_logs.ts";

/** One right that a configuration needs from the cluster's RBAC. */
export interface Permission {
  readonly verb: string;
  /** The API group; "" is the core group. */
  readonly group: string;
  readonly resource: string;
  /** "" is every namespace, or a resource without one. */
  readonly namespace: string;
  /** The one object it is about; "" is all of them. */
  readonly name: string;
  /** What it is for, in the words of the configuration. */
  readonly purpose: string;
  /** What the agent does without it: `required` parts fail, `optional` ones are left out. */
  readonly need: "required" | "optional";
}

interface PermissionRow {
  readonly when: (config: Config) => boolean;
  readonly verbs: readonly string[];
  readonly group: string;
  readonly resources: readonly string[];
  /** Where it is needed: everywhere, or in the namespaces that the configuration names. */
  readonly scope: (config: Config, ownNamespace: string) => readonly string[];
  readonly name?: (config: Config) => string;
  readonly purpose: string;
  readonly need: "required" | "optional";
}

const everywhere = () => [""];
const metricsScope = (config: Config) => config.metrics.namespaces.length > 0 ? config.metrics.namespaces : [""];
const eventsScope = (config: Config) =>
  config.events.namespaces.include.length > 0 ? config.events.namespaces.include : [""];
const stateScope = (config: Config, own: string) => [config.state.configmap.namespace ?? own];
const stateName = (config: Config) => config.state.configmap.name;

const collects = (config: Config, collector: Config["metrics"]["collectors"][number]) =>
  config.enable_metrics && config.metrics.collectors.includes(collector);
const isClusterWide = (config: Config) => config.metrics.namespaces.length === 0;
const keepsConfigMap = (config: Config) => config.state.kind === "configmap";
const hasReplicas = (config: Config) => config.replicas.enabled;
const keepsNonces = (config: Config) =>
  keepsConfigMap(config) && config.enable_commands && config.commands.trusted_keys.length > 0;

const judges = ({ objects }: Config) => objects.enabled;
const judgesWorkloads = (config: Config) => judges(config) && config.objects.workloads === "auto";

/** Evidence follows faults, which Events or objects tell of. */
const gathers = (config: Config) =>
  config.incidents.enabled && config.evidence.enabled && (config.enable_events || config.objects.enabled);
const isEventsClusterWide = (config: Config) => config.events.namespaces.include.length === 0;

const KUBE_SYSTEM = {
  verbs: ["get"],
  group: "",
  resources: ["namespaces"],
  scope: everywhere,
  name: () => "kube-system",
  purpose: "detect the cluster's id",
} as const;

/** Which part of the configuration needs which rights. */
const PERMISSIONS: readonly PermissionRow[] = [
  {
    when: (config) => config.cluster_id === "" && !config.cluster.token_issuer,
    ...KUBE_SYSTEM,
    need: "required",
  },
  {
    // The issuer serves as well where it is the cluster's own; only the start tells.
    when: (config) => config.cluster_id === "" && config.cluster.token_issuer,
    ...KUBE_SYSTEM,
    need: "optional",
  },
  {
    when: () => true,
    verbs: ["list"],
    group: "",
    resources: ["nodes"],
    scope: everywhere,
    purpose: "tell the cluster's provider, name and region",
    need: "optional",
  },
  {
    when: (config) => config.enable_events,
    verbs: ["list", "watch"],
    group: "",
    resources: ["events"],
    scope: eventsScope,
    purpose: "report events",
    need: "required",
  },
  {
    when: (config) => collects(config, "nodes") && isClusterWide(config),
    verbs: ["list", "watch"],
    group: "",
    resources: ["nodes"],
    scope: everywhere,
    purpose: "the nodes part of metrics reports",
    need: "required",
  },
  {
    when: (config) => collects(config, "pods") || collects(config, "namespaces"),
    verbs: ["list", "watch"],
    group: "",
    resources: ["pods"],
    scope: metricsScope,
    purpose: "the pods part of metrics reports",
    need: "required",
  },
  {
    when: (config) => collects(config, "namespaces") && isClusterWide(config),
    verbs: ["list", "watch"],
    group: "",
    resources: ["namespaces"],
    scope: everywhere,
    purpose: "the namespaces part of metrics reports",
    need: "required",
  },
  {
    // A Role can grant it: to RBAC a namespace lies in itself.
    when: (config) => collects(config, "namespaces") && !isClusterWide(config),
    verbs: ["get"],
    group: "",
    resources: ["namespaces"],
    scope: metricsScope,
    purpose: "a namespace's own status and labels in metrics reports",
    need: "optional",
  },
  {
    when: (config) => collects(config, "namespaces"),
    verbs: ["list", "watch"],
    group: "",
    resources: ["services", "configmaps"],
    scope: metricsScope,
    purpose: "counts of resources in metrics reports",
    need: "optional",
  },
  {
    when: (config) => collects(config, "namespaces") && config.metrics.count_secrets,
    verbs: ["list", "watch"],
    group: "",
    resources: ["secrets"],
    scope: metricsScope,
    purpose: "metrics.count_secrets",
    need: "required",
  },
  {
    when: (config) => collects(config, "nodes") && isClusterWide(config),
    verbs: ["list"],
    group: "metrics.k8s.io",
    resources: ["nodes"],
    scope: everywhere,
    purpose: "usage of nodes in metrics reports",
    need: "optional",
  },
  {
    when: (config) => collects(config, "pods"),
    verbs: ["list"],
    group: "metrics.k8s.io",
    resources: ["pods"],
    scope: metricsScope,
    purpose: "usage of pods in metrics reports",
    need: "optional",
  },
  {
    when: (config) => judges(config) && isClusterWide(config),
    verbs: ["list", "watch"],
    group: "",
    resources: ["nodes", "namespaces"],
    scope: everywhere,
    purpose: "faults of nodes and namespaces",
    need: "optional",
  },
  {
    when: judges,
    verbs: ["list", "watch"],
    group: "",
    resources: ["pods"],
    scope: metricsScope,
    purpose: "faults of pods",
    need: "optional",
  },
  {
    when: judgesWorkloads,
    verbs: ["list", "watch"],
    group: "apps",
    resources: ["deployments", "statefulsets", "daemonsets"],
    scope: metricsScope,
    purpose: "faults of workloads",
    need: "optional",
  },
  {
    when: judgesWorkloads,
    verbs: ["list", "watch"],
    group: "autoscaling",
    resources: ["horizontalpodautoscalers"],
    scope: metricsScope,
    purpose: "faults of autoscalers",
    need: "optional",
  },
  {
    when: judgesWorkloads,
    verbs: ["list", "watch"],
    group: "",
    resources: ["services"],
    scope: metricsScope,
    purpose: "faults of Services",
    need: "optional",
  },
  {
    when: (config) => judgesWorkloads(config) && isClusterWide(config),
    verbs: ["list", "watch"],
    group: "apiregistration.k8s.io",
    resources: ["apiservices"],
    scope: everywhere,
    purpose: "faults of aggregated APIs",
    need: "optional",
  },
  {
    // RBAC can not restrict "create" to a name: the object has none yet when it is asked.
    when: keepsConfigMap,
    verbs: ["create"],
    group: "",
    resources: ["configmaps"],
    scope: stateScope,
    purpose: "state.kind configmap",
    need: "required",
  },
  {
    when: keepsConfigMap,
    verbs: ["get", "update", "patch"],
    group: "",
    resources: ["configmaps"],
    scope: stateScope,
    name: stateName,
    purpose: "state.kind configmap",
    need: "required",
  },
  {
    when: keepsNonces,
    verbs: ["get", "update", "patch"],
    group: "",
    resources: ["configmaps"],
    scope: stateScope,
    name: (config) => nonceConfigMapName(stateName(config)),
    purpose: "commands.trusted_keys with state.kind configmap",
    need: "required",
  },
  {
    // RBAC grants list and watch of one name to requests that select it by metadata.name.
    when: hasReplicas,
    verbs: ["get", "update", "list", "watch"],
    group: "coordination.k8s.io",
    resources: ["leases"],
    scope: stateScope,
    name: (config) => config.replicas.lease_name,
    purpose: "replicas.enabled",
    need: "required",
  },
  {
    when: gathers,
    verbs: ["get"],
    group: "",
    resources: ["pods", "persistentvolumeclaims", "resourcequotas"],
    scope: eventsScope,
    purpose: "evidence: the faulty pod, its claims, the quota that refused",
    need: "optional",
  },
  {
    when: gathers,
    verbs: ["list"],
    group: "",
    resources: ["pods"],
    scope: eventsScope,
    purpose: "evidence: the pod of a Job or workload that is in most trouble",
    need: "optional",
  },
  {
    when: (config) => gathers(config) && sendsLogs(config),
    verbs: ["get"],
    group: "",
    resources: ["pods/log"],
    scope: eventsScope,
    purpose: "evidence: the end of the log of a container that ended",
    need: "optional",
  },
  {
    when: (config) => gathers(config) && isEventsClusterWide(config),
    verbs: ["get"],
    group: "",
    resources: ["nodes", "namespaces"],
    scope: everywhere,
    purpose: "evidence: the node of the fault, a namespace that does not terminate",
    need: "optional",
  },
  {
    when: gathers,
    verbs: ["get"],
    group: "apps",
    resources: ["daemonsets", "deployments", "replicasets", "statefulsets"],
    scope: eventsScope,
    purpose: "evidence: the owner and what changed",
    need: "optional",
  },
  {
    when: gathers,
    verbs: ["list"],
    group: "apps",
    resources: ["replicasets"],
    scope: eventsScope,
    purpose: "evidence: what changed",
    need: "optional",
  },
  {
    when: gathers,
    verbs: ["get"],
    group: "batch",
    resources: ["cronjobs", "jobs"],
    scope: eventsScope,
    purpose: "evidence: the owner",
    need: "optional",
  },
  {
    when: gathers,
    verbs: ["get"],
    group: "autoscaling",
    resources: ["horizontalpodautoscalers"],
    scope: eventsScope,
    purpose: "evidence: the autoscaler",
    need: "optional",
  },
  {
    when: gathers,
    verbs: ["get"],
    group: "",
    resources: ["services"],
    scope: eventsScope,
    purpose: "evidence: the Service that has no pods",
    need: "optional",
  },
  {
    when: gathers,
    verbs: ["get"],
    group: "metrics.k8s.io",
    resources: ["pods"],
    scope: eventsScope,
    purpose: "evidence: what the pod uses",
    need: "optional",
  },
];

/**
 * The rights that `config` needs, each once. `ownNamespace` is the agent's own, where its state lives unless the
 * configuration names another.
 */
export function requiredPermissions(config: Config, ownNamespace: string): readonly Permission[] {
  const found = new Map<string, Permission>();
  for (const permission of PERMISSIONS.flatMap((row) => expandRow(row, config, ownNamespace))) {
    const { verb, group, resource, namespace, name } = permission;
    const key = [verb, group, resource, namespace, name].join(" ");
    const known = found.get(key);
    if (known?.need !== "required") found.set(key, known === undefined ? permission : joined(known, permission));
  }
  return [...found.values()];
}

/** One right for two parts: whoever misses it learns of both, or of the one that can't do without. */
function joined(known: Permission, permission: Permission): Permission {
  if (permission.need === "required" || permission.purpose === known.purpose) return permission;
  return { ...permission, purpose: `${known.purpose} and ${permission.purpose}` };
}

function expandRow(row: PermissionRow, config: Config, ownNamespace: string): Permission[] {
  if (!row.when(config)) return [];
  return row.scope(config, ownNamespace).flatMap((namespace) =>
    row.resources.flatMap((resource) =>
      row.verbs.map((verb) => ({
        verb,
        group: row.group,
        resource,
        namespace,
        name: row.name?.(config) ?? "",
        purpose: row.purpose,
        need: row.need,
      }))
    )
  );
}
