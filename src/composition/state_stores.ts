import { dirname, join } from "node:path";
import type { IdentityMemory } from "../cluster/identity_memory.ts";
import type { Config } from "../config/config_schema.ts";
import type { CheckpointStore } from "../events/checkpoint/checkpoint_store.ts";
import { createConfigMapCheckpointStore } from "../events/checkpoint/configmap_checkpoint_store.ts";
import { createFileCheckpointStore } from "../events/checkpoint/file_checkpoint_store.ts";
import type { KubeAccess } from "../kube/kube_access.ts";
import type { KubeClient } from "../kube/kube_client.ts";

/** What a state store needs to know of its surroundings. */
export interface StateSurroundings {
  readonly config: Config;
  readonly client: KubeClient;
  readonly access: KubeAccess;
}

/** Where the watch's checkpoint is kept; `null` with `state.kind: none`. */
export function createCheckpointStoreFor(around: StateSurroundings, clusterId: string): CheckpointStore | null {
  return createStore(around, clusterId, "checkpoint.json", around.config.state.path);
}

/** The identity is no cluster's: it is what tells whether the cluster is another one. */
const ANY_CLUSTER = "any";

/** Keeps the id beside the checkpoint, so that a change can't pass unnoticed; `null` with `state.kind: none`. */
export function createIdentityMemoryFor(around: StateSurroundings, signal: AbortSignal): IdentityMemory | null {
  const path = join(dirname(around.config.state.path), "identity.json");
  const store = createStore(around, ANY_CLUSTER, "identity.json", path);
  if (store === null) return null;
  return {
    async read() {
      const reading = await store.read(signal);
      return reading.kind === "found" && typeof reading.value === "string" ? reading.value : null;
    },
    write: (id) => store.write(id, signal),
  };
}

function createStore(
  { config, client, access }: StateSurroundings,
  clusterId: string,
  key: string,
  path: string,
): CheckpointStore | null {
  const { state } = config;
  switch (state.kind) {
    case "none":
      return null;
    case "file":
      return createFileCheckpointStore({ path, clusterId });
    case "configmap": {
      const namespace = state.configmap.namespace ?? access.namespace ?? "default";
      return createConfigMapCheckpointStore({ client, clusterId, namespace, name: state.configmap.name, key });
    }
  }
}
