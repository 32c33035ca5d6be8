import type { KubeClient, KubeTraffic } from "../kube/kube_client.ts";
import { KubeError } from "../kube/kube_error.ts";
import type { Clock } from "../lifecycle/clock.ts";
import type { WatchedResource } from "../telemetry/label_values.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { NodeDetail } from "../wire/metrics_report.ts";
import type { Collector } from "./collector.ts";
import { createFeed, TABLE } from "./feed.ts";
import { objectOf, textOf } from "./json_field.ts";
import type { Allowlists } from "./namespace_store.ts";
import { NODE_FIELDS } from "./node_record.ts";
import { createNodeRoster, type Doubt, type NodeRoster } from "./node_roster.ts";
import { sumNodes } from "./node_totals.ts";
import {
  createUsageReader,
  METRICS_API,
  reportUsage,
  totalUsage,
  usageErrors,
  type UsageOutcome,
  writeUsageQuantities,
} from "./usage_reader.ts";

/** Nodes of 15 to 30 kB: a page stays near a megabyte. */
const PAGE_LIMIT = 50;
/** A change that hides behind a heartbeat is found at the latest by the next reading of all nodes. */
const READ_ALL_MS = 600_000;
/** One node read alone comes uncompressed, a list compressed eight to fifteen times: from here on the list is cheaper. */
const READ_ALL_SHARE = 0.1;
const READ_ALONE_AT_LEAST = 10;

export interface NodeCollectorOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly allow: Allowlists;
  readonly onTraffic: (traffic: KubeTraffic) => void;
  readonly onListOnly?: ((resource: WatchedResource, listOnly: boolean) => void) | undefined;
}

/** Which nodes to read again before a report. */
export type NodeReads = { readonly kind: "all" } | { readonly kind: "some"; readonly doubts: readonly Doubt[] };

/** Decides between reading the doubtful nodes one by one and reading all of them. */
export function chooseNodeReads(doubts: readonly Doubt[], total: number, sinceAllMs: number): NodeReads {
  const aloneLimit = Math.max(READ_ALONE_AT_LEAST, total * READ_ALL_SHARE);
  return sinceAllMs >= READ_ALL_MS || doubts.length > aloneLimit ? { kind: "all" } : { kind: "some", doubts };
}

/** Collects nodes: totals, and the details of each. */
export function createNodeCollector(options: NodeCollectorOptions): Collector {
  const { client, clock, onTraffic } = options;
  const usage = createUsageReader({ client, clock, resource: "nodes", onTraffic });
  let allReadAt = clock.monotonic();
  const feed = createFeed({
    client,
    clock,
    telemetry: options.telemetry,
    resource: "nodes",
    path: "/api/v1/nodes",
    query: { includeObject: "None" },
    watchAccept: TABLE,
    fields: NODE_FIELDS,
    pageLimit: PAGE_LIMIT,
    createStore: () => {
      allReadAt = clock.monotonic();
      return createNodeRoster(options.allow, () => clock.now());
    },
    onTraffic,
    onListOnly: (listOnly) => options.onListOnly?.("nodes", listOnly),
  });

  async function readAgain(roster: NodeRoster, signal: AbortSignal): Promise<NodeRoster> {
    const reads = chooseNodeReads(roster.doubts(), roster.size(), clock.monotonic() - allReadAt);
    const before = new Map(roster.all().map((doubt) => [doubt.name, doubt]));
    if (reads.kind === "all") {
      const startedAt = clock.monotonic();
      const settle = (node: unknown) => {
        const doubt = before.get(textOf(objectOf(objectOf(node).metadata).name));
        if (doubt !== undefined) roster.settle(doubt, node);
      };
      const list = {
        path: "/api/v1/nodes",
        pageLimit: PAGE_LIMIT,
        fields: NODE_FIELDS,
        pick: settle,
        signal,
        onTraffic,
      };
      for await (const _ of client.listPages(list));
      allReadAt = startedAt;
    }
    // After a reading of all, only nodes that have come since; what changed meanwhile is read before the next report.
    const left = reads.kind === "some" ? reads.doubts : roster.doubts().filter(({ name }) => !before.has(name));
    for (const doubt of left) roster.settle(doubt, await readOne(doubt.name, signal));
    return roster;
  }

  async function readOne(name: string, signal: AbortSignal): Promise<unknown> {
    try {
      return await client.request({ path: `/api/v1/nodes/${encodeURIComponent(name)}`, signal, onTraffic });
    } catch (error) {
      if (error instanceof KubeError && error.status === 404) return null;
      throw error;
    }
  }

  return {
    name: "nodes",
    run: (signal) => feed.run(signal),
    async collect(signal) {
      // Side by side: usage that is late leaves the rest of the time to nobody else.
      const [roster, used] = await Promise.all([
        feed.whenLive(signal).then((live) => readAgain(live, signal)),
        usage.read([`${METRICS_API}/nodes`], signal),
      ]);
      const nodes = roster.records().map(({ detail }) => detail).sort(byName);
      return {
        data: {
          nodes: { ...sumNodes(nodes), ...totalOf(used) },
          node_details: Object.fromEntries(nodes.map((node) => [node.name, withUsage(node, used)])),
        },
        objects: nodes.length,
        errors: usageErrors("nodes.usage", used),
      };
    },
  };
}

const byName = (a: NodeDetail, b: NodeDetail): number => a.name < b.name ? -1 : a.name > b.name ? 1 : 0;

function totalOf(used: UsageOutcome) {
  if (used.kind !== "read" || used.reading.sums.size === 0) return {};
  return { usage: reportUsage(totalUsage(used.reading.sums.values()), used.reading.readAt) };
}

function withUsage(node: NodeDetail, used: UsageOutcome): NodeDetail {
  const sum = used.kind === "read" ? used.reading.sums.get(node.name) : undefined;
  return sum === undefined ? node : { ...node, usage: writeUsageQuantities(sum) };
}
