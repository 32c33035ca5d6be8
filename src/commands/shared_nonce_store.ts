import { errorMessage } from "../lifecycle/errors.ts";
import type { NonceOutcome, NonceStore } from "./nonce_store.ts";
import { SIGNATURE_LIFETIME_LIMIT_MS } from "./signature.ts";

/** A place outside this machine that keeps nonces with their expiry; every copy of the agent writes the same one. */
export interface NonceMemory {
  /** `null` when something is stored that can't be read. */
  read(): Promise<ReadonlyMap<string, number> | null>;
  /** Stores all of `alive`, and returns those that another copy has stored since this one looked last. */
  write(alive: ReadonlyMap<string, number>): Promise<ReadonlyMap<string, number>>;
}

interface SharedNonceStoreOptions {
  readonly memory: NonceMemory;
  readonly now: () => number;
  /** Nonces alive at a time: 50 bytes each, so 100 KB beside the checkpoint. */
  readonly limit?: number;
}

const DEFAULT_LIMIT = 2_000;

/**
 * Keeps nonces where they outlive the node. Each is stored before its command may run; where that fails the command is
 * refused. Of two copies of the agent that get the same command, the one that is told of the other's nonce refuses it.
 * Where what was stored can't be read, every command is refused until those that it may have held have expired.
 */
export async function openSharedNonceStore(options: SharedNonceStoreOptions): Promise<NonceStore> {
  const { memory, now, limit = DEFAULT_LIMIT } = options;
  const stored = await memory.read();
  const alive = new Map(stored);
  const unsureUntilMs = stored === null ? now() + SIGNATURE_LIFETIME_LIMIT_MS : -Infinity;
  let turn: Promise<unknown> = Promise.resolve();

  async function remember(nonce: string, expiresAtMs: number): Promise<NonceOutcome> {
    for (const [known, expiry] of alive) if (expiry <= now()) alive.delete(known);
    if (alive.has(nonce)) return { kind: "replayed" };
    if (now() < unsureUntilMs) {
      const seconds = Math.ceil((unsureUntilMs - now()) / 1000);
      return { kind: "unavailable", detail: `the nonces used before can't be read; send it again in ${seconds} s` };
    }
    if (alive.size >= limit) return { kind: "unavailable", detail: `${limit} signed commands within 5 minutes` };
    try {
      const others = await memory.write(new Map([...alive, [nonce, expiresAtMs]]));
      const replayed = others.has(nonce);
      for (const [other, expiry] of others) alive.set(other, expiry);
      alive.set(nonce, expiresAtMs);
      return replayed ? { kind: "replayed" } : { kind: "remembered" };
    } catch (error) {
      return { kind: "unavailable", detail: `cannot keep it: ${errorMessage(error)}` };
    }
  }

  return {
    remember(nonce, expiresAtMs) {
      const outcome = turn.then(() => remember(nonce, expiresAtMs));
      turn = outcome;
      return outcome;
    },
    close: async () => void (await turn),
  };
}
