/** What the agent's role may not read, so that it is not asked for again at once. */
export interface RefusedReads {
  /** `resource`: `pods/log`, `deployments.apps`; `namespace` "" for a resource without one. */
  note(resource: string, namespace: string): void;
  isRefused(resource: string, namespace: string): boolean;
  /** The resources refused now, each once. */
  resources(): readonly string[];
}

const FOR_MS = 10 * 60_000;
const LIMIT = 1_024;

/** Creates it, empty; `now` is monotonic. A Role may allow in one namespace what is refused in the next. */
export function createRefusedReads(now: () => number): RefusedReads {
  const refused = new Map<string, number>();
  const keyOf = (resource: string, namespace: string) => `${resource}\n${namespace}`;

  function forgetOld(): void {
    for (const [key, atMs] of refused) if (now() - atMs >= FOR_MS) refused.delete(key);
  }

  return {
    note(resource, namespace) {
      refused.delete(keyOf(resource, namespace));
      refused.set(keyOf(resource, namespace), now());
      if (refused.size <= LIMIT) return;
      for (const oldest of refused.keys()) {
        refused.delete(oldest);
        return;
      }
    },
    isRefused(resource, namespace) {
      const atMs = refused.get(keyOf(resource, namespace));
      return atMs !== undefined && now() - atMs < FOR_MS;
    },
    resources() {
      forgetOld();
      return [...new Set([...refused.keys()].map((key) => key.slice(0, key.indexOf("\n"))))].sort();
    },
  };
}
