import { setImmediate } from "node:timers/promises";
import { backoffMs } from "../lifecycle/backoff.ts";
import type { Clock } from "../lifecycle/clock.ts";
import { createLogger } from "../lifecycle/logging.ts";
import type { Service } from "../lifecycle/service.ts";
import type { OutboxEntry } from "../outbox/lane.ts";
import { MESSAGE_KINDS, type MessageKind } from "../wire/message_kind.ts";
import type { OutboxReader } from "../outbox/outbox.ts";
import { type ComposeOptions, composeUnits, type PublishUnit } from "./compose_units.ts";
import type { BusSession } from "./connection.ts";
import { type DeliverUnits, type DeliveryFailure, RETRY_BACKOFF } from "./delivery.ts";

interface PublisherOptions {
  readonly outbox: OutboxReader;
  readonly session: () => BusSession | null;
  readonly deliver: DeliverUnits;
  readonly compose: ComposeOptions;
  /** Bytes taken of one kind at once: they are held twice until the bus confirms them. */
  readonly batchBytes: number;
  /** The longest wait for a batch of events to fill; `null` without batching. */
  readonly batchWaitMs: number | null;
  readonly clock: Clock;
  /** A metrics report that waited longer than this is stale and dropped on purpose. */
  readonly staleMetricsMs: number;
  /** How long to go on delivering after the stop was asked for. */
  readonly drainMs: number;
  /** Whether this process may send events and reports: with replicas, the leader alone. What may not go out is handed over. */
  readonly mayPublish?: () => boolean;
  readonly onFailure: (reason: DeliveryFailure["reason"], detail: string) => void;
}

/** A kind of message that can't be delivered now, and why. */
export interface DeliveryStatus {
  readonly kind: MessageKind;
  readonly reason: DeliveryFailure["reason"];
  readonly detail: string;
  /** Failures in a row. */
  readonly failures: number;
}

export interface Publisher extends Service {
  /** What can't be delivered although there is a connection; empty when all is well. */
  troubles(): readonly DeliveryStatus[];
  /** Kinds that the bus does not take and that nothing depends on: they are dropped and tried again now and then. */
  off(): readonly DeliveryStatus[];
  /** How often each reason has held up a batch since the start. */
  failures(): Readonly<Partial<Record<DeliveryFailure["reason"], number>>>;
}

/** Messages a batch: one flush round trip confirms all of them, so 1,000 at 50 ms are still 20,000 a second. */
const BATCH_LIMIT = 1_000;
/** A central program that is older than them knows nothing of these: events must not suffer for it. */
const OPTIONAL_KINDS: ReadonlySet<MessageKind> = new Set(["update"]);
/** What says that the bus takes no such messages, rather than that it can't now. */
const NOT_TAKEN: ReadonlySet<DeliveryFailure["reason"]> = new Set(["refused", "no_stream", "wrong_stream"]);
/** An optional kind that the bus did not take is tried again after this, and with each new connection. */
const OFF_MS = 600_000;
/** How often a filling batch is looked at: it may have filled, or a critical event may have come. */
const FILL_LOOK_MS = 20;

/**
 * Moves messages from the outbox to the bus, each kind on its own so that one that is stuck stops no other. After the
 * signal it goes on until the outbox is empty or `drainMs` is over.
 */
