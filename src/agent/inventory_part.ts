import type { Config } from "../config/config_schema.ts";
import { createAllowlist } from "../inventory/allowlist.ts";
import type { FeedObserver } from "../inventory/feed_observer.ts";
import { createInventory, type FeedName, type Inventory } from "../inventory/inventory.ts";
import type { AgentPart } from "../lifecycle/part.ts";
import { accountTraffic, collectorOf } from "../report/create_collectors.ts";
import type { WatchedResource } from "../telemetry/label_values.ts";
import type { AgentContext } from "./agent_context.ts";

/** What is known of pods, nodes and Services: fed once, for whoever needs it. */
export interface InventoryPart extends AgentPart {
  readonly inventory: Inventory;
  /** Notes that a resource is listed for each report, because watching it is not allowed. */
  readonly noteListOnly: (resource: WatchedResource, listOnly: boolean) => void;
  readonly listOnly: () => ReadonlySet<WatchedResource>;
}

/** Feeds begin within this share of the report's interval. */
const START_SHARE = 1 / 12;

/** Whoever looks at objects as they pass by. */
export interface InventoryObservers {
  readonly pods: readonly FeedObserver[];
  readonly nodes: readonly FeedObserver[];
  readonly services: readonly FeedObserver[];
}

/** Keeps the feeds of pods, nodes and Services. Incidents alone start none: their owners are then guessed from names. */
export function createInventoryPart(context: AgentContext, observers: InventoryObservers): InventoryPart {
  const { client, clock, config, telemetry } = context;
  const listOnly = new Set<WatchedResource>();
  const noteListOnly: InventoryPart["noteListOnly"] = (resource, isSo) =>
    void (isSo ? listOnly.add(resource) : listOnly.delete(resource));
  const inventory = createInventory({
    client,
    clock,
    telemetry,
    namespaces: config.metrics.namespaces,
    allow: { labels: createAllowlist(config.metrics.labels), annotations: createAllowlist(config.metrics.annotations) },
    feeds: neededFeeds(config, observers),
    podObservers: observers.pods,
    nodeObservers: observers.nodes,
    serviceObservers: observers.services,
    onTraffic: (feed, traffic) => accountTraffic(telemetry, collectorOf(feed))(traffic),
    onListOnly: noteListOnly,
    startWithinMs: config.metrics_interval * START_SHARE,
  });
  const isIdle = inventory.pods === null && inventory.nodes === null && inventory.services === null;
  return {
    name: "inventory",
    services: isIdle ? [] : [inventory.service],
    inventory,
    noteListOnly,
    listOnly: () => listOnly,
    conditions: () => [],
    status: () => ({}),
    refreshGauges() {},
  };
}

/** Which feeds the report or an observer needs. */
function neededFeeds(config: Config, observers: InventoryObservers): ReadonlySet<FeedName> {
  const feeds = new Set<FeedName>();
  const collects = (name: Config["metrics"]["collectors"][number]) => config.metrics.collectors.includes(name);
  const { enable_metrics: reports } = config;
  if (observers.pods.length > 0 || (reports && (collects("pods") || collects("namespaces")))) feeds.add("pods");
  if (observers.nodes.length > 0 || (reports && collects("nodes"))) feeds.add("nodes");
  if (observers.services.length > 0 || (reports && collects("namespaces"))) feeds.add("services");
  return feeds;
}
