/**
 * Where the parts of a cluster run that everything else needs: the control plane, the network, the mesh and the storage,
 * under the names that their installers give. A fault there is worse than the same one of a workload.
 */
export const SYSTEM_NAMESPACES: readonly string[] = [
  "kube-system",
  "kube-flannel",
  "kube-ovn",
  "openshift-*",
  "calico-*",
  "cilium*",
  "tigera-*",
  "istio-system",
  "linkerd",
  "longhorn-system",
  "rook-ceph",
];
