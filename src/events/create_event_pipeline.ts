import type { StampFault } from "../incidents/fault.ts";
import type { KubeClient } from "../kube/kube_client.ts";
import type { Clock } from "../lifecycle/clock.ts";
import { compact } from "../lifecycle/compact.ts";
import type { OutboxWriter } from "../outbox/outbox.ts";
import type { Redactor } from "../redaction/redactor.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { Tracing } from "../telemetry/tracing.ts";
import type { Event } from "../wire/event.ts";
import type { Classification } from "./classification.ts";
import type { ClusterEvent } from "./cluster_event.ts";
import { createDedupe } from "./dedupe.ts";
import { captureCheckpoint, type EventCheckpoint } from "./event_checkpoint.ts";
import { createEventIntake } from "./event_intake.ts";
import { createEventReporter, type EventReporter, type SightingTag } from "./event_reporter.ts";
import { type Backlog, createEventWatcher, eventsPath, type EventWatcher } from "./event_watcher.ts";
import { createEventRedaction } from "./redact_texts.ts";
import { createHourlyCounts, type HourlySummary } from "./hourly_counts.ts";
import { createWatchProgress, type WatchProgress } from "./watch_progress.ts";

export interface EventPipelineOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly tracing: Tracing | null;
  readonly outbox: OutboxWriter;
  readonly clusterId: string;
  readonly subject: string;
  readonly classify: (event: ClusterEvent) => Classification;
  /** Only these namespaces, each with a watch of its own; empty: one watch over all. */
  readonly includedNamespaces: readonly string[];
  readonly excludedNamespaces: readonly string[];
  readonly repeatWindowMs: number;
  readonly backlog: Backlog;
  readonly eventLifetimeMs: number;
  readonly stallMs?: number;
  readonly checkpoint: EventCheckpoint | null;
  /** Whether this process may report: with replicas, the leader alone. */
  readonly mayReport?: () => boolean;
  /** Says which incident a fault belongs to; absent without incidents. */
  readonly stamp?: StampFault | undefined;
  /** Told of Events about rollouts (`ScalingReplicaSet`), which are no faults. */
  readonly onRollout?: ((event: ClusterEvent) => void) | undefined;
  /** Told of each report and gap, as it goes out. */
  readonly onReport?: (event: Event) => void;
  /** What is cut out of reports; the built-in tables alone unless given. */
  readonly redactor?: Redactor;
}

export interface EventPipeline {
  readonly watcher: EventWatcher;
  /** What a later process may go on from, now. */
  readonly capture: () => EventCheckpoint;
  /** Notes a time in which events may have been lost; it is told with the next reports. */
  readonly noteGap: EventReporter["noteGap"];
  /** What was reported within the last hour. */
  readonly lastHour: () => HourlySummary;
}

/** Faults remembered for telling repeats: 300 bytes each, so 2.5 MB at most. */
const FAULT_LIMIT = 8_192;

/** Puts the parts together that take events from the API server to the outbox. */
export function createEventPipeline(options: EventPipelineOptions): EventPipeline {
  const { clock, telemetry, checkpoint } = options;
  const now = () => clock.now();
  const dedupe = createDedupe<SightingTag>({ windowMs: options.repeatWindowMs, limit: FAULT_LIMIT });
  if (checkpoint !== null) dedupe.restore(checkpoint.reported);
  const hourly = createHourlyCounts();
  const redact = createEventRedaction(options.redactor);
  const reporter = createEventReporter({ ...options, dedupe, now, redact, hourly });
  for (const { reason, fromMs, toMs, lost } of checkpoint?.gaps ?? []) reporter.noteGap(reason, fromMs, toMs, lost);
  const intake = createEventIntake({
    classify: options.classify,
    excludedNamespaces: new Set(options.excludedNamespaces),
    dedupe,
    reporter,
    telemetry,
    now,
    onRollout: options.onRollout,
  });
  const watches = new Map<string, WatchProgress>();
  for (const namespace of options.includedNamespaces.length === 0 ? [null] : options.includedNamespaces) {
    const path = eventsPath(namespace);
    watches.set(path, createWatchProgress(checkpoint?.versions[path] ?? null, now));
  }
  const watcher = createEventWatcher({
    client: options.client,
    clock,
    telemetry,
    watches,
    intake,
    reporter,
    dedupe,
    backlog: options.backlog,
    checkpointAtMs: checkpoint?.savedAtMs ?? null,
    eventLifetimeMs: options.eventLifetimeMs,
    ...compact({ stallMs: options.stallMs, mayReport: options.mayReport }),
  });
  return {
    watcher,
    capture: () => captureCheckpoint(watches, dedupe, reporter.untoldGaps(), now()),
    noteGap: reporter.noteGap,
    lastHour: () => hourly.summary(now()),
  };
}
