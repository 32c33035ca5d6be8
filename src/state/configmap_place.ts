import { Buffer } from "node:buffer";
import { setImmediate } from "node:timers/promises";
import * as z from "zod/mini";
import type { KubeClient } from "../kube/kube_client.ts";
import { KubeError } from "../kube/kube_error.ts";
import { AgentError } from "../lifecycle/errors.ts";

/** A text to be put under one key. */
interface TextWrite {
  readonly key: string;
  /**
   * What to write in the place of what stands there (`null`: nothing). Asked anew for each try; throws where it must not be
   * written any more, and the values of other keys are written without it.
   */
  readonly compose: (present: string | null) => string;
  readonly signal: AbortSignal;
}

/**
 * One ConfigMap, which several values share. What is read in one turn is one request, and what is written in one turn, or
 * while another write is under way, is one more: each of them is a write to etcd, and a leader that ends waits for it.
 */
interface ConfigMapPlace {
  /** Begins to read for whoever reads next: what is there now will do for them, however much later they ask. */
  readAhead(signal: AbortSignal): void;
  /** The text under a key, as it is now; `null`: nothing. Rejects when the ConfigMap can't be read. */
  read(key: string, signal: AbortSignal): Promise<string | null>;
  /** Resolves once the text is kept. Of those that are sent together, none is kept when the signal of one fires first. */
  write(write: TextWrite): Promise<void>;
}

/** The ConfigMap as it was last seen. */
interface Content {
  /** `null`: there is none. */
  readonly resourceVersion: string | null;
  readonly texts: ReadonlyMap<string, string>;
  readonly binaryBytes: number;
}

interface Waiting extends TextWrite, Pick<PromiseWithResolvers<void>, "resolve" | "reject"> {}

const placeSets = new WeakMap<KubeClient, Map<string, ConfigMapPlace>>();

/** The place of a ConfigMap; the same for all who ask with this client, so that they know of each other's writes. */
export function placeOf(client: KubeClient, namespace: string, name: string): ConfigMapPlace {
  const known = placeSets.get(client) ?? new Map<string, ConfigMapPlace>();
  placeSets.set(client, known);
  const id = `${namespace}/${name}`;
  const place = known.get(id) ?? createPlace(client, namespace, name);
  known.set(id, place);
  return place;
}

/** What the values of a ConfigMap may come to; the API server refuses more (ValidateConfigMap in Kubernetes' source). */
const LIMIT_BYTES = 1024 * 1024;

/** Tries against writers that are faster; each costs a read and a write that is refused. */
const WRITE_TRIES = 5;

/** What was written is known; the answer need not bring it back. */
const METADATA_ONLY = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

