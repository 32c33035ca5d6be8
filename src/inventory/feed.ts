import type { KubeClient, KubeTraffic } from "../kube/kube_client.ts";
import type { FieldTree } from "../kube/parse_fields.ts";
import { reflect, type ReflectorItem } from "../kube/reflector.ts";
import type { Clock } from "../lifecycle/clock.ts";
import { compact } from "../lifecycle/compact.ts";
import { AgentError } from "../lifecycle/errors.ts";
import { createLogger } from "../lifecycle/logging.ts";
import type { WatchedResource } from "../telemetry/label_values.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { FeedObserver } from "./feed_observer.ts";
import type { FeedStore } from "./feed_store.ts";
import { mergeFields } from "./field_tree.ts";

/** Metadata without spec, status or data; a server that knows no such form sends whole objects, which do as well. */
export const METADATA_LIST = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json";
export const METADATA_WATCH = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json";
export const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

interface FeedOptions<S extends FeedStore> {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** `pods`: for messages and metrics. */
  readonly resource: WatchedResource;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly accept?: string;
  readonly watchAccept?: string;
  /** The fields of a listed object that the store reads. */
  readonly fields: FieldTree;
  readonly pageLimit: number;
  readonly createStore: () => S;
  /** Who else looks at the objects; read when `run` begins. */
  readonly observers?: readonly FeedObserver[] | undefined;
  readonly onTraffic: (traffic: KubeTraffic) => void;
  /** Told when the collection begins to be listed for each report, because watching is not allowed, and when that ends. */
  readonly onListOnly?: ((listOnly: boolean) => void) | undefined;
}

/** One collection, listed once and then kept up to date by a watch, in a store that holds only what is counted. */
export interface Feed<S extends FeedStore> {
  /** Feeds the store until `signal` fires. */
  run(signal: AbortSignal): Promise<void>;
  /**
   * The store, as soon as it is complete and its watch is open. Where listing is allowed and watching is not, the
   * collection is listed anew for each call. Rejects at once when the server refuses (401, 403), and otherwise with the
   * last failure when `signal` fires: figures that may be old are not handed out.
   */
  whenLive(signal: AbortSignal): Promise<S>;
  /** The last complete store, which may be old while the watch is interrupted; `null` before there is one. */
  latest(): S | null;
  /** Why the collection can't be read, where the server refuses it (401, 403); `null` where it does not. */
  refusal(): string | null;
}

type FeedState<S> =
  | { readonly kind: "starting" }
  | { readonly kind: "live"; readonly store: S }
  /** Listing is allowed, watching is not. */
  | { readonly kind: "list_only" }
  | { readonly kind: "interrupted"; readonly detail: string; readonly refused: boolean };

