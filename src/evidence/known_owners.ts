import type { JsonObject } from "../redaction/redact_value.ts";

/** What was read of an owner and of its last change, by owner and revision, for a few minutes. */
export interface KnownOwners {
  recall(part: "owner" | "change", key: string): JsonObject | undefined;
  remember(part: "owner" | "change", key: string, value: JsonObject): void;
}

const FOR_MS = 10 * 60_000;
/** A few kB each. */
const LIMIT = 64;

/** Creates it, empty; `now` is monotonic. */
export function createKnownOwners(now: () => number): KnownOwners {
  const known = new Map<string, { readonly atMs: number; readonly value: JsonObject }>();
  const keyOf = (part: string, key: string) => `${part}\n${key}`;
  return {
    recall(part, key) {
      const found = known.get(keyOf(part, key));
      return found !== undefined && now() - found.atMs < FOR_MS ? found.value : undefined;
    },
    remember(part, key, value) {
      known.delete(keyOf(part, key));
      known.set(keyOf(part, key), { atMs: now(), value });
      if (known.size <= LIMIT) return;
      for (const oldest of known.keys()) {
        known.delete(oldest);
        return;
      }
    },
  };
}
