import * as z from "zod/mini";
import type { StateStore } from "../state/state_store.ts";
import type { NonceMemory } from "./shared_nonce_store.ts";

const noncesSchema = z.record(z.string(), z.number());

/** Keeps nonces as one value of a store whose writes merge; `createStore` gets the merge. */
export function createNonceMemory(
  createStore: (merge: (theirs: unknown, ours: unknown) => unknown) => StateStore,
  signal: AbortSignal,
): NonceMemory {
  let others: Record<string, number> = {};
  const store = createStore((theirs, ours) => {
    others = { ...others, ...readNonces(theirs) };
    return { ...readNonces(theirs), ...readNonces(ours) };
  });
  return {
    async read() {
      const reading = await store.read(signal);
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
