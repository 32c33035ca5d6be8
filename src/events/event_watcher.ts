import type { KubeClient } from "../kube/kube_client.ts";
import { reflect, type ReflectorItem } from "../kube/reflector.ts";
import { compareResourceVersions } from "../kube/resource_version.ts";
import type { Clock } from "../lifecycle/clock.ts";
import { compact } from "../lifecycle/compact.ts";
import { createLogger } from "../lifecycle/logging.ts";
import type { Service } from "../lifecycle/service.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { Dedupe } from "./dedupe.ts";
import type { EventIntake, ListFilter } from "./event_intake.ts";
import type { EventReporter, SightingTag } from "./event_reporter.ts";
import { EVENT_FIELDS } from "./normalize_event.ts";
import type { WatchProgress } from "./watch_progress.ts";

/** Which past events a first start reports. */
export type Backlog =
  | { readonly kind: "skip" }
  | { readonly kind: "all" }
  | { readonly kind: "last"; readonly ms: number };

/** How one watch does, for readiness and status. */
export interface WatchStatus {
  readonly path: string;
  readonly state: "starting" | "listing" | "watching" | "interrupted";
  /** Wall clock of the last event, bookmark or page; `null` before the first. */
  readonly lastProgressMs: number | null;
  readonly lastError: string | null;
  /** How often it ended and went on, by cause. */
  readonly restarts: Readonly<Record<string, number>>;
  /** Events read whose reports are not yet safe. */
  readonly pending: number;
}

interface EventWatcherOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Collection path to its progress; the progress starts at the checkpoint's version, where there is one. */
  readonly watches: ReadonlyMap<string, WatchProgress>;
  readonly intake: EventIntake;
  readonly reporter: EventReporter;
  readonly dedupe: Dedupe<SightingTag>;
  readonly backlog: Backlog;
  /** When the checkpoint was saved that the watches start from; `null` without one. */
  readonly checkpointAtMs: number | null;
  /** How long the API server keeps events (`--event-ttl`). */
  readonly eventLifetimeMs: number;
  /** So long without an event or a bookmark, and a watch is given up; absent: the reflector's own. */
  readonly stallMs?: number;
  /** Whether this process may report: with replicas, the leader alone. Asked per batch; where it may not, it is about to be stopped. */
  readonly mayReport?: () => boolean;
}

export interface EventWatcher extends Service {
  /** Resolves once every watch has been open. */
  readonly opened: Promise<void>;
  status(): readonly WatchStatus[];
}

/** The path of the events of one namespace, or of all. */
export function eventsPath(namespace: string | null): string {
  return namespace === null ? "/api/v1/events" : `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`;
}

/** A page waits in memory while its events are reported one by one; below 128 kB the API server would not compress it. */
const PAGE_LIMIT = 200;

/** How often held repeats and gaps are looked at. */
const TICK_MS = 500;
/**
 * A watch that has been silent for so many looks has read all that there was, though no bookmark says so: the server's
 * version counts every change in the cluster, and the next Event may be long in coming. Looks, not a clock: a process that
 * was stopped for a while has not listened.
 */
const SILENT_TICKS = 20; // ten seconds

interface WatchState {
  state: WatchStatus["state"];
  lastProgressMs: number | null;
  lastError: string | null;
  readonly restarts: Record<string, number>;
  /** Everything up to here has been read in this process, or was safe before it. */
  lastSeenVersion: string | null;
  /** When that was read from the server; taking it may last, while the outbox is full. `null` before the first. */
  lastReadMs: number | null;
  /** Whether the server's versions went back and this list tells what is new by time. */
  wentBack: boolean;
  /** Looks since anything came, while nothing is being taken. */
  silentTicks: number;
}