export function createPublisher(options: PublisherOptions): Publisher {
  const { outbox, clock } = options;
  const log = createLogger("publisher");
  const troubles = new Map<MessageKind, DeliveryStatus>();
  const failures: Partial<Record<DeliveryFailure["reason"], number>> = {};
  const off = new Map<
    MessageKind,
    { readonly status: DeliveryStatus; readonly session: BusSession; untilMs: number }
  >();
  let stopping = false;
  const mayPublish = options.mayPublish ?? (() => true);

  /** Leaves what waits to the replica that leads now. Results are nobody else's, and stay. */
  function handOver(kind: MessageKind): void {
    if (kind === "result") return;
    for (let entries = take(kind); entries.length > 0; entries = take(kind)) {
      outbox.settle(kind, entries, { kind: "handed_over" });
    }
  }

  const take = (kind: MessageKind) => outbox.take(kind, BATCH_LIMIT, options.batchBytes);

  /** Whether messages of an optional kind are dropped now. */
  function isOff(kind: MessageKind, session: BusSession): boolean {
    const known = off.get(kind);
    return known !== undefined && known.session === session && clock.monotonic() < known.untilMs;
  }

  /** Gives up what the bus does not take of an optional kind; said once. */
  function turnOff(session: BusSession, entries: readonly OutboxEntry[], status: DeliveryStatus): void {
    const { kind, detail } = status;
    if (off.get(kind)?.status.detail !== detail) {
      log.info("The bus does not take a kind of message that nothing depends on; it is off", { kind, reason: detail });
    }
    off.set(kind, { status, session, untilMs: clock.monotonic() + OFF_MS });
    outbox.settle(kind, entries, { kind: "dropped", reason: "refused" });
  }

  async function publishKind(kind: MessageKind, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (kind !== "result" && outbox.pending(kind) > 0 && !mayPublish()) handOver(kind);
      const session = options.session();
      if (session === null || outbox.pending(kind) === 0) {
        await outbox.changed();
        await setImmediate(); // what was read together comes together: the first message is not sent ahead of its fellows
        continue;
      }
      const waitMs = fillMs(kind);
      if (waitMs > 0) {
        await clock.sleep(waitMs, signal);
        continue;
      }
      const entries = dropStale(kind, take(kind));
      if (entries.length === 0) continue;
      if (isOff(kind, session)) {
        outbox.settle(kind, entries, { kind: "dropped", reason: "refused" });
        continue;
      }
      const units = composeUnits(kind, entries, options.compose, session.maxPayload);
      const outcome = await options.deliver(session, units);
      outbox.settle(kind, entriesOf(outcome.delivered), { kind: "delivered" });
      for (const { id, body } of outcome.rejected) {
        log.error(
          "A message is larger than NATS takes and is dropped; raise max_payload or the stream's max_msg_size",
          {
            kind,
            id,
            bytes: body.length,
            maxPayload: session.maxPayload,
          },
        );
      }
      outbox.settle(kind, entriesOf(outcome.rejected), { kind: "dropped", reason: "too_large" });
      const trouble = troubles.get(kind);
      if (outcome.failure === null) {
        if (trouble !== undefined) log.info("Messages are delivered again", { kind });
        troubles.delete(kind);
        off.delete(kind);
        continue;
      }
      const { reason, detail, units: failed } = outcome.failure;
      if (OPTIONAL_KINDS.has(kind) && NOT_TAKEN.has(reason)) {
        turnOff(session, entriesOf(failed), { kind, reason, detail, failures: 1 });
        continue;
      }
      outbox.putBack(kind, entriesOf(failed));
      failures[reason] = (failures[reason] ?? 0) + 1;
      options.onFailure(reason, detail);
      if (detail !== trouble?.detail) {
        log.warn("Cannot deliver; the agent retries", { kind, messages: failed.length, reason, error: detail });
      }
      const inARow = trouble?.reason === reason && outcome.delivered.length === 0 ? trouble.failures + 1 : 1;
      troubles.set(kind, { kind, reason, detail, failures: inARow });
      if (options.session() === session) await clock.sleep(backoffMs(inARow - 1, RETRY_BACKOFF[reason]), signal);
    }
  }

  /** How long a batch of events may still wait to fill. */
  function fillMs(kind: MessageKind): number {
    const { batchWaitMs, compose } = options;
    if (kind !== "event" || batchWaitMs === null || compose.batch === null || stopping) return 0;
    if (outbox.pending(kind) >= compose.batch.maxEvents || outbox.hasCritical(kind)) return 0;
    return Math.min(batchWaitMs - (clock.monotonic() - (outbox.oldestAtMs(kind) ?? -Infinity)), FILL_LOOK_MS);
  }

  function dropStale(kind: MessageKind, entries: readonly OutboxEntry[]): readonly OutboxEntry[] {
    if (kind !== "metrics") return entries;
    const oldest = clock.monotonic() - options.staleMetricsMs;
    const stale = entries.filter((entry) => entry.enqueuedAtMs < oldest);
    if (stale.length > 0) outbox.settle(kind, stale, { kind: "dropped", reason: "stale" });
    return entries.filter((entry) => entry.enqueuedAtMs >= oldest);
  }

  return {
    name: "publisher",
    failures: () => failures,
    off: () => [...off.values()].map(({ status }) => status),
    troubles: () => options.session() === null ? [] : [...troubles.values()],
    async run(signal) {
      const end = new AbortController();
      end.signal.addEventListener("abort", outbox.wake, { once: true });
      const work = Promise.all(MESSAGE_KINDS.map((kind) =>
        publishKind(kind, end.signal).catch((error) => {
          if (!end.signal.aborted) throw error;
        })
      ));
      try {
        await Promise.race([work, untilDrained(signal)]);
      } finally {
        end.abort();
        await work.catch(() => {}); // the race has told of it
      }
      if (options.mayPublish !== undefined) MESSAGE_KINDS.forEach(handOver);
      const left = MESSAGE_KINDS.reduce((sum, kind) => sum + outbox.size(kind), 0);
      if (left > 0) log.error("Stopped with messages that the bus never confirmed", { messages: left });
    },
  };

  /** After the stop was asked for: resolves when everything is delivered, or `drainMs` is over. */
  async function untilDrained(stop: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      if (stop.aborted) resolve();
      else stop.addEventListener("abort", () => resolve(), { once: true });
    });
    stopping = true;
    const late = AbortSignal.timeout(options.drainMs);
    late.addEventListener("abort", outbox.wake, { once: true });
    // With replicas nobody waits for a bus that is away: the next leader may reach it.
    const mayDrain = () => options.mayPublish === undefined || options.session() !== null;
    while (!outbox.isEmpty() && !late.aborted && mayDrain()) await outbox.changed();
  }
}

const entriesOf = (units: readonly PublishUnit[]): OutboxEntry[] => units.flatMap((unit) => unit.entries);
