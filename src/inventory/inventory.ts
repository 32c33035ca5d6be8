import type { KubeClient, KubeTraffic } from "../kube/kube_client.ts";
import type { Clock } from "../lifecycle/clock.ts";
import type { Service } from "../lifecycle/service.ts";
import type { WatchedResource } from "../telemetry/label_values.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { Allowlists } from "./allowlist.ts";
import type { FeedObserver } from "./feed_observer.ts";
import { keepRunning } from "./keep_running.ts";
import { createNodeSource, type NodeSource } from "./node_source.ts";
import type { PodGroup } from "./pod_group.ts";
import { createPodSource, type PodSource } from "./pod_source.ts";
import { createRollouts, type Rollouts } from "./rollouts.ts";
import { createRoster, type Roster } from "./roster.ts";
import { createServiceSource, type ServiceSource } from "./service_source.ts";

export type FeedName = "pods" | "nodes" | "services";

interface InventoryOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Only these namespaces, with Role rights alone: nodes are then not read. Empty: the whole cluster. */
  readonly namespaces: readonly string[];
  readonly allow: Allowlists;
  /** Which feeds somebody needs. */
  readonly feeds: ReadonlySet<FeedName>;
  readonly podObservers?: readonly FeedObserver[];
  readonly nodeObservers?: readonly FeedObserver[];
  readonly serviceObservers?: readonly FeedObserver[];
  readonly onTraffic: (resource: FeedName, traffic: KubeTraffic) => void;
  readonly onListOnly?: ((resource: WatchedResource, listOnly: boolean) => void) | undefined;
  /** Feeds begin within this time, so that agents restarted together do not list together. */
  readonly startWithinMs: number;
  /** Returns a number in [0, 1); `Math.random` unless a test brings its own. */
  readonly random?: () => number;
}

/** The feeds of pods, nodes and Services, which the report, the rules for objects and the incidents share, and the roster over them. */
export interface Inventory {
  readonly service: Service;
  /** `null` where nobody needs the feed. */
  readonly pods: PodSource | null;
  readonly nodes: NodeSource | null;
  readonly services: ServiceSource | null;
  readonly roster: Roster;
}

/** Creates the inventory; nothing is read before its service runs. */
export function createInventory(options: InventoryOptions): Inventory {
  const { client, clock, telemetry, onListOnly, feeds, namespaces } = options;
  const random = options.random ?? Math.random;
  const rollouts = createRollouts();
  const shared = { client, clock, telemetry, onListOnly };
  const pods = !feeds.has("pods") ? null : createPodSource({
    ...shared,
    namespaces,
    observers: options.podObservers,
    onGroup: (group) => noteRollout(rollouts, group, clock.now()),
    onTraffic: (traffic) => options.onTraffic("pods", traffic),
  });
  const nodes = !feeds.has("nodes") || namespaces.length > 0 ? null : createNodeSource({
    ...shared,
    allow: options.allow,
    observers: options.nodeObservers,
    onTraffic: (traffic) => options.onTraffic("nodes", traffic),
  });
  const services = !feeds.has("services") ? null : createServiceSource({
    ...shared,
    namespaces,
    observers: options.serviceObservers,
    onTraffic: (traffic) => options.onTraffic("services", traffic),
  });
  const running = [
    ...(pods === null ? [] : [{ name: "pods", run: pods.run }]),
    ...(nodes === null ? [] : [{ name: "nodes", run: nodes.run }]),
    ...(services === null ? [] : [{ name: "services", run: services.run }]),
  ];
  return {
    pods,
    nodes,
    services,
    roster: createRoster(pods, nodes, rollouts),
    service: {
      name: "inventory",
      async run(signal) {
        const started = await clock.sleep(random() * options.startWithinMs, signal).then(() => true, () => false);
        if (started) await Promise.all(running.map(({ name, run }) => keepRunning(name, run, clock, signal)));
        if (!signal.aborted) await aborted(signal); // no feed is needed
      },
    },
  };
}

/** A template older than this is no news. */
const FRESH_MS = 60 * 60_000;

/**
 * A template whose first pods come is a rollout of its owner. An old one is noted only when its last pod goes: were it
 * forgotten, the same template would seem new when a drained pod comes back.
 */
function noteRollout(rollouts: Rollouts, group: PodGroup, nowMs: number): void {
  const { namespace, owner, revision, firstPodAtMs, pods } = group;
  if (revision === "" || firstPodAtMs === null || (pods > 0 && nowMs - firstPodAtMs > FRESH_MS)) return;
  rollouts.sawPods(namespace, owner.name, revision, firstPodAtMs);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
