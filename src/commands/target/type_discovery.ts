import { errorMessage } from "../../lifecycle/errors.ts";
import { createLogger } from "../../lifecycle/logging.ts";
import type { AskServedTypes } from "./resolve_types.ts";
import { readServedTypes, type ServedTypes } from "./served_type.ts";

interface TypeDiscoveryOptions {
  /** Reads the API server's aggregated discovery document; rejects when it can't. */
  readonly read: () => Promise<unknown>;
  /** Milliseconds on a clock that only goes forward. */
  readonly now: () => number;
}

/** How long an answer is used. Types come and go with operators, not with their objects. */
const FRESH_MS = 5 * 60_000;
/** How soon the API server is asked again for a type that the last answer did not have, or after a failure. */
const AGAIN_MS = 30_000;

/** Asks the API server for the types it serves, once for all commands, and at most every half minute. */
export function createTypeDiscovery({ read, now }: TypeDiscoveryOptions): AskServedTypes {
  const log = createLogger("commands");
  let last: { readonly atMs: number; readonly answer: ServedTypes } | null = null;
  let asking: Promise<ServedTypes> | null = null;

  async function ask(): Promise<ServedTypes> {
    let answer: ServedTypes = { kind: "failed" };
    try {
      const types = readServedTypes(await read());
      if (types === null) log.warn("The API server has no aggregated discovery: only built-in types can be read");
      else answer = { kind: "served", types };
    } catch (error) {
      log.warn("Cannot ask the API server for its types: only built-in ones can be read", {
        error: errorMessage(error),
      });
    }
    last = { atMs: now(), answer };
    return answer;
  }

  return async (_type, fresh) => {
    if (last !== null) {
      const usedMs = fresh || last.answer.kind === "failed" ? AGAIN_MS : FRESH_MS;
      if (now() - last.atMs < usedMs) return last.answer;
    }
    asking ??= ask().finally(() => asking = null);
    return await asking;
  };
}
