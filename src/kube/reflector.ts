import type { BackoffOptions } from "../lifecycle/backoff.ts";
import type { Clock } from "../lifecycle/clock.ts";
import type { SkippedLineReason } from "../telemetry/label_values.ts";
import { compact } from "../lifecycle/compact.ts";
import type { KubeClient, KubeListRequest } from "./kube_client.ts";
import { compareResourceVersions } from "./resource_version.ts";
import {
  decideNextStep,
  endOfError,
  endOfErrorEvent,
  HEALTHY_MS,
  type NextStep,
  WATCH_BACKOFF,
  type WatchEnd,
} from "./watch_end.ts";

/** One change from the watch; `object` is parsed JSON that nobody has checked beyond its metadata. */
interface WatchChange {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: Readonly<Record<string, unknown>>;
  readonly resourceVersion: string;
}

/** What a reflector tells its reader, in order. Nothing more is read from the server until the reader asks again. */
export type ReflectorItem =
  | { readonly kind: "list_started" }
  /** `resourceVersion` is the first page's: the version that the watch will go on from. */
  | { readonly kind: "page"; readonly objects: readonly unknown[]; readonly resourceVersion: string }
  /** The list is complete; the watch goes on from `resourceVersion`. */
  | { readonly kind: "listed"; readonly resourceVersion: string }
  /**
   * The watch is open: what happens from now on will be seen. `serverVersion` is the server's own when it was opened: what
   * lies between the two is read again first. `null` right after a list, when nothing does.
   */
  | { readonly kind: "watching"; readonly resourceVersion: string; readonly serverVersion: string | null }
  /** Each change is parsed as it is asked for; to be gone through once, before the next item. */
  | { readonly kind: "changes"; readonly changes: Iterable<WatchChange> }
  | { readonly kind: "bookmark"; readonly resourceVersion: string }
  /** The list or watch ended; after `waitMs` it goes on as `cause` demands. */
  | ({ readonly kind: "interrupted" } & NextStep);

export interface ReflectorOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  /** The collection: `/api/v1/events`. */
  readonly path: string;
  readonly query?: KubeListRequest["query"];
  readonly accept?: string;
  /** The form that the watch asks for, where it differs from the list's. */
  readonly watchAccept?: string;
  readonly pageLimit?: number;
  /** The fields of a listed object that are read; a watch brings whole objects all the same. Default: all. */
  readonly fields?: KubeListRequest["fields"];
  /** What to keep of each listed object, as it is read; pages then hold what this returns. */
  readonly pick?: KubeListRequest["pick"];
  /** Go on from here instead of listing first; `null` lists. */
  readonly resourceVersion: string | null;
  /** Where lists are allowed and watches are not, list again after each refusal: late is better than never. */
  readonly listsWithoutWatch?: boolean;
  /** Parts that differ between a test and a cluster; the defaults are for a cluster. */
  readonly stallMs?: number;
  /** Waits after failures. */
  readonly backoff?: BackoffOptions;
  readonly random?: () => number;
  /** Told of each line of the watch that can't be used, whatever is wrong with it: what it held is lost. */
  readonly onSkippedLine: (reason: SkippedLineReason) => void;
  readonly onTraffic?: KubeListRequest["onTraffic"];
}

/** API servers send a bookmark about once a minute; three missed ones mean that nobody is there. */
const STALL_MS = 200_000;
/** How often the watchdog looks. */
const WATCHDOG_SHARE = 8;

/**
 * Lists a collection in pages and then watches it for ever, keeping nothing: each page and each batch of changes is
 * handed over and dropped. Ends only when `signal` fires; every other ending is told as `interrupted` and followed up.
 */
