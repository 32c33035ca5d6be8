import * as z from "zod/mini";
import { type ConfigMapStoreOptions, createConfigMapStore } from "../state/configmap_store.ts";
import type { NonceMemory } from "./shared_nonce_store.ts";

const noncesSchema = z.record(z.string(), z.number());

const KEY = "nonces.json";

/** The ConfigMap of the nonces, beside the one that the configuration names for the checkpoint. */
export const nonceConfigMapName = (stateName: string): string => `${stateName}-nonces`;

interface NonceMemoryOptions extends Pick<ConfigMapStoreOptions, "client" | "clusterId" | "namespace"> {
  /** The ConfigMap that the configuration names for the checkpoint. */
  readonly stateName: string;
}

/**
 * Keeps nonces in a ConfigMap of their own: one that the checkpoint fills would refuse them, and with them every signed
 * command. Until the first write it reads what an earlier version kept beside the checkpoint.
 */
export function createNonceMemory({ stateName, ...place }: NonceMemoryOptions, signal: AbortSignal): NonceMemory {
  let others: Record<string, number> = {};
  const store = createConfigMapStore({
    ...place,
    name: nonceConfigMapName(stateName),
    key: KEY,
    merge: (theirs, ours) => {
      others = { ...others, ...readNonces(theirs) };
      return { ...readNonces(theirs), ...readNonces(ours) };
    },
  });
  const earlier = createConfigMapStore({ ...place, name: stateName, key: KEY });
  return {
    async read() {
      let reading = await store.read(signal);
      if (reading.kind === "none") reading = await earlier.read(signal);
      if (reading.kind === "none") return new Map();
      const nonces = reading.kind === "found" ? noncesSchema.safeParse(reading.value).data : undefined;
      return nonces === undefined ? null : new Map(Object.entries(nonces));
    },
    async write(alive) {
      others = {};
      await store.write(Object.fromEntries(alive), signal);
      return new Map(Object.entries(others));
    },
  };
}

function readNonces(value: unknown): Record<string, number> {
  return noncesSchema.safeParse(value).data ?? {};
}
