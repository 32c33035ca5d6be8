import type { StateStore } from "../state/state_store.ts";

/** Where the agent keeps the id that it used last, so that a change can't pass unnoticed. */
export interface IdentityMemory {
  /** `null` when no id was kept yet. */
  read(): Promise<string | null>;
  write(id: string): Promise<void>;
}

/** The id is another one than before. */
export interface IdentityChange {
  readonly previous: string;
  readonly current: string;
  /** The method that gave the new id. */
  readonly source: string;
}

/** Keeps the id as the value of a store. */
export function createIdentityMemory(store: StateStore, signal: AbortSignal): IdentityMemory {
  return {
    async read() {
      const reading = await store.read(signal);
      return reading.kind === "found" && typeof reading.value === "string" ? reading.value : null;
    },
    write: (id) => store.write(id, signal),
  };
}