/** Watches events and reports the faults among them, for as long as it runs. */
export function createEventWatcher(options: EventWatcherOptions): EventWatcher {
  const { clock, telemetry, reporter } = options;
  const log = createLogger("watch");
  const mayReport = options.mayReport ?? (() => true);
  const states = new Map<string, WatchState>();
  const opened = Promise.withResolvers<void>();
  for (const [path, progress] of options.watches) {
    states.set(path, {
      state: "starting",
      lastProgressMs: null,
      lastError: null,
      restarts: {},
      lastSeenVersion: progress.safeVersion(),
      lastReadMs: null,
      wentBack: false,
      silentTicks: 0,
    });
  }

  async function watchPath(
    path: string,
    progress: WatchProgress,
    state: WatchState,
    signal: AbortSignal,
  ): Promise<void> {
    const startMs = clock.now();
    state.state = "starting";
    if (options.checkpointAtMs !== null && startMs - options.checkpointAtMs > options.eventLifetimeMs) {
      reporter.noteGap("CheckpointTooOld", options.checkpointAtMs, startMs, 0);
    }
    const items = reflect({
      client: options.client,
      clock,
      path,
      fields: EVENT_FIELDS,
      pageLimit: PAGE_LIMIT,
      resourceVersion: state.lastSeenVersion,
      listsWithoutWatch: true,
      ...compact({ stallMs: options.stallMs }),
      onSkippedLine: (reason) => {
        telemetry.watchLinesSkipped.inc({ reason });
        reporter.noteGap("UnreadableEvent", clock.now(), clock.now(), 1);
      },
    }, signal);
    for await (const item of items) {
      if (!mayReport()) return await untilAborted(signal);
      state.silentTicks = -Infinity; // taking it may last
      await takeItem(item, path, progress, state, startMs, signal);
      state.silentTicks = 0;
    }
  }

  async function takeItem(
    item: ReflectorItem,
    path: string,
    progress: WatchProgress,
    state: WatchState,
    startMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    switch (item.kind) {
      case "list_started":
        state.state = "listing";
        state.wentBack = false;
        if (state.lastReadMs !== null && clock.now() - state.lastReadMs > options.eventLifetimeMs) {
          reporter.noteGap("WatchAwayTooLong", state.lastReadMs, clock.now(), 0);
        }
        return;
      case "page": {
        const filter = listFilter(item.resourceVersion, state, startMs);
        if (!state.wentBack && state.lastSeenVersion !== null && filter.kind === "since") {
          state.wentBack = true;
          log.warn("The API server's versions went back; new events are chosen by time", {
            path,
            seen: state.lastSeenVersion,
            listed: item.resourceVersion,
          });
          const fromMs = state.lastReadMs ?? options.checkpointAtMs ?? startMs;
          reporter.noteGap("VersionsWentBack", fromMs, clock.now(), 0);
        }
        for (const object of item.objects) await options.intake.takeListed(object, filter, progress, signal);
        return;
      }
      case "listed":
        progress.pass(item.resourceVersion);
        progress.catchUpTo(null);
        state.lastSeenVersion = item.resourceVersion;
        return madeProgress(state, path, clock.now());
      case "watching":
        // A watch that ended as it does every few minutes has missed nothing.
        if (state.state !== "watching" && item.serverVersion !== null) {
          progress.catchUpTo(item.serverVersion);
          progress.reach(item.resourceVersion);
        }
        state.state = "watching";
        state.lastError = null;
        log.info("Watching events", { path, resourceVersion: item.resourceVersion });
        if ([...states.values()].every((each) => each.state === "watching")) opened.resolve();
        return madeProgress(state, path, clock.now());
      case "changes": {
        const readMs = clock.now();
        for (const change of item.changes) {
          progress.reach(change.resourceVersion);
          const taken = options.intake.takeChange(change, progress, signal);
          if (taken instanceof Promise) await taken;
          state.lastSeenVersion = change.resourceVersion;
        }
        return madeProgress(state, path, readMs);
      }
      case "bookmark":
        progress.reach(item.resourceVersion);
        progress.pass(item.resourceVersion);
        state.lastSeenVersion = item.resourceVersion;
        return madeProgress(state, path, clock.now());
      case "interrupted":
        telemetry.watchRestarts.inc({ resource: "events", cause: item.cause });
        state.restarts[item.cause] = (state.restarts[item.cause] ?? 0) + 1;
        if (item.cause === "closed") {
          log.debug("The watch ended as it does every few minutes", { path });
        } else {
          state.state = "interrupted";
          state.lastError = item.detail;
          log.warn("The watch was interrupted", { path, cause: item.cause, error: item.detail, waitMs: item.waitMs });
        }
    }
  }

  function madeProgress(state: WatchState, path: string, readMs: number): void {
    state.lastReadMs = readMs;
    state.lastProgressMs = clock.now();
    telemetry.watchProgressSeconds.set({ resource: path }, state.lastProgressMs / 1000);
  }

  function listFilter(listVersion: string, state: WatchState, startMs: number): ListFilter {
    if (state.lastSeenVersion === null) {
      const { backlog } = options;
      const backMs = backlog.kind === "skip" ? 0 : backlog.kind === "all" ? Infinity : backlog.ms;
      return { kind: "since", timeMs: startMs - backMs };
    }
    const order = compareResourceVersions(listVersion, state.lastSeenVersion);
    if (order === null || order >= 0) return { kind: "newer", resourceVersion: state.lastSeenVersion };
    // The server's versions went back: the cluster was restored from a backup. Only time can tell what is new.
    return { kind: "since", timeMs: (state.lastReadMs ?? options.checkpointAtMs ?? startMs) - 60_000 };
  }

  async function tick(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(TICK_MS, signal);
      if (!mayReport()) continue;
      for (const [path, progress] of options.watches) endSilentCatchUp(progress, states.get(path));
      const due = options.dedupe.due(clock.now(), ({ tag }) => !tag.progress.isCatchingUp());
      for (const sighting of due) await reporter.report(sighting, signal);
      await reporter.tellGaps(signal);
    }
  }

  function endSilentCatchUp(progress: WatchProgress, state: WatchState | undefined): void {
    if (state?.state === "watching" && ++state.silentTicks >= SILENT_TICKS) progress.catchUpTo(null);
  }

  return {
    name: "event_watcher",
    opened: opened.promise,
    async run(signal) {
      const failed = new AbortController(); // one loop's failure ends the others, so that a restart starts them all
      const inner = AbortSignal.any([signal, failed.signal]);
      const loops = [...options.watches].map(([path, progress]) => {
        const state = states.get(path);
        return state === undefined ? Promise.resolve() : watchPath(path, progress, state, inner);
      });
      const all = [...loops, tick(inner)].map((loop) =>
        loop.catch((error) => {
          if (inner.aborted) return;
          failed.abort();
          throw error;
        })
      );
      const results = await Promise.allSettled(all);
      const failure = results.find((result) => result.status === "rejected");
      if (failure !== undefined && !signal.aborted) throw failure.reason;
    },
    status: () =>
      [...states].map(([path, state]) => ({
        path,
        state: state.state,
        lastProgressMs: state.lastProgressMs,
        lastError: state.lastError,
        restarts: state.restarts,
        pending: options.watches.get(path)?.pending() ?? 0,
      })),
  };
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