function createPlace(client: KubeClient, namespace: string, name: string): ConfigMapPlace {
  const collection = `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps`;
  const path = `${collection}/${encodeURIComponent(name)}`;
  /** `undefined`: nobody knows. */
  let latest: Content | undefined;
  let reading: Promise<Content> | null = null;
  let ahead: Promise<Content> | null = null;
  let waiting: Waiting[] = [];
  let flushing = false;

  async function load(signal: AbortSignal): Promise<Content> {
    try {
      latest = readConfigMap(await client.request({ path, signal }));
    } catch (error) {
      if (!hasStatus(error, 404)) throw error;
      latest = NO_CONFIG_MAP;
    }
    return latest;
  }

  function readTogether(signal: AbortSignal): Promise<Content> {
    reading ??= Promise.resolve().then(async () => {
      reading = null; // whoever asks from now on wants what is there from now on
      const begun = ahead;
      ahead = null;
      return await begun?.catch(() => null) ?? await load(signal);
    });
    return reading;
  }

  async function flush(): Promise<void> {
    if (flushing) return;
    flushing = true;
    while (waiting.length > 0) {
      await setImmediate(); // values that are saved at the same moment go together
      const batch = waiting;
      waiting = [];
      await writeTogether(batch);
    }
    flushing = false;
  }

  async function writeTogether(batch: readonly Waiting[]): Promise<void> {
    let open = batch;
    try {
      for (let attempt = 0; attempt < WRITE_TRIES; attempt++) {
        open = open.filter(isWanted);
        if (open.length === 0) return;
        const signal = AbortSignal.any(open.map((write) => write.signal));
        const base = latest ?? await load(signal);
        const texts = new Map(base.texts);
        open = open.filter((write) => composeInto(texts, write, base));
        const data = Object.fromEntries(open.map(({ key }) => [key, texts.get(key)]));
        if (open.length > 0 && !await send({ ...base, texts }, data, signal)) continue;
        for (const { resolve } of open) resolve();
        return;
      }
      throw new Error(
        `Cannot write the ConfigMap ${name}: other writers were faster ${WRITE_TRIES} times; who writes it?`,
      );
    } catch (error) {
      for (const { reject } of open) reject(error);
    }
  }

  /** Puts the write's text into `texts`; false, and the write is told why, where it does not go. */
  function composeInto(texts: Map<string, string>, { key, compose, reject }: Waiting, base: Content): boolean {
    try {
      const text = compose(base.texts.get(key) ?? null);
      const others = [...texts].reduce((sum, [other, held]) => other === key ? sum : sum + Buffer.byteLength(held), 0);
      refuseTooLarge(key, Buffer.byteLength(text), base.binaryBytes + others);
      texts.set(key, text);
      return true;
    } catch (error) {
      reject(error);
      return false;
    }
  }

  function refuseTooLarge(key: string, ownBytes: number, otherBytes: number): void {
    const bytes = ownBytes + otherBytes;
    if (bytes <= LIMIT_BYTES) return;
    throw new AgentError(
      "failed",
      `Cannot write ${key} to the ConfigMap ${name}: it would hold ${bytes} bytes (${otherBytes} of them in other keys), ` +
        `and Kubernetes allows ${LIMIT_BYTES}; remove other keys, or keep the state in a file (state.kind: file)`,
    );
  }

  /** Sends the write that makes `wanted` of what was seen; false when that was no longer true. */
  async function send(wanted: Content, data: unknown, signal: AbortSignal): Promise<boolean> {
    const { resourceVersion } = wanted;
    const version = resourceVersion === null ? {} : { resourceVersion };
    const body = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, labels: { "app.kubernetes.io/managed-by": "agent" }, ...version },
      data,
    };
    const common = { body, signal, accept: METADATA_ONLY };
    const request = resourceVersion === null
      ? { ...common, method: "POST", path: collection } as const
      : { ...common, method: "PATCH", path, contentType: "application/merge-patch+json" } as const;
    latest = undefined; // also where nobody knows what became of it
    try {
      const answer = writtenSchema.safeParse(await client.request(request));
      if (answer.success) latest = { ...wanted, resourceVersion: answer.data.metadata.resourceVersion };
      return true;
    } catch (error) {
      if (hasStatus(error, 409) || (resourceVersion !== null && hasStatus(error, 404))) return false;
      throw error;
    }
  }

  return {
    readAhead(signal) {
      ahead = load(signal);
      ahead.catch(() => {}); // whoever reads next tries again
    },
    read: async (key, signal) => (await readTogether(signal)).texts.get(key) ?? null,
    write(write) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      waiting.push({ ...write, resolve, reject });
      void flush();
      return promise;
    },
  };
}

function isWanted({ signal, reject }: Waiting): boolean {
  if (signal.aborted) reject(signal.reason);
  return !signal.aborted;
}

function hasStatus(error: unknown, status: number): boolean {
  return error instanceof KubeError && error.status === status;
}

const writtenSchema = z.object({ metadata: z.object({ resourceVersion: z.string() }) });

const configMapSchema = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  data: z.nullish(z.record(z.string(), z.unknown())),
  binaryData: z.nullish(z.record(z.string(), z.unknown())),
});

const NO_CONFIG_MAP: Content = { resourceVersion: null, texts: new Map(), binaryBytes: 0 };

function readConfigMap(configMap: unknown): Content {
  const parsed = configMapSchema.safeParse(configMap);
  if (!parsed.success) return NO_CONFIG_MAP;
  const { metadata, data, binaryData } = parsed.data;
  const texts = Object.entries(data ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  const binaryBytes = Object.values(binaryData ?? {}).reduce<number>((sum, value) => sum + base64Bytes(value), 0);
  return { resourceVersion: metadata.resourceVersion, texts: new Map(texts), binaryBytes };
}

function base64Bytes(value: unknown): number {
  return typeof value === "string" ? Buffer.byteLength(value, "base64") : 0;
}
