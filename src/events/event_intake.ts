import { compareResourceVersions } from "../kube/resource_version.ts";
import type { IgnoreReason } from "../telemetry/label_values.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { Classification } from "./classification.ts";
import type { ClusterEvent } from "./cluster_event.ts";
import type { Dedupe, Sighting } from "./dedupe.ts";
import type { EventReporter, SightingTag } from "./event_reporter.ts";
import { faultKey } from "./fault_key.ts";
import { normalizeEvent } from "./normalize_event.ts";
import type { WatchProgress } from "./watch_progress.ts";
import { createYoungFaults } from "./young_faults.ts";

/** Which objects of a list are news. */
export type ListFilter =
  /** Those that happened at or after a time: a first start, or versions that went backwards. */
  | { readonly kind: "since"; readonly timeMs: number }
  /** Those with a newer version: everything up to it has been seen. */
  | { readonly kind: "newer"; readonly resourceVersion: string };

interface EventIntakeOptions {
  readonly classify: (event: ClusterEvent) => Classification;
  readonly excludedNamespaces: ReadonlySet<string>;
  readonly dedupe: Dedupe<SightingTag>;
  readonly reporter: EventReporter;
  readonly telemetry: Telemetry;
  readonly now: () => number;
  /** Told of Events about rollouts, which are no faults. */
  readonly onRollout?: ((event: ClusterEvent) => void) | undefined;
}

/** How the Deployment controller says that a ReplicaSet gets more or fewer pods. */
const ROLLOUT_REASON = "ScalingReplicaSet";

/** Takes event objects in, one at a time and in order, and sees to it that each is reported, held or counted as ignored. */
export function createEventIntake(options: EventIntakeOptions): EventIntake {
  const { dedupe, reporter, telemetry, now } = options;

  const youngFaults = createYoungFaults();

  /** The reason not to report, or the fault. */
  function judge(event: ClusterEvent): IgnoreReason | Extract<Classification, { kind: "fault" }> {
    if (options.excludedNamespaces.has(event.namespace)) return "namespace";
    const first = options.classify(event);
    const classification = first.kind === "ignored" && first.reason === "young" ? judgeYoung(event, first) : first;
    return classification.kind === "fault" ? classification : classification.reason;
  }

  /** The same event as old as its fault is, which may have begun in another Event. */
  function judgeYoung(event: ClusterEvent, young: Classification): Classification {
    const sinceMs = youngFaults.since(event);
    return sinceMs === null || sinceMs === event.firstSeenMs
      ? young
      : options.classify({ ...event, firstSeenMs: sinceMs });
  }

  function take(
    event: ClusterEvent,
    watchType: "ADDED" | "MODIFIED",
    progress: WatchProgress,
    stepVersion: string | null,
    signal: AbortSignal,
  ): void | Promise<void> {
    const verdict = judge(event);
    if (typeof verdict === "string") {
      telemetry.eventsIgnored.inc({ reason: verdict });
      if (event.reason === ROLLOUT_REASON) options.onRollout?.(event);
      if (stepVersion !== null) progress.pass(stepVersion);
      return;
    }
    const step = progress.open(stepVersion);
    const seenAtMs = now();
    const key = faultKey(event, verdict);
    const tag = { watchType, seenAtMs, progress, done: () => progress.finish(step) };
    const sighting = { event, fault: verdict, key, tag };
    const { occurrence, superseded, displaced } = dedupe.see(sighting, seenAtMs, progress.isCatchingUp());
    superseded?.tag.done();
    if (occurrence === "unchanged") {
      telemetry.eventsIgnored.inc({ reason: "unchanged" });
      progress.finish(step);
    } else if (occurrence === "held") telemetry.eventsIgnored.inc({ reason: "repeat_held" });
    const due = occurrence === "first" || occurrence === "repeat" ? sighting : null;
    if (displaced !== null) return reportInTurn(due === null ? [displaced] : [displaced, due], signal);
    if (due !== null) return reporter.report(due, signal);
  }

  async function reportInTurn(sightings: readonly Sighting<SightingTag>[], signal: AbortSignal): Promise<void> {
    for (const sighting of sightings) await reporter.report(sighting, signal);
  }

  return {
    takeChange(change, progress, signal) {
      telemetry.eventsSeen.inc({ type: change.type });
      if (change.type === "DELETED") { // expired, not mended
        telemetry.eventsIgnored.inc({ reason: "deleted" });
        progress.pass(change.resourceVersion);
        return;
      }
      const event = normalizeEvent(change.object);
      if (event === null) {
        telemetry.eventsIgnored.inc({ reason: "unreadable" });
        reporter.noteGap("UnreadableEvent", now(), now(), 1);
        progress.pass(change.resourceVersion);
        return;
      }
      return take(event, change.type, progress, change.resourceVersion, signal);
    },
    takeListed(object, filter, progress, signal) {
      telemetry.eventsSeen.inc({ type: "LISTED" });
      const event = normalizeEvent(object);
      if (event === null) {
        telemetry.eventsIgnored.inc({ reason: "unreadable" });
        return;
      }
      if (!passes(event, filter)) {
        telemetry.eventsIgnored.inc({ reason: filter.kind === "since" ? "backlog" : "already_seen" });
        return;
      }
      return take(event, event.count > 1 ? "MODIFIED" : "ADDED", progress, null, signal);
    },
  };
}

function passes(event: ClusterEvent, filter: ListFilter): boolean {
  if (filter.kind === "since") return (event.lastSeenMs ?? Infinity) >= filter.timeMs;
  const order = compareResourceVersions(event.resourceVersion, filter.resourceVersion);
  return order === null || order > 0; // no order to go by: send rather than drop
}

/** A promise only where there is something to wait for: one an event is a cost in a flood. */
export interface EventIntake {
  takeChange(
    change: {
      readonly type: "ADDED" | "MODIFIED" | "DELETED";
      readonly object: Readonly<Record<string, unknown>>;
      readonly resourceVersion: string;
    },
    progress: WatchProgress,
    signal: AbortSignal,
  ): void | Promise<void>;
  takeListed(object: unknown, filter: ListFilter, progress: WatchProgress, signal: AbortSignal): void | Promise<void>;
}
