import { isClusterScoped } from "./cluster_scoped_kinds.ts";
import type { Fault } from "./classification.ts";
import type { ClusterEvent } from "./cluster_event.ts";

/**
 * Where recorders put the Events of objects without a namespace: client-go into `default` (tools/record makeEvent,
 * tools/events makeEvent), and since events.k8s.io/v1 the API server takes them in `kube-system` too
 * (pkg/apis/core/validation/events.go). Writing to either is no right of a tenant.
 */
const CLUSTER_EVENT_NAMESPACES: ReadonlySet<string> = new Set(["default", "kube-system"]);

/** Components that give such an object their own namespace on purpose, with the kinds that they do it for. */
const OWN_NAMESPACES: ReadonlyMap<string, readonly string[]> = new Map([
  // node-problem-detector --event-namespace=kube-system writes it as the object's too.
  ["kube-system", ["Node"]],
  // machine-config-operator pkg/controller/common: namespacedEventRecorder
  ["openshift-machine-config-operator", ["MachineConfigPool", "MachineConfig", "Node"]],
  // cluster-version-operator pkg/cvo: the ClusterVersion's reference has the operator's namespace
  ["openshift-cluster-version", ["ClusterVersion"]],
]);

/**
 * The fault itself where the Event stands in the namespace in which Kubernetes writes about its object, else one of
 * severity low that says what does not fit. Whoever may create Events in one namespace may name any object in them: the
 * API server lets a new-style Event speak of another namespace's object, and never looks at the kind.
 */
export function verifyNamespace(event: ClusterEvent, fault: Fault): Fault {
  const { kind, namespace, name, apiVersion } = event.involvedObject;
  if (event.namespace === "") return fault; // not from an API server
  if (namespace === "" || isClusterScoped(kind, apiVersion)) {
    const asWritten = namespace === ""
      ? CLUSTER_EVENT_NAMESPACES.has(event.namespace)
      : namespace === event.namespace && OWN_NAMESPACES.get(namespace)?.includes(kind) === true;
    return asWritten ? fault : unverified(
      "unverified.cluster_object",
      `An Event in the namespace ${event.namespace} speaks of ${kind} ${name}, which is in no namespace; ` +
        `Kubernetes writes of it in default${namespace === "" ? "" : `, without the namespace ${namespace}`}`,
      fault,
    );
  }
  return namespace === event.namespace ? fault : unverified(
    "unverified.namespace",
    `An Event in the namespace ${event.namespace} speaks of ${kind} ${name} in the namespace ${namespace}`,
    fault,
  );
}

function unverified(rule: string, mismatch: string, { rule: claimed, severity }: Fault): Fault {
  const explanation = `${mismatch}; it claims ${claimed} (${severity})`;
  return { kind: "fault", rule, severity: "low", category: "unverified", explanation, byMessage: true };
}
