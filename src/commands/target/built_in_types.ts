/** A type that every API server has, in lower case. */
export interface BuiltInType {
  /** The API group; "" is the core group. */
  readonly group: string;
  readonly plural: string;
  /** The lower-case kind too. */
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
}

/**
 * What kube-apiserver 1.36 serves by itself, from its discovery, and the metrics that `kubectl top` reads: group (`core`
 * is the one without a name), plural, singular, short names.
 */
const NAMESPACED = `
  core bindings binding
  core configmaps configmap cm
  core endpoints endpoints ep
  core events event ev
  core limitranges limitrange limits
  core persistentvolumeclaims persistentvolumeclaim pvc
  core pods pod po
  core podtemplates podtemplate
  core replicationcontrollers replicationcontroller rc
  core resourcequotas resourcequota quota
  core secrets secret
  core serviceaccounts serviceaccount sa
  core services service svc
  apps controllerrevisions controllerrevision
  apps daemonsets daemonset ds
  apps deployments deployment deploy
  apps replicasets replicaset rs
  apps statefulsets statefulset sts
  authorization.k8s.io localsubjectaccessreviews localsubjectaccessreview
  autoscaling horizontalpodautoscalers horizontalpodautoscaler hpa
  batch cronjobs cronjob cj
  batch jobs job
  coordination.k8s.io leases lease
  discovery.k8s.io endpointslices endpointslice
  events.k8s.io events event ev
  networking.k8s.io ingresses ingress ing
  networking.k8s.io networkpolicies networkpolicy netpol
  policy poddisruptionbudgets poddisruptionbudget pdb
  rbac.authorization.k8s.io rolebindings rolebinding
  rbac.authorization.k8s.io roles role
  resource.k8s.io resourceclaims resourceclaim
  resource.k8s.io resourceclaimtemplates resourceclaimtemplate
  storage.k8s.io csistoragecapacities csistoragecapacity
  metrics.k8s.io pods pod
`;
const CLUSTER_WIDE = `
  core componentstatuses componentstatus cs
  core namespaces namespace ns
  core nodes node no
  core persistentvolumes persistentvolume pv
  admissionregistration.k8s.io mutatingadmissionpolicies mutatingadmissionpolicy
  admissionregistration.k8s.io mutatingadmissionpolicybindings mutatingadmissionpolicybinding
  admissionregistration.k8s.io mutatingwebhookconfigurations mutatingwebhookconfiguration
  admissionregistration.k8s.io validatingadmissionpolicies validatingadmissionpolicy
  admissionregistration.k8s.io validatingadmissionpolicybindings validatingadmissionpolicybinding
  admissionregistration.k8s.io validatingwebhookconfigurations validatingwebhookconfiguration
  apiextensions.k8s.io customresourcedefinitions customresourcedefinition crd crds
  apiregistration.k8s.io apiservices apiservice
  authentication.k8s.io selfsubjectreviews selfsubjectreview
  authentication.k8s.io tokenreviews tokenreview
  authorization.k8s.io selfsubjectaccessreviews selfsubjectaccessreview
  authorization.k8s.io selfsubjectrulesreviews selfsubjectrulesreview
  authorization.k8s.io subjectaccessreviews subjectaccessreview
  certificates.k8s.io certificatesigningrequests certificatesigningrequest csr
  flowcontrol.apiserver.k8s.io flowschemas flowschema
  flowcontrol.apiserver.k8s.io prioritylevelconfigurations prioritylevelconfiguration
  networking.k8s.io ingressclasses ingressclass
  networking.k8s.io ipaddresses ipaddress ip
  networking.k8s.io servicecidrs servicecidr
  node.k8s.io runtimeclasses runtimeclass
  rbac.authorization.k8s.io clusterrolebindings clusterrolebinding
  rbac.authorization.k8s.io clusterroles clusterrole
  resource.k8s.io deviceclasses deviceclass
  resource.k8s.io resourceslices resourceslice
  scheduling.k8s.io priorityclasses priorityclass pc
  storage.k8s.io csidrivers csidriver
  storage.k8s.io csinodes csinode
  storage.k8s.io storageclasses storageclass sc
  storage.k8s.io volumeattachments volumeattachment
  storage.k8s.io volumeattributesclasses volumeattributesclass vac
  metrics.k8s.io nodes node
`;

/** Every built-in type. Types that are added to an API server are known by its discovery alone. */
export const BUILT_IN_TYPES: readonly BuiltInType[] = [...readRows(NAMESPACED, true), ...readRows(CLUSTER_WIDE, false)];

function readRows(text: string, namespaced: boolean): readonly BuiltInType[] {
  return text.trim().split("\n").map((row) => {
    const [group = "", plural = "", singular = "", ...shortNames] = row.trim().split(" ");
    return { group: group === "core" ? "" : group, plural, singular, shortNames, namespaced };
  });
}
