/**
 * Kinds whose objects are in no namespace, with the API groups that have them so; "" is the core group. Kinds of add-ons
 * are here where rules speak of them. Other groups may have a namespaced kind of the same name, as Longhorn has `Node`.
 */
export const CLUSTER_SCOPED_KINDS: ReadonlyMap<string, readonly string[]> = new Map([
  ["Node", [""]],
  ["Namespace", [""]],
  ["PersistentVolume", [""]],
  ["ComponentStatus", [""]],
  ["ClusterRole", ["rbac.authorization.k8s.io"]],
  ["ClusterRoleBinding", ["rbac.authorization.k8s.io"]],
  ["StorageClass", ["storage.k8s.io"]],
  ["CSIDriver", ["storage.k8s.io"]],
  ["CSINode", ["storage.k8s.io"]],
  ["VolumeAttachment", ["storage.k8s.io"]],
  ["VolumeAttributesClass", ["storage.k8s.io"]],
  ["CustomResourceDefinition", ["apiextensions.k8s.io"]],
  ["APIService", ["apiregistration.k8s.io"]],
  ["MutatingWebhookConfiguration", ["admissionregistration.k8s.io"]],
  ["ValidatingWebhookConfiguration", ["admissionregistration.k8s.io"]],
  ["MutatingAdmissionPolicy", ["admissionregistration.k8s.io"]],
  ["MutatingAdmissionPolicyBinding", ["admissionregistration.k8s.io"]],
  ["ValidatingAdmissionPolicy", ["admissionregistration.k8s.io"]],
  ["ValidatingAdmissionPolicyBinding", ["admissionregistration.k8s.io"]],
  ["PriorityClass", ["scheduling.k8s.io"]],
  ["RuntimeClass", ["node.k8s.io"]],
  ["IngressClass", ["networking.k8s.io"]],
  ["IPAddress", ["networking.k8s.io"]],
  ["ServiceCIDR", ["networking.k8s.io"]],
  ["FlowSchema", ["flowcontrol.apiserver.k8s.io"]],
  ["PriorityLevelConfiguration", ["flowcontrol.apiserver.k8s.io"]],
  ["CertificateSigningRequest", ["certificates.k8s.io"]],
  ["ClusterTrustBundle", ["certificates.k8s.io"]],
  ["StorageVersion", ["internal.apiserver.k8s.io"]],
  ["StorageVersionMigration", ["storagemigration.k8s.io", "migration.k8s.io"]],
  ["DeviceClass", ["resource.k8s.io"]],
  ["DeviceTaintRule", ["resource.k8s.io"]],
  ["ResourceSlice", ["resource.k8s.io"]],
  ["GatewayClass", ["gateway.networking.k8s.io"]],
  ["VolumeSnapshotClass", ["snapshot.storage.k8s.io"]],
  ["VolumeSnapshotContent", ["snapshot.storage.k8s.io"]],
  ["VolumeGroupSnapshotClass", ["groupsnapshot.storage.k8s.io"]],
  ["VolumeGroupSnapshotContent", ["groupsnapshot.storage.k8s.io"]],
  ["NodeClaim", ["karpenter.sh"]],
  ["NodePool", ["karpenter.sh"]],
  ["EC2NodeClass", ["karpenter.k8s.aws"]],
  ["AKSNodeClass", ["karpenter.azure.com"]],
  ["NodeClass", ["eks.amazonaws.com"]],
  ["NodeDiagnostic", ["eks.amazonaws.com"]],
  ["ClusterIssuer", ["cert-manager.io"]],
  ["ClusterSecretStore", ["external-secrets.io"]],
  ["ClusterExternalSecret", ["external-secrets.io"]],
  ["ClusterPolicy", ["kyverno.io", "nvidia.com"]],
  ["ClusterQueue", ["kueue.x-k8s.io"]],
  ["CiliumNode", ["cilium.io"]],
  ["CiliumClusterwideNetworkPolicy", ["cilium.io"]],
  ["GlobalNetworkPolicy", ["crd.projectcalico.org", "projectcalico.org"]],
  ["ClusterOperator", ["config.openshift.io"]],
  ["ClusterVersion", ["config.openshift.io"]],
  ["MachineConfig", ["machineconfiguration.openshift.io"]],
  ["MachineConfigPool", ["machineconfiguration.openshift.io"]],
]);

/**
 * Whether the object is, by its kind and API group, in no namespace. The kubelet leaves out a node's apiVersion, and `v1`
 * says nothing of a kind that the core group does not have.
 */
export function isClusterScoped(kind: string, apiVersion: string): boolean {
  const groups = CLUSTER_SCOPED_KINDS.get(kind);
  if (groups === undefined) return false;
  const slash = apiVersion.indexOf("/");
  return slash === -1 || groups.includes(apiVersion.slice(0, slash));
}

/** Whether the object has the name of a cluster-scoped kind, and is of another group's: Longhorn's `Node` is no node. */
export function isNamesake(kind: string, apiVersion: string): boolean {
  return apiVersion.includes("/") && CLUSTER_SCOPED_KINDS.has(kind) && !isClusterScoped(kind, apiVersion);
}
