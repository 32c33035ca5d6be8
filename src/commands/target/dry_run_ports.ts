import type { TargetPorts } from "./check_target.ts";
import { findBuiltInType } from "./type_name.ts";
import { lookUpSystemName, realPathOrNull } from "./system_ports.ts";

/**
 * Stands for the address of a name that has none on this machine: cluster names resolve only in the cluster, and that
 * they do not resolve here says nothing about the policy. From TEST-NET-1 (RFC 5737), so nobody has it.
 */
export const PLACEHOLDER_ADDRESS = "192.0.2.1";

const LOOKUP_DEADLINE_MS = 2_000;

/** How a dry run looks names up. */
interface DryRunOptions {
  /** `false`: no name is looked up, all get the placeholder. */
  readonly lookUp: boolean;
  /** Told each name that got the placeholder, once. */
  readonly onPlaceholder: (name: string) => void;
  /** Told each type, once, of which only an API server could say what it is. */
  readonly onUnaskedType?: (type: string) => void;
  readonly resolve?: (name: string, deadlineMs: number) => Promise<readonly string[]>;
}

/**
 * Ports for deciding where nothing will run. Each name is looked up once. After a lookup that took the whole deadline
 * no other is tried: there is no resolver, and a file of a thousand commands should not wait for it a thousand times.
 */
export function createDryRunPorts(options: DryRunOptions): TargetPorts {
  const never = new AbortController().signal;
  const resolve = options.resolve ?? ((name, deadlineMs) => lookUpSystemName(name, { deadlineMs, signal: never }));
  const answers = new Map<string, readonly string[]>();
  const unasked = new Set<string>();
  let looksUp = options.lookUp;
  return {
    resolve: async (name) => {
      const known = answers.get(name);
      if (known !== undefined) return known;
      const startedMs = performance.now();
      const found = looksUp ? await resolve(name, LOOKUP_DEADLINE_MS) : [];
      if (found.length === 0 && performance.now() - startedMs >= LOOKUP_DEADLINE_MS) looksUp = false;
      if (found.length === 0) options.onPlaceholder(name);
      const answer = found.length === 0 ? [PLACEHOLDER_ADDRESS] : found;
      answers.set(name, answer);
      return answer;
    },
    realPath: realPathOrNull,
    servedTypes: (type) => {
      if (!unasked.has(type) && findBuiltInType(type) === null) options.onUnaskedType?.(type);
      unasked.add(type);
      return Promise.resolve({ kind: "not_asked" });
    },
  };
}