export async function* reflect(options: ReflectorOptions, signal: AbortSignal): AsyncGenerator<ReflectorItem> {
  const { clock } = options;
  let version = options.resourceVersion;
  let failures = 0;
  let justListed = false;
  /** Refusals in a row, of a right that was there before. */
  let refusals = 0;
  let worked = false;
  while (!signal.aborted) {
    const startedAt = clock.monotonic();
    let end: WatchEnd | null;
    let watchRefused = false;
    if (version === null) {
      const list: ListResult = yield* listOnce(options, signal);
      if (list.kind === "listed") {
        version = list.resourceVersion;
        justListed = true;
        continue;
      }
      end = list.end;
    } else {
      const comparing: Promise<ServerVersion> = justListed
        ? Promise.resolve(JUST_LISTED)
        : compareWithServer(options, version, signal);
      const known: ServerVersion | null = failures > 0 ? await comparing : null; // in trouble it is asked one by one
      if (known?.kind === "behind") end = known.end;
      else {
        const watch: WatchResult = yield* watchOnce(options, version, comparing, signal);
        version = watch.resourceVersion;
        end = watch.end;
        worked ||= watch.opened;
        watchRefused = watch.refused;
      }
    }
    justListed = false;
    if (clock.monotonic() - startedAt > HEALTHY_MS) failures = 0;
    if (end.kind === "aborted") return;
    refusals = end.kind === "forbidden" && worked ? refusals + 1 : 0;
    const step = decideNextStep(end, failures, { ...options.backoff ?? WATCH_BACKOFF, refusals });
    if (step.dropVersion || (watchRefused && options.listsWithoutWatch === true)) version = null;
    failures = step.cause === "closed" && step.waitMs === 0 ? 0 : failures + 1;
    yield { kind: "interrupted", ...step };
    if (step.waitMs > 0) await clock.sleep(step.waitMs, signal).catch(() => {}); // an abort is seen by the loop
  }
}

/** How the server's version compares to the one to go on from; no version where there was no need to ask. */
type ServerVersion =
  | { readonly kind: "ahead"; readonly version: string | null }
  /** It is behind, or it did not answer. */
  | { readonly kind: "behind"; readonly end: WatchEnd };

const JUST_LISTED: ServerVersion = { kind: "ahead", version: null };

/**
 * Asks for the server's version when a watch goes on from one that was seen before. An etcd that was restored from a
 * backup is behind it, and kube-apiserver then accepts the watch and says nothing until it has caught up: everything up to
 * there would be missed. Nothing is read of the watch before this is known; that both are asked at once saves a round trip, in
 * which nobody would watch.
 */
async function compareWithServer(
  options: ReflectorOptions,
  seen: string,
  signal: AbortSignal,
): Promise<ServerVersion> {
  try {
    const answer = await options.client.request({
      path: options.path,
      query: { ...options.query, limit: 1 },
      ...compact({ accept: options.accept }),
      signal,
    });
    const metadata = isRecord(answer) && isRecord(answer.metadata) ? answer.metadata : {};
    const version = typeof metadata.resourceVersion === "string" ? metadata.resourceVersion : "";
    if ((compareResourceVersions(version, seen) ?? 0) >= 0) return { kind: "ahead", version };
    const detail =
      `The API server is at resourceVersion ${version}, behind ${seen} that was seen: restored from a backup?`;
    return { kind: "behind", end: { kind: "version_ahead", detail } };
  } catch (error) {
    return { kind: "behind", end: endOfError(error, signal) };
  }
}

type ListResult =
  | { readonly kind: "listed"; readonly resourceVersion: string }
  | { readonly kind: "failed"; readonly end: WatchEnd };

async function* listOnce(options: ReflectorOptions, signal: AbortSignal): AsyncGenerator<ReflectorItem, ListResult> {
  yield { kind: "list_started" };
  let first: string | null = null;
  const pages = options.client.listPages({
    path: options.path,
    signal,
    ...compact({
      query: options.query,
      accept: options.accept,
      pageLimit: options.pageLimit,
      fields: options.fields,
      pick: options.pick,
      onTraffic: options.onTraffic,
    }),
  });
  const iterator = pages[Symbol.asyncIterator]();
  while (true) {
    let next;
    try {
      next = await iterator.next();
    } catch (error) {
      return { kind: "failed", end: endOfError(error, signal) };
    }
    if (next.done) break;
    // After an inconsistent continuation later pages carry a newer version; watching from the first misses nothing.
    first ??= next.value.resourceVersion;
    yield { kind: "page", objects: next.value.items, resourceVersion: first };
  }
  if (first === null || first === "") {
    return {
      kind: "failed",
      end: { kind: "server_error", detail: `The list of ${options.path} has no resourceVersion` },
    };
  }
  yield { kind: "listed", resourceVersion: first };
  return { kind: "listed", resourceVersion: first };
}

interface WatchResult {
  readonly end: WatchEnd;
  readonly opened: boolean;
  /** Whether it was the watch that the server forbade, not the question about its version. */
  readonly refused: boolean;
  readonly resourceVersion: string;
}

