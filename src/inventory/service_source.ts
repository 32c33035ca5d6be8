import { collectionPaths } from "./collection_paths.ts";
import { createFeed, type Feed, METADATA_LIST, METADATA_WATCH } from "./feed.ts";
import { createNameCounter, NAME_FIELDS, type NameCounter } from "./name_counter.ts";
import type { SourceOptions } from "./pod_source.ts";

/** A Service is 1 to 2 kB. */
const PAGE_LIMIT = 500;

interface ServiceSourceOptions extends SourceOptions {
  /** Empty: all, cluster-wide. */
  readonly namespaces: readonly string[];
}

/** The Services, by one watch, or one a namespace: counted for the report, and shown to whoever observes them. */
export interface ServiceSource {
  run(signal: AbortSignal): Promise<void>;
  /** The counts of Services, each feed's own. */
  readonly feeds: readonly Feed<NameCounter>[];
  /** Why Services can't be read, where the server refuses them; `null` where it does not. */
  refusal(): string | null;
}

/** Creates the source; nothing is read before `run`. Whole Services come only where somebody looks at them. */
export function createServiceSource(options: ServiceSourceOptions): ServiceSource {
  const { namespaces, observers = [], onListOnly, ...shared } = options;
  const form = observers.length > 0 ? {} : { accept: METADATA_LIST, watchAccept: METADATA_WATCH };
  const feeds = collectionPaths("services", namespaces).map((path) =>
    createFeed({
      ...shared,
      ...form,
      observers,
      resource: "services",
      path,
      fields: NAME_FIELDS,
      pageLimit: PAGE_LIMIT,
      createStore: createNameCounter,
      onListOnly: (listOnly) => onListOnly?.("services", listOnly),
    })
  );
  return {
    feeds,
    run: async (signal) => {
      await Promise.all(feeds.map((feed) => feed.run(signal)));
    },
    refusal: () => feeds.map((feed) => feed.refusal()).find((refusal) => refusal !== null) ?? null,
  };
}
