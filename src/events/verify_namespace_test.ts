import assert from "node:assert/strict";
import { classify } from "./classify.ts";
import { compileCatalogue, compileRules } from "./compile_rules.ts";
import { normalizeEvent } from "./normalize_event.ts";

interface Row {
  readonly name: string;
  /** The Event's namespace and its object's. */
  readonly place: readonly [event: string, object: string];
  /** `apiVersion/Kind` parts of the object. */
  readonly object: readonly [apiVersion: string, kind: string];
  readonly reason: string;
  readonly type?: string;
  readonly component?: string;
  readonly message?: string;
  readonly want: string;
}

const SYSTEM_OOM = { reason: "SystemOOM", component: "kubelet", message: "System OOM encountered, victim process: x" };
const READY = { reason: "NodeNotReady", type: "Normal", component: "node-controller" };

const ROWS: readonly Row[] = [
  {
    name: "the kubelet's, without an apiVersion",
    place: ["default", ""],
    object: ["", "Node"],
    ...SYSTEM_OOM,
    want: "high oom.system",
  },
  {
    name: "the node controller's",
    place: ["default", ""],
    object: ["v1", "Node"],
    ...READY,
    want: "critical node.not_ready.control_plane",
  },
  {
    name: "a new recorder's in kube-system",
    place: ["kube-system", ""],
    object: ["v1", "Node"],
    ...READY,
    want: "critical node.not_ready.control_plane",
  },
  {
    name: "node-problem-detector's with --event-namespace=kube-system",
    place: ["kube-system", "kube-system"],
    object: ["", "Node"],
    reason: "KernelOops",
    component: "kernel-monitor",
    want: "critical node.kernel.oops",
  },
  {
    name: "the machine-config-operator's",
    place: ["openshift-machine-config-operator", "openshift-machine-config-operator"],
    object: ["v1", "Node"],
    ...READY,
    want: "critical node.not_ready.control_plane",
  },
  {
    name: "Karpenter's about a NodeClaim",
    place: ["default", ""],
    object: ["karpenter.sh/v1", "NodeClaim"],
    reason: "InsufficientCapacityError",
    component: "karpenter",
    want: "high autoscaling.karpenter.capacity",
  },
  {
    name: "cert-manager's about a ClusterIssuer",
    place: ["default", ""],
    object: ["cert-manager.io/v1", "ClusterIssuer"],
    reason: "ErrInitIssuer",
    component: "cert-manager-clusterissuers",
    want: "high certificate.issuer.init_failed",
  },
  {
    name: "a tenant's SystemOOM of a node",
    place: ["evil", "evil"],
    object: ["v1", "Node"],
    ...SYSTEM_OOM,
    want: "low unverified.cluster_object",
  },
  {
    name: "a tenant's NodeNotReady",
    place: ["evil", "evil"],
    object: ["", "Node"],
    ...READY,
    want: "low unverified.cluster_object",
  },
  {
    name: "a node with a namespace, in default",
    place: ["default", "default"],
    object: ["v1", "Node"],
    ...READY,
    want: "low unverified.cluster_object",
  },
  {
    name: "a node without a namespace, written elsewhere",
    place: ["evil", ""],
    object: ["v1", "Node"],
    ...READY,
    want: "low unverified.cluster_object",
  },
  {
    name: "any kind without a namespace, written elsewhere",
    place: ["evil", ""],
    object: ["example.com/v1", "Widget"],
    reason: "Failed",
    component: "x",
    want: "low unverified.cluster_object",
  },
  {
    name: "a Longhorn node is no node",
    place: ["longhorn-system", "longhorn-system"],
    object: ["longhorn.io/v1beta2", "Node"],
    ...READY,
    want: "high unknown.not_ready",
  },
  {
    name: "a pod of another namespace",
    place: ["evil", "prod"],
    object: ["v1", "Pod"],
    reason: "BackOff",
    component: "kubelet",
    message: "Back-off restarting failed container a in pod b",
    want: "low unverified.namespace",
  },
  {
    name: "a pod of its own namespace",
    place: ["prod", "prod"],
    object: ["v1", "Pod"],
    reason: "BackOff",
    component: "kubelet",
    message: "Back-off restarting failed container a in pod b",
    want: "high crash.loop",
  },
  {
    name: "a tenant's that is no fault",
    place: ["evil", "evil"],
    object: ["v1", "Node"],
    reason: "NodeReady",
    type: "Normal",
    component: "kubelet",
    want: "ignored",
  },
  {
    name: "one that is not from an API server",
    place: ["", ""],
    object: ["v1", "Node"],
    ...READY,
    want: "critical node.not_ready.control_plane",
  },
];

function classified(
  { place, object, reason, type = "Warning", component = "x", message = "" }: Omit<Row, "name" | "want">,
) {
  const event = normalizeEvent({
    metadata: { uid: "u", resourceVersion: "1", name: "e", namespace: place[0] },
    involvedObject: { apiVersion: object[0], kind: object[1], namespace: place[1], name: "prod-master-1" },
    reason,
    type,
    message,
    source: { component },
  });
  assert.ok(event);
  return classify(compileCatalogue(), event, { unknownWarnings: "report" });
}

for (const { name, want, ...given } of ROWS) {
  Deno.test(`verify namespace: ${name}, is ${want}`, () => {
    const verdict = classified(given);
    assert.equal(verdict.kind === "fault" ? `${verdict.severity} ${verdict.rule}` : verdict.kind, want);
  });
}

Deno.test("verify namespace: the explanation names what does not fit and what is claimed", () => {
  const verdict = classified({ place: ["evil", "evil"], object: ["v1", "Node"], ...SYSTEM_OOM });
  assert.equal(
    verdict.kind === "fault" && verdict.explanation,
    "An Event in the namespace evil speaks of Node prod-master-1, which is in no namespace; Kubernetes writes of it in " +
      "default, without the namespace evil; it claims oom.system (high)",
  );
});

Deno.test("verify namespace: a rule that names the API group fits a namesake of a cluster-scoped kind", () => {
  const rules = compileRules([{ id: "a.b", kinds: ["Node"], api_group: "longhorn.io", severity: "high" }], () => null);
  assert.equal(rules.kind, "ok");
  const event = normalizeEvent({
    metadata: { uid: "u", resourceVersion: "1", namespace: "longhorn-system" },
    involvedObject: { apiVersion: "longhorn.io/v1beta2", kind: "Node", namespace: "longhorn-system", name: "n" },
    type: "Warning",
    reason: "Ready",
  });
  assert.ok(event && rules.kind === "ok");
  assert.equal(classify(rules.rules, event, { unknownWarnings: "report" }).rule, "a.b");
});
