import type { KubeClient, KubeTraffic } from "../kube/kube_client.ts";
import type { Clock } from "../lifecycle/clock.ts";
import type { WatchedResource } from "../telemetry/label_values.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import { collectionPaths } from "./collection_paths.ts";
import { createFeed, type Feed } from "./feed.ts";
import type { FeedObserver } from "./feed_observer.ts";
import type { PodGroup } from "./pod_group.ts";
import { POD_FIELDS } from "./pod_record.ts";
import { createPodRoster, type PodCounts, type PodRoster } from "./pod_roster.ts";

/** Pods of 5 to 15 kB: a page stays near two megabytes of text, and what is parsed of it below ten. */
const PAGE_LIMIT = 200;

/** What the feeds of an inventory share. */
export interface SourceOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly onTraffic: (traffic: KubeTraffic) => void;
  /** Told which resource is listed for each report, because watching it is not allowed. */
  readonly onListOnly?: ((resource: WatchedResource, listOnly: boolean) => void) | undefined;
  /** Whoever else looks at the objects. */
  readonly observers?: readonly FeedObserver[] | undefined;
}

interface PodSourceOptions extends SourceOptions {
  /** Empty: all, cluster-wide. */
  readonly namespaces: readonly string[];
  readonly onGroup?: ((group: PodGroup) => void) | undefined;
}

/** The pods, by one watch, or one a namespace. */
export interface PodSource {
  run(signal: AbortSignal): Promise<void>;
  /** The sums, once they are complete; rejects as `Feed.whenLive` does. */
  whenLive(signal: AbortSignal): Promise<PodCounts>;
  /** What was known last, however old; for look-ups that would rather be old than late. */
  latest(): readonly PodRoster[];
  /** Why pods can't be read, where the server refuses them; `null` where it does not. */
  refusal(): string | null;
}

/** Creates the source; nothing is read before `run`. */
export function createPodSource(options: PodSourceOptions): PodSource {
  const feeds = collectionPaths("pods", options.namespaces).map((path) => createPodFeed(path, options));
  let seen: readonly (PodRoster | null)[] = [];
  let latest: readonly PodRoster[] = [];
  return {
    run: async (signal) => {
      await Promise.all(feeds.map((feed) => feed.run(signal)));
    },
    whenLive: async (signal) =>
      mergeCounts((await Promise.all(feeds.map((feed) => feed.whenLive(signal)))).map((roster) => roster.counts())),
    latest() {
      // Each report asks: the same list for as long as the feeds have the same rosters.
      if (feeds.some((feed, index) => feed.latest() !== seen[index])) {
        seen = feeds.map((feed) => feed.latest());
        latest = seen.filter((roster) => roster !== null);
      }
      return latest;
    },
    refusal: () => feeds.map((feed) => feed.refusal()).find((refusal) => refusal !== null) ?? null,
  };
}

function createPodFeed(path: string, options: PodSourceOptions): Feed<PodRoster> {
  const { client, clock, telemetry, onTraffic, onGroup = () => {} } = options;
  let listing = true;
  // While a list comes, a group's first pod may be its youngest: groups are told of once the list is complete.
  const groupTeller: FeedObserver = {
    fields: {},
    change() {},
    listStarted: () => void (listing = true),
    listed() {
      listing = false;
      feed.latest()?.groups().forEach(onGroup);
    },
  };
  const feed = createFeed({
    client,
    clock,
    telemetry,
    resource: "pods",
    path,
    fields: POD_FIELDS,
    pageLimit: PAGE_LIMIT,
    createStore: () => createPodRoster((group) => listing ? undefined : onGroup(group)),
    onTraffic,
    onListOnly: (listOnly) => options.onListOnly?.("pods", listOnly),
    observers: [groupTeller, ...options.observers ?? []],
  });
  return feed;
}

function mergeCounts(all: readonly PodCounts[]): PodCounts {
  const [first, ...rest] = all;
  if (first !== undefined && rest.length === 0) return first;
  const byPhase = new Map<string, number>();
  const byNamespace = new Map<string, number>();
  for (const counts of all) {
    for (const [phase, count] of counts.byPhase) byPhase.set(phase, (byPhase.get(phase) ?? 0) + count);
    for (const [namespace, count] of counts.byNamespace) byNamespace.set(namespace, count);
  }
  const sum = (pick: (counts: PodCounts) => number) => all.reduce((total, counts) => total + pick(counts), 0);
  return { total: sum(({ total }) => total), byPhase, byNamespace, restarts: sum(({ restarts }) => restarts) };
}
