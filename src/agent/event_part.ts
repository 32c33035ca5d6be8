import { classify } from "../events/classify.ts";
import { createCheckpointSaver } from "../events/checkpoint/checkpoint_saver.ts";
import { readCheckpoint } from "../events/checkpoint/read_checkpoint.ts";
import { compileRules, type RuleSet } from "../events/compile_rules.ts";
import { createEventPipeline } from "../events/create_event_pipeline.ts";
import { type EventCheckpoint, moveCheckpoint } from "../events/event_checkpoint.ts";
import type { Backlog, WatchStatus } from "../events/event_watcher.ts";
import type { HourlySummary } from "../events/hourly_counts.ts";
import type { Config } from "../config/config_schema.ts";
import type { Condition } from "../lifecycle/condition.ts";
import { AgentError } from "../lifecycle/errors.ts";
import type { AgentPart } from "../lifecycle/part.ts";
import type { StateStore } from "../state/state_store.ts";
import type { AgentContext } from "./agent_context.ts";
import type { IncidentPart } from "./incident_part.ts";
import type { OutboxPart } from "./outbox_part.ts";
import { createCheckpointStoreFor } from "./state_stores.ts";

/** kube-apiserver's default --event-ttl. Some distributions keep events longer; then this errs on the loud side. */
const EVENT_LIFETIME_MS = 3_600_000;
/** Bookmarks come about once a minute and a watch lives ten at most: past this, nobody is there. */
const WATCH_SILENT_MS = 15 * 60_000;
const READ_AGAIN_MS = 250;

/** The event watch, and what it has to say in a heartbeat. */
export interface EventPart extends AgentPart {
  /** Resolves once every watch has been open. */
  readonly opened: Promise<void>;
  /** What was reported within the last hour. */
  lastHour(): HourlySummary;
  /** Seconds since the slowest watch last heard from the API server; `null` before its first time. */
  watchLagSeconds(): number | null;
}

/** Where the place of the watch is kept, and the one that it goes on from; both `null` where none is kept. */
interface EventPlace {
  readonly store: StateStore | null;
  readonly checkpoint: EventCheckpoint | null;
}

/** Reads where the watch goes on. */
export async function openEventPlace(context: AgentContext, signal: AbortSignal): Promise<EventPlace> {
  const store = createCheckpointStoreFor(context, context.clusterId, context.leadership.isValid);
  const checkpoint = store === null ? null : await readCheckpointFor(context, store, signal);
  const aheadMs = context.leadership.aheadMs();
  return { store, checkpoint: checkpoint === null || aheadMs === 0 ? checkpoint : moveCheckpoint(checkpoint, aheadMs) };
}

/** Builds the event watch, which goes on from the checkpoint where there is one, and what saves its place. */
export function createEventPart(
  context: AgentContext,
  options: {
    readonly outbox: OutboxPart;
    readonly rules: RuleSet;
    readonly incidents: IncidentPart | null;
    readonly place: EventPlace;
  },
): EventPart {
  const { config, clock, telemetry, clusterId, leadership } = context;
  const { outbox, rules, incidents, place: { store, checkpoint } } = options;
  const { watcher, capture, noteGap, lastHour } = createEventPipeline({
    client: context.client,
    clock,
    telemetry,
    tracing: context.tracing,
    outbox: outbox.writer,
    clusterId,
    subject: context.subject("event"),
    eventLifetimeMs: EVENT_LIFETIME_MS,
    classify: (event) => classify(rules, event, { unknownWarnings: config.events.unknown_warnings }),
    includedNamespaces: config.events.namespaces.include,
    excludedNamespaces: config.events.namespaces.exclude,
    repeatWindowMs: config.events.repeat_window,
    backlog: backlogOf(config.events.backlog),
    checkpoint,
    mayReport: leadership.isValid,
    redactor: context.redactor,
    stamp: incidents?.stamp,
    onRollout: incidents?.noteRollout,
    onReport: context.recent.note,
  });
  outbox.tellGapsTo(noteGap);
  const saver = store === null ? null : createCheckpointSaver({ store, clock, capture, maySave: leadership.isValid });
  return {
    name: "events",
    services: [...(saver === null ? [] : [saver]), watcher],
    conditions: () => [
      ...watcher.status().map((watch) => watchCondition(watch, clock.now())),
      ...(saver === null ? [] : [checkpointCondition(saver.trouble())]),
    ],
    opened: watcher.opened,
    lastHour,
    watchLagSeconds: () => lagOf(watcher.status(), clock.now()),
    liveConditions: () => [stuckCondition(watcher.status(), clock.now())],
    status: () => ({ watches: watcher.status().map((watch) => watchStatus(watch, clock.now())) }),
    refreshGauges() {},
  };
}

