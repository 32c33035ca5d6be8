import { createLogger } from "../lifecycle/logging.ts";
import type { StampFault } from "../incidents/fault.ts";
import { stampEvent } from "../incidents/stamp_event.ts";
import { eventMessage } from "../outbox/event_message.ts";
import type { OutboxWriter } from "../outbox/outbox.ts";
import type { DropReason } from "../telemetry/drop_reason.ts";
import { messagingSpan } from "../telemetry/messaging_span.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { OpenSpan, Tracing } from "../telemetry/tracing.ts";
import type { Event } from "../wire/event.ts";
import type { GapReason } from "../wire/gap_reason.ts";
import { traceHeaders } from "../wire/trace_context.ts";
import type { Dedupe, Sighting } from "./dedupe.ts";
import { encodeEvent, sightingOf } from "./encode_event.ts";
import { type Gap, gapEvent } from "./gap.ts";
import type { HourlyCounts } from "./hourly_counts.ts";
import type { RedactEventText } from "./redact_texts.ts";
import type { WatchProgress } from "./watch_progress.ts";

/** What a sighting carries with it until its report is safe. */
export interface SightingTag {
  readonly watchType: "ADDED" | "MODIFIED";
  /** Wall clock of when it was read. */
  readonly seenAtMs: number;
  /** How far the watch has come that read it. */
  readonly progress: Pick<WatchProgress, "isCatchingUp">;
  /** Called once, when the sighting needs nothing more. */
  readonly done: () => void;
}

interface EventReporterOptions {
  readonly clusterId: string;
  readonly subject: string;
  readonly outbox: OutboxWriter;
  readonly dedupe: Dedupe<SightingTag>;
  readonly telemetry: Telemetry;
  readonly tracing: Tracing | null;
  readonly now: () => number;
  /** Cuts secrets out of every text of a report. */
  readonly redact: RedactEventText;
  /** Counts what is reported, for the heartbeat. */
  readonly hourly: HourlyCounts;
  /** Says which incident a fault belongs to; absent without incidents. */
  readonly stamp?: StampFault | undefined;
  /** Told of each report and gap, as it goes out. */
  readonly onReport?: (event: Event) => void;
}

/** A gap is told at most this often a reason: one flood, one report. */
const GAP_INTERVAL_MS = 30_000;

/** Why a report was lost, where that is not simply that too many waited. */
const GAP_OF_DROP: Partial<Record<DropReason, GapReason>> = {
  spool_full: "SpoolOverflow",
  too_large: "MessageTooLarge",
};

/** Turns sightings and gaps into messages, and follows each until the outbox vouches for it. */
export function createEventReporter(options: EventReporterOptions): EventReporter {
  const { telemetry, now } = options;
  const log = createLogger("events");
  const gaps = new Map<GapReason, { fromMs: number; toMs: number; lost: number }>();
  const toldAtMs = new Map<GapReason, number>();
  /** Gaps whose report is on its way: a process that ends now must tell them in its next life. */
  const telling = new Set<Gap>();

  /** From the sighting until the outbox has it; how it goes on from there is told as it leaves the outbox. */
  function openSpan(tracing: Tracing, event: Event, seenAtMs: number): OpenSpan {
    const { subject, clusterId } = options;
    const { name, kind, attributes } = messagingSpan("create", { subject, clusterId, id: event.id });
    return tracing.open(name, {
      kind,
      parent: null,
      startMs: seenAtMs,
      attributes: {
        ...attributes,
        "k8s.namespace.name": event.namespace,
        "agent.event.reason": event.reason,
        "agent.event.severity": event.severity,
        "agent.event.rule": event.rule ?? "",
        "agent.event.object": `${event.labels.kind ?? ""}/${event.labels.name ?? ""}`,
      },
    });
  }

  function noteGap(reason: GapReason, fromMs: number, toMs: number, lost: number): void {
    const known = gaps.get(reason) ?? { fromMs, toMs, lost: 0 };
    gaps.set(reason, {
      fromMs: Math.min(known.fromMs, fromMs),
      toMs: Math.max(known.toMs, toMs),
      lost: known.lost + lost,
    });
  }

  return {
    noteGap,
    untoldGaps: () => [...telling, ...[...gaps].map(([reason, range]) => ({ reason, ...range }))],
    report(sighting, signal) {
      const { event, fault, tag } = sighting;
      const nowMs = now();
      const report = encodeEvent(options.clusterId, event, fault, tag.watchType, nowMs, options.redact);
      if (options.stamp !== undefined) {
        const seen = sightingOf(event, fault, report.id, nowMs);
        const stamp = options.stamp(seen);
        if (stamp !== null) stampEvent(report.event, stamp, seen.container, options.redact);
      }
      options.onReport?.(report.event);
      telemetry.eventsReported.inc({ severity: fault.severity, category: fault.category });
      options.hourly.countFault(fault.severity, fault.rule, now());
      const span = options.tracing === null ? null : openSpan(options.tracing, report.event, tag.seenAtMs);
      // Waits in the outbox for as long as NATS is away, perhaps many times: it must not hold the event too.
      const { lastSeenMs } = event;
      const { done } = tag;
      const settled = options.dedupe.settlement(sighting);
      const headers = span === null ? undefined : traceHeaders(span.context);
      const message = eventMessage(report.event, options.subject, headers, (settlement) => {
        if (settlement.kind === "handed_over") return; // the checkpoint must not move past it
        if (settlement.kind === "dropped") {
          const atMs = lastSeenMs ?? now();
          noteGap(GAP_OF_DROP[settlement.reason] ?? "OutboxOverflow", atMs, atMs, 1);
        } else settled();
        done();
      });
      const put = options.outbox.put(message, signal);
      return put instanceof Promise ? put.then(() => span?.end()) : span?.end();
    },
    async tellGaps(signal) {
      for (const [reason, range] of gaps) {
        if (now() - (toldAtMs.get(reason) ?? -Infinity) < GAP_INTERVAL_MS) continue;
        gaps.delete(reason);
        toldAtMs.set(reason, now());
        const gap: Gap = { reason, ...range };
        telling.add(gap);
        const event = gapEvent(options.clusterId, gap, now());
        options.onReport?.(event);
        telemetry.gapsReported.inc({ reason });
        options.hourly.countGap(now());
        log.warn("Events may have been lost", {
          reason,
          from: event.raw_data.first_timestamp,
          to: event.timestamp,
          lost: gap.lost,
        });
        const message = eventMessage(event, options.subject, undefined, (settlement) => {
          if (settlement.kind === "handed_over") return; // the checkpoint still has it
          telling.delete(gap);
          // A gap report that is itself pushed out is told again with the next one.
          if (settlement.kind === "dropped") noteGap(reason, range.fromMs, range.toMs, range.lost);
        });
        await options.outbox.put(message, signal);
      }
    },
  };
}

export interface EventReporter {
  /** Puts the sighting's report into the outbox; a promise where it had to wait. Rejects only when `signal` fires. */
  report(sighting: Sighting<SightingTag>, signal: AbortSignal): void | Promise<void>;
  /** Notes that loss can't be excluded between two times. */
  noteGap(reason: GapReason, fromMs: number, toMs: number, lost: number): void;
  /** Gaps that nobody has been told of for sure. */
  untoldGaps(): readonly Gap[];
  /** Reports the gaps noted so far. */
  tellGaps(signal: AbortSignal): Promise<void>;
}