async function* watchOnce(
  options: ReflectorOptions,
  from: string,
  comparing: Promise<ServerVersion>,
  signal: AbortSignal,
): AsyncGenerator<ReflectorItem, WatchResult> {
  const { clock } = options;
  const random = options.random ?? Math.random;
  const timeoutSeconds = 300 + Math.floor(random() * 300);
  const stalled = new AbortController();
  const useless = new AbortController();
  const watchSignal = AbortSignal.any([signal, stalled.signal, useless.signal]);
  let version = from;
  let messages = 0;
  let bookmarks = 0;
  let progressAt = clock.monotonic();
  let reading = true; // false while the reader holds us up: that is not the server's silence
  const stallMs = options.stallMs ?? STALL_MS;
  const watchdog = setInterval(() => {
    // A server that sends no bookmarks may rightly be silent until its own timeout.
    const limitMs = bookmarks > 0 || options.stallMs !== undefined ? stallMs : timeoutSeconds * 1000 + 30_000;
    if (reading && clock.monotonic() - progressAt > limitMs) stalled.abort();
  }, stallMs / WATCHDOG_SHARE);
  let opened = false;
  const result = (end: WatchEnd): WatchResult => ({ end, opened, refused: false, resourceVersion: version });
  const failed = (error: unknown): WatchResult => {
    if (!stalled.signal.aborted || signal.aborted) return result(endOfError(error, signal));
    const silentMs = Math.round(clock.monotonic() - progressAt);
    return result({ kind: "stalled", detail: `No event or bookmark for ${silentMs} ms; the connection was given up` });
  };
  try {
    const opening = options.client.watch({
      path: options.path,
      ...compact({ query: options.query, accept: options.watchAccept ?? options.accept }),
      resourceVersion: from,
      timeoutSeconds,
      onSkippedLine: options.onSkippedLine,
      signal: watchSignal,
    });
    opening.catch(() => {}); // told where it is waited for, if it is
    const server = await comparing;
    if (server.kind === "behind") {
      useless.abort();
      return result(server.end);
    }
    let stream;
    try {
      stream = await opening;
    } catch (error) {
      const failure = failed(error);
      return { ...failure, refused: failure.end.kind === "forbidden" };
    }
    opened = true;
    const openedAt = clock.monotonic();
    yield { kind: "watching", resourceVersion: version, serverVersion: server.version };
    const iterator = stream.lines[Symbol.asyncIterator]();
    let accounted = 0;
    try {
      while (true) {
        let next;
        try {
          next = await iterator.next();
        } catch (error) {
          return failed(error);
        }
        const received = stream.receivedBytes();
        options.onTraffic?.({ requests: accounted === 0 ? 1 : 0, receivedBytes: received - accounted });
        accounted = received;
        if (next.done) return result({ kind: "closed", messages, lastedMs: clock.monotonic() - openedAt });
        const batch: Batch = { messages: 0, lastVersion: null, bookmark: null, error: null };
        const changes = readChanges(next.value, batch, options);
        const first = changes.next();
        reading = false;
        if (!first.done) yield { kind: "changes", changes: startingWith(first.value, changes) };
        messages += batch.messages;
        version = batch.lastVersion ?? version;
        if (batch.bookmark !== null) {
          bookmarks++;
          version = batch.bookmark;
          yield { kind: "bookmark", resourceVersion: version };
        }
        progressAt = clock.monotonic();
        reading = true;
        if (batch.error !== null) return result(endOfErrorEvent(batch.error));
      }
    } finally {
      await iterator.return?.();
    }
  } finally {
    clearInterval(watchdog);
  }
}

/** What was met in a batch of lines so far, beside its changes. */
interface Batch {
  messages: number;
  /** The version of the last change. */
  lastVersion: string | null;
  /** The version of a bookmark that no change follows. */
  bookmark: string | null;
  error: unknown;
}

/** Parses a line at a time: were a whole batch alive at once, V8 would let its young generation grow for it. */
function* readChanges(lines: readonly string[], batch: Batch, options: ReflectorOptions): Generator<WatchChange> {
  for (const line of lines) {
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch {
      options.onSkippedLine("invalid_json");
      continue;
    }
    batch.messages++;
    if (!isRecord(message) || !isRecord(message.object)) {
      options.onSkippedLine("unexpected");
      continue;
    }
    const { type, object } = message;
    if (type === "ERROR") {
      batch.error = object;
      return;
    }
    const resourceVersion = isRecord(object.metadata) ? object.metadata.resourceVersion : undefined;
    if (typeof resourceVersion !== "string") {
      options.onSkippedLine("unexpected");
    } else if (type === "ADDED" || type === "MODIFIED" || type === "DELETED") {
      batch.lastVersion = resourceVersion;
      batch.bookmark = null;
      yield { type, object, resourceVersion };
    } else if (type === "BOOKMARK") batch.bookmark = resourceVersion;
    else options.onSkippedLine("unexpected");
  }
}

function* startingWith<T>(first: T, rest: Iterable<T>): Generator<T> {
  yield first;
  yield* rest;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
