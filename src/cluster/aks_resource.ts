/** An AKS cluster's ARM id in parts. ARM ids ignore case; `key` is what two spellings of one id share. */
interface AksResource {
  readonly name: string;
  readonly key: string;
}

const ARM_ID =
  /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.ContainerService\/managedClusters\/([^/]+)\/?$/i;

/** Reads `clusterResourceId` of kube-public/aks-cluster-metadata; `null` when it is no managed cluster's ARM id. */
export function aksResource(id: string): AksResource | null {
  const text = id.trim();
  const name = ARM_ID.exec(text)?.[1];
  return name === undefined ? null : { name, key: text.toLowerCase().replace(/\/$/, "") };
}

/** The limit of a label value, where AKS cuts a node resource group off: one that long may be incomplete. */
const LABEL_LIMIT = 63;

/**
 * The cluster's name in its node resource group `MC_<group>_<name>_<location>`. A group that was named by hand, or whose
 * parts hold underscores themselves, can't be taken apart: it is returned whole.
 */
export function aksNameOfNodeGroup(group: string): string {
  const parts = group.split("_");
  const [prefix, , name] = parts;
  if (parts.length !== 4 || prefix?.toLowerCase() !== "mc" || group.length >= LABEL_LIMIT) return group;
  return name || group;
}
