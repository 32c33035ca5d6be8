import { KubeError } from "../kube/kube_error.ts";
import type { Allowlists } from "./allowlist.ts";
import { createFeed, TABLE } from "./feed.ts";
import { mergeFields } from "./field_tree.ts";
import { objectOf, textOf } from "./json_field.ts";
import { NODE_FIELDS } from "./node_record.ts";
import { createNodeRoster, type Doubt, type NodeRoster } from "./node_roster.ts";
import type { SourceOptions } from "./pod_source.ts";

/** Nodes of 15 to 30 kB: a page stays near a megabyte. */
const PAGE_LIMIT = 50;
/** A change that hides behind a heartbeat is found at the latest by the next reading of all nodes. */
const READ_ALL_MS = 600_000;
/** One node read alone comes uncompressed, a list compressed eight to fifteen times: from here on the list is cheaper. */
const READ_ALL_SHARE = 0.1;
const READ_ALONE_AT_LEAST = 10;

interface NodeSourceOptions extends SourceOptions {
  readonly allow: Allowlists;
}

/**
 * The nodes, by one watch of table rows. Observers see each row (`kind: Table`, without the object) and each node that is
 * read whole, in the list and again when a row raised a doubt.
 */
export interface NodeSource {
  run(signal: AbortSignal): Promise<void>;
  /** The nodes, with every doubt settled by reading again; rejects as `Feed.whenLive` does. */
  settled(signal: AbortSignal): Promise<NodeRoster>;
  /** What was known last, however old; `null` before the first list is complete. */
  latest(): NodeRoster | null;
  /** Why nodes can't be read, where the server refuses them; `null` where it does not. */
  refusal(): string | null;
}

/** Which nodes to read again before a report. */
type NodeReads = { readonly kind: "all" } | { readonly kind: "some"; readonly doubts: readonly Doubt[] };

/** Decides between reading the doubtful nodes one by one and reading all of them. */
export function chooseNodeReads(doubts: readonly Doubt[], total: number, sinceAllMs: number): NodeReads {
  const aloneLimit = Math.max(READ_ALONE_AT_LEAST, total * READ_ALL_SHARE);
  return sinceAllMs >= READ_ALL_MS || doubts.length > aloneLimit ? { kind: "all" } : { kind: "some", doubts };
}

/** Creates the source; nothing is read before `run`. */
export function createNodeSource(options: NodeSourceOptions): NodeSource {
  const { client, clock, telemetry, onTraffic, observers = [] } = options;
  let allReadAt = clock.monotonic();
  const feed = createFeed({
    client,
    clock,
    telemetry,
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
    observers,
  });
  const fields = () => mergeFields(NODE_FIELDS, ...observers.map((observer) => observer.fields));

  function settle(roster: NodeRoster, doubt: Doubt, object: unknown): void {
    roster.settle(doubt, object);
    if (object === null) return; // the watch tells of its end
    for (const observer of observers) observer.change({ type: "MODIFIED", object, listed: false });
  }

  async function readAgain(roster: NodeRoster, signal: AbortSignal): Promise<NodeRoster> {
    const reads = chooseNodeReads(roster.doubts(), roster.size(), clock.monotonic() - allReadAt);
    const before = new Map(roster.all().map((doubt) => [doubt.name, doubt]));
    if (reads.kind === "all") {
      const startedAt = clock.monotonic();
      const pick = (node: unknown) => {
        const doubt = before.get(textOf(objectOf(objectOf(node).metadata).name));
        if (doubt !== undefined) settle(roster, doubt, node);
      };
      const list = { path: "/api/v1/nodes", pageLimit: PAGE_LIMIT, fields: fields(), pick, signal, onTraffic };
      for await (const _ of client.listPages(list));
      allReadAt = startedAt;
    }
    // After a reading of all, only nodes that have come since; what changed meanwhile is read before the next report.
    const left = reads.kind === "some" ? reads.doubts : roster.doubts().filter(({ name }) => !before.has(name));
    for (const doubt of left) settle(roster, doubt, await readOne(doubt.name, signal));
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
    run: (signal) => feed.run(signal),
    settled: async (signal) => await readAgain(await feed.whenLive(signal), signal),
    latest: () => feed.latest(),
    refusal: () => feed.refusal(),
  };
}
