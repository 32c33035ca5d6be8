import { readFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * What each store may hold, as a share of what all of them may hold together. Stores that are not here hold a number of
 * small things that is bounded elsewhere; what is left over is theirs.
 */
export const MEMORY_SHARES = {
  /** What waits for the bus, and what is on its way there. */
  outbox: 0.4,
  /** One batch a kind as it goes over the wire, until it is confirmed. */
  acks_in_flight: 0.1,
  /** What waits for the disk. */
  spool_writes: 0.05,
  /** Commands that nobody has looked at yet. */
  command_queue: 0.05,
  /** Commands that are looked at, run, or wait for a runner, and copies that wait for their answer. */
  commands_open: 0.05,
  /** Ids and answers of commands, which are said again to whoever asks again. */
  command_results: 0.05,
} as const satisfies Readonly<Record<string, number>>;
type MemoryStore = keyof typeof MEMORY_SHARES;

/** How much memory the stores of this process may take. */
export interface MemoryBudget {
  /** All stores together. */
  readonly limitBytes: number;
  bytesOf(store: MemoryStore): number;
}

/** The rest is the program's own: code, heap, buffers of the network. */
const STORES_SHARE = 0.6;
/** Where nothing limits the process, it behaves as in a container of this size. */
const USUAL_LIMIT_BYTES = 256 * 2 ** 20;
/** cgroup v2, then v1: in a container both are the container's own (https://docs.kernel.org/admin-guide/cgroup-v2.html). */
const LIMIT_FILES = ["memory.max", "memory/memory.limit_in_bytes"];
/** cgroup v1 says "no limit" with the largest multiple of a page; no machine has as much. */
const NO_LIMIT_BYTES = 2 ** 50;

/** The budget of `limitBytes` for all stores. */
export function createMemoryBudget(limitBytes: number): MemoryBudget {
  return { limitBytes, bytesOf: (store) => Math.floor(limitBytes * MEMORY_SHARES[store]) };
}

/** What the stores may take unless the configuration says otherwise: 60 % of the container's memory limit. */
export async function usualMemoryLimit(cgroupDir = "/sys/fs/cgroup"): Promise<number> {
  for (const file of LIMIT_FILES) {
    const text = await readFile(join(cgroupDir, file), "utf8").catch(() => "");
    const bytes = /^\d+$/.test(text.trim()) ? Number(text) : NaN; // "max" is no limit
    if (bytes > 0 && bytes < NO_LIMIT_BYTES) return Math.floor(bytes * STORES_SHARE);
  }
  return Math.floor(USUAL_LIMIT_BYTES * STORES_SHARE);
}
