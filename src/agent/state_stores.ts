import { dirname, join } from "node:path";
import { createNonceMemory } from "../commands/nonce_memory.ts";
import type { NonceMemory } from "../commands/shared_nonce_store.ts";
import { createIdentityMemory, type IdentityMemory } from "../cluster/identity_memory.ts";
import type { Config } from "../config/config_schema.ts";
import { mergeCheckpoints } from "../events/event_checkpoint.ts";
import { mergeSnapshots } from "../incidents/incident_snapshot.ts";
import type { KubeAccess } from "../kube/kube_access.ts";
import type { KubeClient } from "../kube/kube_client.ts";
import { placeOf } from "../state/configmap_place.ts";
import { createConfigMapStore } from "../state/configmap_store.ts";
import { createFileStore } from "../state/file_store.ts";
import type { StateStore } from "../state/state_store.ts";

/** What a state store needs to know of its surroundings. */
interface StateSurroundings {
  readonly config: Config;
  readonly client: KubeClient;
  readonly access: KubeAccess;
}

/** Where the watch's checkpoint is kept; `null` with `state.kind: none`. */
export function createCheckpointStoreFor(
  around: StateSurroundings,
  clusterId: string,
  mayWrite: () => boolean,
): StateStore | null {
  return createStore(around, {
    mayWrite,
    clusterId,
    key: "checkpoint.json",
    path: around.config.state.path,
    merge: mergeCheckpoints,
  });
}

/** Where open faults of objects are kept, so that their ends are told after a restart; `null` with `state.kind: none`. */
export function createFaultStoreFor(
  around: StateSurroundings,
  clusterId: string,
  mayWrite: () => boolean,
): StateStore | null {
  const path = join(dirname(around.config.state.path), "objects.json");
  return createStore(around, { mayWrite, clusterId, key: "objects.json", path });
}

/** Where open incidents are kept; `null` with `state.kind: none`. A value of its own: it can't crowd the checkpoint out. */
export function createIncidentStoreFor(
  around: StateSurroundings,
  clusterId: string,
  mayWrite: () => boolean,
): StateStore | null {
  const path = join(dirname(around.config.state.path), "incidents.json");
  return createStore(around, { mayWrite, clusterId, key: "incidents.json", path, merge: mergeSnapshots });
}

/** Begins to read what these stores hold, where that is one ConfigMap; who reads one next gets what is there now. */
export function readStateAhead(around: StateSurroundings): void {
  const { client, config: { state } } = around;
  if (state.kind === "configmap") placeOf(client, namespaceOf(around), state.configmap.name).readAhead(NEVER);
}

/** Where nonces of signed commands outlive the node: in a ConfigMap; `null` with any other `state.kind`. */
export function createNonceMemoryFor(
  around: StateSurroundings,
  clusterId: string,
  signal: AbortSignal,
): NonceMemory | null {
  const { state } = around.config;
  if (state.kind !== "configmap") return null;
  const place = { client: around.client, clusterId, namespace: namespaceOf(around), stateName: state.configmap.name };
  return createNonceMemory(place, signal);
}

/** Where the ConfigMaps of the state are, and the Lease of the replicas. */
export function namespaceOf({ config, access }: StateSurroundings): string {
  return config.state.configmap.namespace ?? access.namespace ?? "default";
}

/** A request ends by its own time limit. */
const NEVER = new AbortController().signal;

/** The identity is no cluster's: it is what tells whether the cluster is another one. */
const ANY_CLUSTER = "any";

/** Keeps the id beside the checkpoint, so that a change can't pass unnoticed; `null` with `state.kind: none`. */
export function createIdentityMemoryFor(around: StateSurroundings, signal: AbortSignal): IdentityMemory | null {
  const path = join(dirname(around.config.state.path), "identity.json");
  const store = createStore(around, { clusterId: ANY_CLUSTER, key: "identity.json", path });
  return store === null ? null : createIdentityMemory(store, signal);
}

interface Place {
  readonly clusterId: string;
  /** In a ConfigMap. */
  readonly key: string;
  /** As a file. */
  readonly path: string;
  readonly mayWrite?: () => boolean;
  readonly merge?: (theirs: unknown, ours: unknown) => unknown;
}

function createStore(around: StateSurroundings, place: Place): StateStore | null {
  const { client, config: { state } } = around;
  switch (state.kind) {
    case "none":
      return null;
    case "file":
      return createFileStore(place);
    case "configmap":
      return createConfigMapStore({
        ...place,
        client,
        namespace: namespaceOf(around),
        name: state.configmap.name,
      });
  }
}
