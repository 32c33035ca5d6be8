import { Buffer } from "node:buffer";
import * as z from "zod/mini";
import type { KubeClient } from "../kube/kube_client.ts";
import { KubeError } from "../kube/kube_error.ts";
import { AgentError } from "../lifecycle/errors.ts";
import { decodeState, encodeState, type StateStore } from "./state_store.ts";

export interface ConfigMapStoreOptions {
  readonly client: KubeClient;
  readonly clusterId: string;
  readonly namespace: string;
  readonly name: string;
  /** The key in the ConfigMap's data. */
  readonly key: string;
  /** Joins what another writer stored with what is to be written; absent: ours replaces it. */
  readonly merge?: (theirs: unknown, ours: unknown) => unknown;
  /** Whether this process may write now, asked before each try; absent: always. */
  readonly mayWrite?: () => boolean;
}

/**
 * One ConfigMap, as all stores of this process that keep a key in it have last seen it: a store that knew only its own
 * writes would meet a conflict at each write of another one.
 */
interface Place {
  /** As the API server sent it; `undefined`: nobody knows. */
  latest: unknown;
  /** Writes are sent one after the other. */
  turn: Promise<unknown>;
}

const places = new WeakMap<KubeClient, Map<string, Place>>();

function placeOf(client: KubeClient, path: string): Place {
  const known = places.get(client) ?? new Map<string, Place>();
  places.set(client, known);
  const place = known.get(path) ?? { latest: undefined, turn: Promise.resolve() };
  known.set(path, place);
  return place;
}

/** The ConfigMap as it was last seen, as a store of one key reads it. */
interface Seen {
  /** `null`: there is none. */
  readonly resourceVersion: string | null;
  /** What stands under the key; `null`: nothing. */
  readonly text: string | null;
  /** What all other keys hold. */
  readonly otherBytes: number;
}

/** What the values of a ConfigMap may come to; the API server refuses more (ValidateConfigMap in Kubernetes' source). */
const LIMIT_BYTES = 1024 * 1024;

/** Tries against writers that are faster; each costs a read and a write that is refused. */
const WRITE_TRIES = 5;

/**
 * Keeps a value in a ConfigMap of the agent's own namespace, so that it outlives the node without a volume. Writes
 * are seconds apart, because each one is a write to etcd. Each write says which version it replaces: when somebody else
 * was faster (a second copy of the agent during a rollout), both values are merged, so that none undoes the other.
 */
export function createConfigMapStore(options: ConfigMapStoreOptions): StateStore {
  const { client, clusterId, name, key, merge = (_theirs, ours) => ours } = options;
  const collection = `/api/v1/namespaces/${encodeURIComponent(options.namespace)}/configmaps`;
  const path = `${collection}/${encodeURIComponent(name)}`;
  const place = placeOf(client, path);
  /** What this process has read or written: nothing of it can be undone by writing. */
  let known: string | null = null;

  async function load(signal: AbortSignal): Promise<Seen> {
    try {
      place.latest = await client.request({ path, signal });
    } catch (error) {
      if (!hasStatus(error, 404)) throw error;
      place.latest = null;
    }
    return readConfigMap(place.latest, key);
  }

  function refuseTooLarge(text: string, { otherBytes }: Seen): void {
    const bytes = Buffer.byteLength(text) + otherBytes;
    if (bytes <= LIMIT_BYTES) return;
    throw new AgentError(
      "failed",
      `Cannot write ${key} to the ConfigMap ${name}: it would hold ${bytes} bytes (${otherBytes} of them in other keys), ` +
        `and Kubernetes allows ${LIMIT_BYTES}; remove other keys, or keep the state in a file (state.kind: file)`,
    );
  }

  /** Sends the write that fits what was seen; false when that was no longer true. */
  async function send(base: Seen, text: string, signal: AbortSignal): Promise<boolean> {
    const { resourceVersion } = base;
    const version = resourceVersion === null ? {} : { resourceVersion };
    const body = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, labels: { "app.kubernetes.io/managed-by": "agent" }, ...version },
      data: { [key]: text },
    };
    const request = resourceVersion === null
      ? { method: "POST", path: collection, body, signal } as const
      : { method: "PATCH", path, contentType: "application/merge-patch+json", body, signal } as const;
    try {
      place.latest = await client.request(request);
      return true;
    } catch (error) {
      place.latest = undefined; // also where nobody knows what became of it
      if (hasStatus(error, 409) || (resourceVersion !== null && hasStatus(error, 404))) return false;
      throw error;
    }
  }

  return {
    intervalMs: 5_000,
    async read(signal) {
      const seen = await load(signal);
      known = seen.text;
      return seen.text === null ? { kind: "none" } : decodeState(clusterId, seen.text);
    },
    write(value, signal) {
      const written = place.turn.then(() => writeNow(value, signal));
      place.turn = written.catch(() => {});
      return written;
    },
  };

  async function writeNow(value: unknown, signal: AbortSignal): Promise<void> {
    let wanted = value;
    for (let attempt = 0; attempt < WRITE_TRIES; attempt++) {
      const base: Seen = place.latest === undefined ? await load(signal) : readConfigMap(place.latest, key);
      if (base.text !== null && base.text !== known) {
        const theirs = decodeState(clusterId, base.text);
        if (theirs.kind === "found") wanted = merge(theirs.value, wanted);
      }
      const text = encodeState(clusterId, wanted);
      refuseTooLarge(text, base);
      if (options.mayWrite?.() === false) {
        throw new Error(`Cannot write ${key} to the ConfigMap ${name}: another replica leads now, and writes it`);
      }
      if (!await send(base, text, signal)) continue;
      known = text;
      return;
    }
    throw new Error(
      `Cannot write the ConfigMap ${name}: other writers were faster ${WRITE_TRIES} times; who writes it?`,
    );
  }
}

function hasStatus(error: unknown, status: number): boolean {
  return error instanceof KubeError && error.status === status;
}

const configMapSchema = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  data: z.nullish(z.record(z.string(), z.unknown())),
  binaryData: z.nullish(z.record(z.string(), z.unknown())),
});

const NO_CONFIG_MAP: Seen = { resourceVersion: null, text: null, otherBytes: 0 };

function readConfigMap(configMap: unknown, key: string): Seen {
  const parsed = configMapSchema.safeParse(configMap);
  if (!parsed.success) return NO_CONFIG_MAP;
  const { metadata, data, binaryData } = parsed.data;
  const { [key]: text, ...others } = data ?? {};
  const textBytes = Object.values(others).reduce<number>((sum, value) => sum + sizeOf(value, "utf8"), 0);
  const binaryBytes = Object.values(binaryData ?? {}).reduce<number>((sum, value) => sum + sizeOf(value, "base64"), 0);
  return {
    resourceVersion: metadata.resourceVersion,
    text: typeof text === "string" ? text : null,
    otherBytes: textBytes + binaryBytes,
  };
}

function sizeOf(value: unknown, encoding: "utf8" | "base64"): number {
  return typeof value === "string" ? Buffer.byteLength(value, encoding) : 0;
}