/** Creates a feed; nothing is read before `run`. */
export function createFeed<S extends FeedStore>(options: FeedOptions<S>): Feed<S> {
  const { clock, telemetry, resource, path, observers = [] } = options;
  const log = createLogger("inventory");
  let state: FeedState<S> = { kind: "starting" };
  let current: S | null = null; // the last complete one
  let filling: S | null = null; // what a list in progress has brought so far
  let listing: Promise<S> | null = null; // for whoever asks while watching is not allowed
  let changed = Promise.withResolvers<void>();

  function enter(next: FeedState<S>): void {
    state = next;
    changed.resolve();
    changed = Promise.withResolvers();
  }

  function take(item: ReflectorItem): void {
    switch (item.kind) {
      case "list_started":
        filling = options.createStore();
        for (const observer of observers) observer.listStarted?.(path);
        return;
      case "page":
        for (const taken of item.objects) skipUnless(taken === true);
        return;
      case "listed":
        current = filling;
        filling = null;
        for (const observer of observers) observer.listed?.(path);
        return;
      case "watching":
        if (state.kind === "list_only") options.onListOnly?.(false);
        if (current !== null) enter({ kind: "live", store: current });
        return madeProgress();
      case "changes":
        for (const { type, object } of item.changes) {
          skipUnless((type === "DELETED" ? current?.delete(object) : current?.put(object)) ?? true);
          for (const observer of observers) observer.change({ type, object, listed: false });
        }
        return madeProgress();
      case "bookmark":
        return madeProgress();
      case "interrupted":
        telemetry.watchRestarts.inc({ resource, cause: item.cause });
        if (item.cause === "closed") return; // as it does every few minutes; the next watch misses nothing
        if (item.cause === "forbidden" && current !== null) return enterListOnly(item.detail);
        // A right that is missing is said once, not at each try.
        if (state.kind !== "interrupted" || state.detail !== item.detail) {
          log.warn("A watch of the inventory was interrupted", {
            path,
            cause: item.cause,
            error: item.detail,
            waitMs: item.waitMs,
          });
        }
        enter({
          kind: "interrupted",
          detail: item.detail,
          refused: item.cause === "forbidden" || item.cause === "unauthorized",
        });
    }
  }

  /** The reflector goes on asking, so that a grant is noticed without a restart. */
  function enterListOnly(detail: string): void {
    if (state.kind === "list_only") return;
    log.warn("A collection may be listed and not watched; it is listed for each report", { path, error: detail });
    options.onListOnly?.(true);
    enter({ kind: "list_only" });
  }

  function takeListed(store: S | null, object: unknown): boolean {
    const taken = store?.put(object) ?? true;
    for (const observer of observers) observer.change({ type: "ADDED", object, listed: true });
    return taken;
  }

  const fields = () => mergeFields(options.fields, ...observers.map((observer) => observer.fields));

  async function listAll(signal: AbortSignal): Promise<S> {
    const store = options.createStore();
    for (const observer of observers) observer.listStarted?.(path);
    const pages = options.client.listPages({
      path,
      signal,
      ...compact({ query: options.query, accept: options.accept }),
      pageLimit: options.pageLimit,
      fields: fields(),
      pick: (object) => takeListed(store, object),
      onTraffic: options.onTraffic,
    });
    for await (const { items } of pages) for (const taken of items) skipUnless(taken === true);
    current = store;
    for (const observer of observers) observer.listed?.(path);
    return store;
  }

  function skipUnless(taken: boolean): void {
    if (!taken) telemetry.watchLinesSkipped.inc({ reason: "unexpected" });
  }

  function madeProgress(): void {
    telemetry.watchProgressSeconds.set({ resource: path }, clock.now() / 1000);
  }

  return {
    async run(signal) {
      const items = reflect({
        client: options.client,
        clock,
        path,
        ...compact({ query: options.query, accept: options.accept, watchAccept: options.watchAccept }),
        pageLimit: options.pageLimit,
        fields: fields(),
        pick: (object) => takeListed(filling, object), // a list that fails is begun anew, with a store of its own
        resourceVersion: null, // what was known before a restart may have missed something
        onTraffic: options.onTraffic,
        onSkippedLine: (reason) => telemetry.watchLinesSkipped.inc({ reason }),
      }, signal);
      for await (const item of items) take(item);
    },
    latest: () => current,
    refusal: () => state.kind === "interrupted" && state.refused ? state.detail : null,
    async whenLive(signal) {
      while (true) {
        if (state.kind === "live") return state.store;
        if (state.kind === "list_only") return await (listing ??= listAll(signal).finally(() => listing = null));
        if (state.kind === "interrupted" && state.refused) throw new AgentError("not_permitted", state.detail);
        if (signal.aborted) throw new AgentError("unreachable", describe(state, resource));
        await firstOf(changed.promise, signal);
      }
    },
  };
}

function describe(state: FeedState<FeedStore>, resource: string): string {
  return state.kind === "interrupted"
    ? `${state.detail}; tried again, not yet with success`
    : `Cannot list ${resource}: the first list is not complete; the next report has it, or says why not`;
}

/** Resolves when `promise` does or `signal` fires, leaving no listener behind. */
async function firstOf(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<void>();
  const abort = () => aborted.resolve();
  signal.addEventListener("abort", abort, { once: true });
  try {
    await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
