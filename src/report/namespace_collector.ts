import type { KubeClient, KubeTraffic } from "../kube/kube_client.ts";
import { KubeError } from "../kube/kube_error.ts";
import type { Allowlists } from "../inventory/allowlist.ts";
import { collectionPaths } from "../inventory/collection_paths.ts";
import { createFeed, type Feed, METADATA_LIST, METADATA_WATCH } from "../inventory/feed.ts";
import { createNameCounter, NAME_FIELDS, type NameCounter } from "../inventory/name_counter.ts";
import type { PodSource } from "../inventory/pod_source.ts";
import type { ServiceSource } from "../inventory/service_source.ts";
import type { Clock } from "../lifecycle/clock.ts";
import { errorMessage } from "../lifecycle/errors.ts";
import type { WatchedResource } from "../telemetry/label_values.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { NamespaceDetail } from "../wire/metrics_report.ts";
import type { Collector } from "./collector.ts";
import {
  createNamespaceStore,
  NAMESPACE_FIELDS,
  type NamespaceRecord,
  type NamespaceStore,
  readNamespace,
} from "./namespace_store.ts";
import type { PodUsage } from "./pod_collector.ts";
import { reportUsage, usageErrors, type UsageOutcome } from "./usage_reader.ts";

/** Metadata is about a kilobyte an object; the API server compresses answers above 128 kB only. */
const PAGE_LIMIT = 500;

/** In the order in which reports have them. */
const RESOURCES = ["pods", "services", "configmaps", "secrets"] as const;
type Countable = "configmaps" | "secrets";

interface NamespaceCollectorOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly allow: Allowlists;
  readonly namespaces: readonly string[];
  /** Also list Secrets (their metadata alone) to count them. */
  readonly countSecrets: boolean;
  readonly pods: PodSource;
  readonly services: ServiceSource;
  readonly podUsage: PodUsage;
  readonly onTraffic: (traffic: KubeTraffic) => void;
  readonly onListOnly?: ((resource: WatchedResource, listOnly: boolean) => void) | undefined;
}

/** A namespace's own fields; only `name` is known where the agent may not read namespaces. */
type KnownNamespace = Pick<NamespaceRecord, "name"> & Partial<NamespaceRecord>;

/** Collects namespaces and how many objects of each kind are in them. Data of ConfigMaps and Secrets is never fetched. */
export function createNamespaceCollector(options: NamespaceCollectorOptions): Collector {
  const { client, clock, telemetry, namespaces, onTraffic, pods, services } = options;
  const countables: readonly Countable[] = ["configmaps", ...(options.countSecrets ? ["secrets" as const] : [])];
  const counters = new Map<Countable, readonly Feed<NameCounter>[]>(
    countables.map((resource) => [
      resource,
      collectionPaths(resource, namespaces).map((path) =>
        createFeed({
          client,
          clock,
          telemetry,
          resource,
          path,
          accept: METADATA_LIST,
          watchAccept: METADATA_WATCH,
          fields: NAME_FIELDS,
          pageLimit: PAGE_LIMIT,
          createStore: createNameCounter,
          onTraffic,
          onListOnly: (listOnly) => options.onListOnly?.(resource, listOnly),
        })
      ),
    ]),
  );
  const feed: Feed<NamespaceStore> | null = namespaces.length > 0 ? null : createFeed({
    client,
    clock,
    telemetry,
    resource: "namespaces",
    path: "/api/v1/namespaces",
    fields: NAMESPACE_FIELDS,
    pageLimit: PAGE_LIMIT,
    createStore: () => createNamespaceStore(options.allow),
    onTraffic,
    onListOnly: (listOnly) => options.onListOnly?.("namespaces", listOnly),
  });

  /** A Role may grant `get` on the namespace that it is in; without it the name alone is reported. */
  async function readOwn(name: string, signal: AbortSignal): Promise<KnownNamespace> {
    const path = `/api/v1/namespaces/${encodeURIComponent(name)}`;
    try {
      return readNamespace(await client.request({ path, signal, onTraffic }), options.allow) ?? { name };
    } catch (error) {
      if (error instanceof KubeError && error.status === 403) return { name };
      throw error;
    }
  }

  async function readNamespaces(signal: AbortSignal): Promise<readonly KnownNamespace[]> {
    if (feed !== null) return (await feed.whenLive(signal)).namespaces();
    const settled = await Promise.allSettled(namespaces.map((name) => readOwn(name, signal)));
    const found: KnownNamespace[] = [];
    for (const one of settled) {
      if (one.status === "fulfilled") found.push(one.value);
      else if (!(one.reason instanceof KubeError && one.reason.status === 404)) throw one.reason;
    }
    return found;
  }

  /** Counts by namespace for each resource that can be counted; the reason for each that can't. */
  async function readCounts(signal: AbortSignal) {
    const counts = new Map<keyof NamespaceDetail["resources"], (namespace: string) => number>();
    const errors: Record<string, string> = {};
    const readOne = async (
      resource: keyof NamespaceDetail["resources"],
      read: () => Promise<(namespace: string) => number>,
    ) => {
      try {
        counts.set(resource, await read());
      } catch (error) {
        errors[`namespaces.${resource}`] = errorMessage(error);
      }
    };
    await Promise.all([
      readOne("pods", async () => {
        const { byNamespace } = await pods.whenLive(signal);
        return (namespace) => byNamespace.get(namespace) ?? 0;
      }),
      ...[["services", services.feeds] as const, ...counters].map(([resource, feeds]) =>
        readOne(resource, async () => {
          const live = await Promise.all(feeds.map((one) => one.whenLive(signal)));
          return (namespace) => live.reduce((sum, counter) => sum + counter.count(namespace), 0);
        })
      ),
    ]);
    return { counts, errors };
  }

  return {
    name: "namespaces",
    async run(signal) {
      const feeds = [...(feed === null ? [] : [feed]), ...[...counters.values()].flat()];
      await Promise.all(feeds.map((one) => one.run(signal)));
    },
    async collect(signal) {
      const [found, { counts, errors }, used] = await Promise.all([
        readNamespaces(signal),
        readCounts(signal),
        options.podUsage(signal),
      ]);
      const details = found.map((namespace): NamespaceDetail => ({
        name: namespace.name,
        ...(namespace.status ? { status: namespace.status } : {}),
        ...(namespace.created ? { created: namespace.created } : {}),
        labels: namespace.labels ?? {},
        annotations: namespace.annotations ?? {},
        resources: Object.fromEntries(
          RESOURCES.flatMap((resource) => {
            const count = counts.get(resource);
            return count === undefined ? [] : [[resource, count(namespace.name)]];
          }),
        ),
        ...usageOf(namespace.name, used),
      })).sort((a, b) => a.name < b.name ? -1 : 1);
      return {
        data: { namespaces: Object.fromEntries(details.map((detail) => [detail.name, detail])) },
        objects: details.length,
        errors: { ...errors, ...usageErrors("namespaces.usage", used) },
      };
    },
  };
}

function usageOf(namespace: string, used: UsageOutcome) {
  const sum = used.kind === "read" ? used.reading.sums.get(namespace) : undefined;
  return sum === undefined || used.kind !== "read" ? {} : { usage: reportUsage(sum, used.reading.readAt) };
}
