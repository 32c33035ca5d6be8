import { createLogger } from "../lifecycle/logging.ts";
import type { OutboundMessage } from "../outbox/outbound_message.ts";
import type { OutboxWriter } from "../outbox/outbox.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Event } from "../wire/event.ts";
import type { Dedupe, Sighting } from "./dedupe.ts";
import { encodeEvent } from "./encode_event.ts";
import { type Gap, gapEvent, type GapReason } from "./gap.ts";

/** What a sighting carries with it until its report is safe. */
export interface SightingTag {
  readonly watchType: "ADDED" | "MODIFIED";
  /** Called once, when the sighting needs nothing more. */
  readonly done: () => void;
}

export interface EventReporterOptions {
  readonly clusterId: string;
  readonly subject: string;
  readonly outbox: OutboxWriter;
  readonly dedupe: Dedupe<SightingTag>;
  readonly metrics: Metrics;
  readonly now: () => number;
}

/** A gap is told at most this often a reason: one flood, one report. */
const GAP_INTERVAL_MS = 30_000;

/** Turns sightings and gaps into messages, and follows each until the outbox vouches for it. */
export function createEventReporter(options: EventReporterOptions): EventReporter {
  const { metrics, now } = options;
  const log = createLogger("events");
  const encoder = new TextEncoder();
  const gaps = new Map<GapReason, { fromMs: number; toMs: number; lost: number }>();
  const toldAtMs = new Map<GapReason, number>();

  function message(event: Event, onSettled: OutboundMessage["onSettled"]): OutboundMessage {
    return {
      kind: "event",
      id: event.id,
      subject: options.subject,
      body: encoder.encode(JSON.stringify(event)),
      severity: event.severity,
      onSettled,
    };
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
    async report(sighting, signal) {
      const { event, fault, tag } = sighting;
      const report = encodeEvent(options.clusterId, event, fault, tag.watchType, now());
      metrics.eventsReported.inc({ severity: fault.severity, category: fault.category });
      await options.outbox.put(
        message(report.event, (settlement) => {
          if (settlement.kind === "dropped") {
            const atMs = event.lastSeenMs ?? now();
            noteGap("OutboxOverflow", atMs, atMs, 1);
          } else options.dedupe.settled(sighting);
          tag.done();
        }),
        signal,
      );
    },
    async tellGaps(signal) {
      for (const [reason, range] of gaps) {
        if (now() - (toldAtMs.get(reason) ?? -Infinity) < GAP_INTERVAL_MS) continue;
        gaps.delete(reason);
        toldAtMs.set(reason, now());
        const gap: Gap = { reason, ...range };
        const event = gapEvent(options.clusterId, gap, now());
        metrics.gapsReported.inc({ reason });
        log.warn("Events may have been lost", {
          reason,
          from: event.raw_data.first_timestamp,
          to: event.timestamp,
          lost: gap.lost,
        });
        await options.outbox.put(
          message(event, (settlement) => {
            // A gap report that is itself pushed out is told again with the next one.
            if (settlement.kind === "dropped") noteGap(reason, range.fromMs, range.toMs, range.lost);
          }),
          signal,
        );
      }
    },
  };
}

export interface EventReporter {
  /** Puts the sighting's report into the outbox; resolves when it is taken. Rejects only when `signal` fires. */
  report(sighting: Sighting<SightingTag>, signal: AbortSignal): Promise<void>;
  /** Notes that loss can't be excluded between two times. */
  noteGap(reason: GapReason, fromMs: number, toMs: number, lost: number): void;
  /** Reports the gaps noted so far. */
  tellGaps(signal: AbortSignal): Promise<void>;
}
