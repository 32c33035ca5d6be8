import type { KubeClient } from "../kube/kube_client.ts";
import { placeOf } from "./configmap_place.ts";
import { decodeState, encodeState, type StateStore } from "./state_store.ts";

export interface ConfigMapStoreOptions {
  readonly client: KubeClient;
  readonly clusterId: string;
  readonly namespace: string;
  readonly name: string;
  /** The key in the ConfigMap's data. */
  readonly key: string;
  /** Joins what another writer stored with what is to be written; absent: ours replaces it. */
  readonly merge?: (theirs: unknown, ours: unknown) => unknown;
  /** Whether this process may write now, asked before each try; absent: always. */
  readonly mayWrite?: () => boolean;
}

/**
 * Keeps a value in a ConfigMap of the agent's own namespace, so that it outlives the node without a volume. Writes
 * are seconds apart, because each one is a write to etcd. Each write says which version it replaces: when somebody else
 * was faster (a second copy of the agent during a rollout), both values are merged, so that none undoes the other.
 */
export function createConfigMapStore(options: ConfigMapStoreOptions): StateStore {
  const { client, clusterId, namespace, name, key, merge = (_theirs, ours) => ours } = options;
  const place = placeOf(client, namespace, name);
  /** What this process has read or written: nothing of it can be undone by writing. */
  let known: string | null = null;
  return {
    intervalMs: 5_000,
    async read(signal) {
      known = await place.read(key, signal);
      return known === null ? { kind: "none" } : decodeState(clusterId, known);
    },
    async write(value, signal) {
      let wanted = value;
      let text = "";
      const compose = (present: string | null) => {
        if (options.mayWrite?.() === false) {
          throw new Error(`Cannot write ${key} to the ConfigMap ${name}: another replica leads now, and writes it`);
        }
        if (present !== null && present !== known) {
          const theirs = decodeState(clusterId, present);
          if (theirs.kind === "found") wanted = merge(theirs.value, wanted);
        }
        return text = encodeState(clusterId, wanted);
      };
      await place.write({ key, compose, signal });
      known = text;
    },
  };
}
