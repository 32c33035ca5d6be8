import { lookup } from "node:dns/promises";
import { realpath } from "node:fs/promises";
import type { TargetPorts } from "./check_target.ts";

/** Longer than a resolver's own retries against one dead server, and shorter than most commands. */
const LOOKUP_DEADLINE_MS = 5_000;

/** The machine's own resolver (its hosts file and search domains included, as the tools use them) and file system. */
export const systemTargetPorts: TargetPorts = {
  resolve: (name) => resolveWithin(name, LOOKUP_DEADLINE_MS),
  realPath: async (path) => {
    try {
      return await realpath(path);
    } catch {
      return null; // no such file, or none that the agent may see
    }
  },
};

/** Every address of a name in the resolver's order; empty when there is none, or no answer within the deadline. */
export async function resolveWithin(name: string, deadlineMs: number): Promise<readonly string[]> {
  const late = Promise.withResolvers<readonly string[]>();
  const timer = setTimeout(() => late.resolve([]), deadlineMs);
  const found = lookup(name, { all: true, verbatim: true })
    .then((answers) => answers.map(({ address }) => address))
    .catch(() => []); // NXDOMAIN and every other failure: there is no address to check
  try {
    return await Promise.race([found, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