/** A leader that can't read what the one before it reported would report it again: it tries for as long as it leads. */
async function readCheckpointFor(
  { config, clock, leadership }: AgentContext,
  store: StateStore,
  signal: AbortSignal,
): Promise<EventCheckpoint | null> {
  while (config.replicas.enabled) {
    try {
      return await readCheckpoint(store, signal, "reject");
    } catch (error) {
      if (!leadership.isValid()) throw error;
      await clock.sleep(READ_AGAIN_MS, signal);
    }
  }
  return await readCheckpoint(store, signal);
}

/** Whether a watch hears from the API server. */
export function watchCondition(watch: WatchStatus, nowMs: number): Condition {
  const { path, state, lastProgressMs, lastError } = watch;
  const name = `watch ${path}`;
  if (state === "interrupted") return { name, ok: false, detail: lastError ?? "interrupted" };
  if (lastProgressMs === null) return { name, ok: false, detail: "listing for the first time" };
  const silentMs = nowMs - lastProgressMs;
  if (silentMs > WATCH_SILENT_MS) {
    return { name, ok: false, detail: `no progress for ${Math.round(silentMs / 1000)} s` };
  }
  return { name, ok: true, detail: state };
}

/** A restart helps against a watch that hangs; the API server being away is no such thing. */
export function stuckCondition(watches: readonly WatchStatus[], nowMs: number): Condition {
  const stuck = watches.find(({ state, lastProgressMs }) =>
    state !== "interrupted" && lastProgressMs !== null && nowMs - lastProgressMs > 2 * WATCH_SILENT_MS
  );
  if (stuck === undefined) return { name: "watch", ok: true, detail: "not stuck" };
  const minutes = 2 * WATCH_SILENT_MS / 60_000;
  return {
    name: "watch",
    ok: false,
    detail: `${stuck.path} has made no progress for over ${minutes} minutes and does not recover`,
  };
}

function lagOf(watches: readonly WatchStatus[], nowMs: number): number | null {
  const times = watches.map(({ lastProgressMs }) => lastProgressMs);
  const oldest = Math.min(...times.map((time) => time ?? -Infinity));
  return Number.isFinite(oldest) ? Math.max(0, Math.round((nowMs - oldest) / 1000)) : null;
}

function watchStatus(watch: WatchStatus, nowMs: number): Record<string, unknown> {
  const { path, state, lastProgressMs, lastError, restarts, pending } = watch;
  return {
    path,
    state,
    last_progress_age_seconds: lastProgressMs === null ? null : (nowMs - lastProgressMs) / 1000,
    last_error: lastError,
    restarts,
    pending,
  };
}

function checkpointCondition(trouble: string | null): Condition {
  return trouble === null
    ? { name: "checkpoint", ok: true, detail: "is kept" }
    : { name: "checkpoint", ok: false, detail: `a restart now would repeat reports: ${trouble}` };
}

function backlogOf(backlog: Config["events"]["backlog"]): Backlog {
  return typeof backlog === "number" ? { kind: "last", ms: backlog } : { kind: backlog };
}

/** The rules of the catalogue and the configuration, whose loader has refused those that do not work. */
export function eventRulesOf(config: Config): RuleSet {
  const compiled = compileRules(config.events.rules, () => null);
  if (compiled.kind === "ok") return compiled.rules;
  const problems = compiled.problems.map(({ id, message }) => `rule ${id}: ${message}`);
  throw new AgentError("bad_configuration", problems.join("\n"));
}
