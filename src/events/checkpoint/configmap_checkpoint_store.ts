import type { KubeClient } from "../../kube/kube_client.ts";
import { KubeError } from "../../kube/kube_error.ts";
import { type CheckpointStore, decodeCheckpoint, encodeCheckpoint } from "./checkpoint_store.ts";

export interface ConfigMapCheckpointOptions {
  readonly client: KubeClient;
  readonly clusterId: string;
  readonly namespace: string;
  readonly name: string;
  /** The key in the ConfigMap's data. */
  readonly key: string;
}

/**
 * Keeps the checkpoint in a ConfigMap of the agent's own namespace, so that it outlives the node without a volume. Writes
 * are seconds apart, because each one is a write to etcd. They merge without a version: of two writers
 * the last wins, and a checkpoint that is a little old only means copies with the same ids.
 */
export function createConfigMapCheckpointStore(options: ConfigMapCheckpointOptions): CheckpointStore {
  const { client, clusterId, name, key } = options;
  const collection = `/api/v1/namespaces/${encodeURIComponent(options.namespace)}/configmaps`;
  const path = `${collection}/${encodeURIComponent(name)}`;

  async function get(signal: AbortSignal): Promise<unknown | null> {
    try {
      return await client.request({ path, signal });
    } catch (error) {
      if (error instanceof KubeError && error.status === 404) return null;
      throw error;
    }
  }

  return {
    intervalMs: 5_000,
    async read(signal) {
      const text = dataOf(await get(signal), key);
      return text === null ? { kind: "none" } : decodeCheckpoint(clusterId, text);
    },
    async write(value, signal) {
      const body = {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name, labels: { "app.kubernetes.io/managed-by": "agent" } },
        data: { [key]: encodeCheckpoint(clusterId, value) },
      };
      const patch = { method: "PATCH", path, contentType: "application/merge-patch+json", body, signal } as const;
      try {
        await client.request(patch);
      } catch (error) {
        if (!(error instanceof KubeError) || error.status !== 404) throw error;
        await client.request({ method: "POST", path: collection, body, signal });
      }
    },
  };
}

function dataOf(configMap: unknown, key: string): string | null {
  if (typeof configMap !== "object" || configMap === null || !("data" in configMap)) return null;
  const { data } = configMap;
  if (typeof data !== "object" || data === null || !(key in data)) return null;
  const text: unknown = Object.getOwnPropertyDescriptor(data, key)?.value;
  return typeof text === "string" ? text : null;
}
