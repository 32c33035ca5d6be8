import { dirname, join } from "node:path";
import type { NonceMemory } from "../commands/shared_nonce_store.ts";
import type { IdentityMemory } from "../cluster/identity_memory.ts";
import type { Config } from "../config/config_schema.ts";
import type { CheckpointStore } from "../events/checkpoint/checkpoint_store.ts";
import { createConfigMapCheckpointStore } from "../events/checkpoint/configmap_checkpoint_store.ts";
import { createFileCheckpointStore } from "../events/checkpoint/file_checkpoint_store.ts";
import { mergeCheckpoints } from "../events/event_checkpoint.ts";
import type { KubeAccess } from "../kube/kube_access.ts";
import type { KubeClient } from "../kube/kube_client.ts";
import { createNonceMemory } from "./nonce_memory.ts";

/** What a state store needs to know of its surroundings. */
export interface StateSurroundings {
  readonly config: Config;
  readonly client: KubeClient;
  readonly access: KubeAccess;
}

/** Where the watch's checkpoint is kept; `null` with `state.kind: none`. */
export function createCheckpointStoreFor(around: StateSurroundings, clusterId: string): CheckpointStore | null {
  return createStore(around, {
    clusterId,
    key: "checkpoint.json",
    path: around.config.state.path,
    merge: mergeCheckpoints,
  });
}

/** Where nonces of signed commands outlive the node: in the ConfigMap; `null` with any other `state.kind`. */
export function createNonceMemoryFor(
  around: StateSurroundings,
  clusterId: string,
  signal: AbortSignal,
): NonceMemory | null {
  const { state } = around.config;
  if (state.kind !== "configmap") return null;
  const place = { clusterId, key: "nonces.json", name: state.configmap.name, namespace: namespaceOf(around) };
  return createNonceMemory(
    (merge) => createConfigMapCheckpointStore({ ...place, client: around.client, merge }),
    signal,
  );
}

function namespaceOf({ config, access }: StateSurroundings): string {
  return config.state.configmap.namespace ?? access.namespace ?? "default";
}

/** The identity is no cluster's: it is what tells whether the cluster is another one. */
const ANY_CLUSTER = "any";

/** Keeps the id beside the checkpoint, so that a change can't pass unnoticed; `null` with `state.kind: none`. */
export function createIdentityMemoryFor(around: StateSurroundings, signal: AbortSignal): IdentityMemory | null {
  const path = join(dirname(around.config.state.path), "identity.json");
  const store = createStore(around, { clusterId: ANY_CLUSTER, key: "identity.json", path });
  if (store === null) return null;
  return {
    async read() {
      const reading = await store.read(signal);
      return reading.kind === "found" && typeof reading.value === "string" ? reading.value : null;
    },
    write: (id) => store.write(id, signal),
  };
}

interface Place {
  readonly clusterId: string;
  /** In a ConfigMap. */
  readonly key: string;
  /** As a file. */
  readonly path: string;
  readonly merge?: (theirs: unknown, ours: unknown) => unknown;
}

function createStore(around: StateSurroundings, place: Place): CheckpointStore | null {
  const { client, config: { state } } = around;
  switch (state.kind) {
    case "none":
      return null;
    case "file":
      return createFileCheckpointStore(place);
    case "configmap":
      return createConfigMapCheckpointStore({
        ...place,
        client,
        namespace: namespaceOf(around),
        name: state.configmap.name,
      });
  }
}
