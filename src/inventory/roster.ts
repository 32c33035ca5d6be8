import type { KnownNode } from "./node_roster.ts";
import type { NodeSource } from "./node_source.ts";
import type { PodGroup } from "./pod_group.ts";
import type { KnownPod, PodName } from "./pod_roster.ts";
import type { PodSource } from "./pod_source.ts";
import type { Rollouts } from "./rollouts.ts";
import { guessOwnerOfPod, type Owner, ownerOfObject } from "./top_owner.ts";

/**
 * What is known of the cluster's pods, nodes and rollouts without asking anybody: look-ups alone. Where no feed runs (no
 * cluster report and no rules for objects), pods and nodes are unknown and owners are guessed from names.
 */
export interface Roster {
  podOf(namespace: string, name: string): KnownPod | null;
  /** Whether pods have been listed: one that is unknown then is not there. */
  knowsPods(): boolean;
  /** The top owner of an object of any kind; of a pod that is not known, by its name. `null` where it has none. */
  ownerOf(object: { readonly kind: string; readonly namespace: string; readonly name: string }): Owner | null;
  /** The pods of one owner, by the template that they were made from. */
  groupsOf(namespace: string, owner: Pick<Owner, "kind" | "name">): readonly PodGroup[];
  nodeOf(name: string): KnownNode | null;
  /** The pods on a node: goes through all pods. */
  podsOfNode(name: string): readonly PodName[];
  countOnNode(name: string): number;
  readonly rollouts: Rollouts;
}

/** Creates the roster over whatever sources run. */
export function createRoster(pods: PodSource | null, nodes: NodeSource | null, rollouts: Rollouts): Roster {
  const rosters = () => pods?.latest() ?? [];

  function podOf(namespace: string, name: string): KnownPod | null {
    for (const roster of rosters()) {
      const pod = roster.podOf(namespace, name);
      if (pod !== null) return pod;
    }
    return null;
  }

  return {
    podOf,
    knowsPods: () => rosters().length > 0,
    ownerOf({ kind, namespace, name }) {
      if (kind !== "Pod") return ownerOfObject(kind, name);
      const pod = podOf(namespace, name);
      return pod === null ? guessOwnerOfPod(name) : pod.owner;
    },
    groupsOf: (namespace, owner) => rosters().flatMap((roster) => roster.groupsOf(namespace, owner)),
    nodeOf: (name) => nodes?.latest()?.nodeOf(name) ?? null,
    podsOfNode: (name) => rosters().flatMap((roster) => roster.podsOfNode(name)),
    countOnNode: (name) => rosters().reduce((sum, roster) => sum + roster.countOnNode(name), 0),
    rollouts,
  };
}
