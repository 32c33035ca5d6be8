import { errors, headers as createHeaders, type MsgHdrs } from "@nats-io/transport-node";
import type { Clock } from "../lifecycle/clock.ts";
import { errorMessage } from "../lifecycle/errors.ts";
import { createLogger } from "../lifecycle/logging.ts";
import type { Service } from "../lifecycle/service.ts";
import type { OutboxEntry } from "../outbox/lane.ts";
import { MESSAGE_KINDS, type MessageKind, type OutboundMessage } from "../outbox/outbound_message.ts";
import type { OutboxReader } from "../outbox/outbox.ts";
import type { BusSession } from "./connection.ts";

/** What delivering one batch came to. Entries of `failed` are tried again; `rejected` ones never will succeed. */
export interface BatchOutcome {
  readonly delivered: readonly OutboxEntry[];
  readonly failed: readonly OutboxEntry[];
  readonly rejected: readonly OutboxEntry[];
  /** Why `failed` is not empty, as a metric label, and in words. */
  readonly reason: "disconnected" | "flush_timeout" | "refused" | "stream" | "none";
  readonly detail: string;
}

/** Hands one batch to the bus and waits until it can vouch for it. Never rejects. */
export type DeliverBatch = (session: BusSession, entries: readonly OutboxEntry[]) => Promise<BatchOutcome>;

export interface PublisherOptions {
  readonly outbox: OutboxReader;
  readonly session: () => BusSession | null;
  readonly deliver: DeliverBatch;
  readonly clock: Clock;
  /** A metrics report that waited longer than this is stale and dropped on purpose. */
  readonly staleMetricsMs: number;
  /** How long to go on delivering after the stop was asked for. */
  readonly drainMs: number;
  readonly onFailure: (reason: BatchOutcome["reason"]) => void;
}

/** Messages a batch: one flush round trip confirms all of them, so 1,000 at 50 ms are still 20,000 a second. */
const BATCH_LIMIT = 1_000;
/**
 * Batches of one kind begin at least this far apart. A message after a quiet moment goes out at once; in a burst a few
 * come together, and the system calls for a write, a PING and a PONG, the dearest part of delivery, are shared.
 */
const PACE_MS = 4;
/** The wait after a batch that failed although the connection stands: a refused subject, a stream that is full. */
const RETRY_WAIT_MS = 1_000;

/**
 * Moves messages from the outbox to the bus, each kind on its own so that one that is stuck stops no other. After the
 * signal it goes on until the outbox is empty or `drainMs` is over.
 */
export function createPublisher(options: PublisherOptions): Service {
  const { outbox, clock } = options;
  const log = createLogger("publisher");

  async function publishKind(kind: MessageKind, signal: AbortSignal): Promise<void> {
    let lastDetail = "";
    let lastBatchAt = -Infinity;
    while (!signal.aborted) {
      const session = options.session();
      if (session === null || outbox.pending(kind) === 0) {
        await outbox.changed();
        continue;
      }
      const pauseMs = lastBatchAt + PACE_MS - clock.monotonic();
      if (pauseMs > 0) await clock.sleep(pauseMs, signal);
      lastBatchAt = clock.monotonic();
      const entries = dropStale(kind, outbox.take(kind, BATCH_LIMIT));
      if (entries.length === 0) continue;
      const outcome = await options.deliver(session, entries);
      outbox.settle(kind, outcome.delivered, { kind: "delivered" });
      outbox.settle(kind, outcome.rejected, { kind: "dropped", reason: "rejected" });
      if (outcome.failed.length === 0) {
        lastDetail = "";
        continue;
      }
      outbox.putBack(kind, outcome.failed);
      options.onFailure(outcome.reason);
      if (outcome.detail !== lastDetail) {
        log.warn("Cannot deliver a batch; it is tried again", {
          kind,
          messages: outcome.failed.length,
          error: outcome.detail,
        });
      }
      lastDetail = outcome.detail;
      if (options.session() === session) await clock.sleep(RETRY_WAIT_MS, signal);
    }
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
    const late = AbortSignal.timeout(options.drainMs);
    late.addEventListener("abort", outbox.wake, { once: true });
    while (!outbox.isEmpty() && !late.aborted) await outbox.changed();
  }
}

/** A flush that takes longer is stuck: the connection is given up and made again. */
const FLUSH_TIMEOUT_MS = 10_000;

/**
 * Core delivery: publish the batch, then one PING round trip. The server answers in order, so the PONG proves that it
 * has read everything before, unless it refused the subject, which only the session's status stream tells.
 */
export const deliverCore: DeliverBatch = async (session, entries) => {
  const refusalsBefore = countRefusals(session, entries);
  const published: OutboxEntry[] = [];
  const rejected: OutboxEntry[] = [];
  try {
    for (const entry of entries) {
      try {
        session.nats.publish(entry.message.subject, entry.message.body, { headers: messageHeaders(entry.message) });
        published.push(entry);
      } catch (error) {
        if (!(error instanceof errors.InvalidArgumentError)) throw error;
        rejected.push(entry); // larger than max_payload: it never will fit
      }
    }
    await flushWithin(session, FLUSH_TIMEOUT_MS);
  } catch (error) {
    const stuck = error instanceof FlushTimeout;
    if (stuck) void session.nats.close().catch(() => {});
    const failed = entries.filter((entry) => !rejected.includes(entry));
    return {
      delivered: [],
      failed,
      rejected,
      reason: stuck ? "flush_timeout" : "disconnected",
      detail: errorMessage(error),
    };
  }
  if (countRefusals(session, entries) > refusalsBefore) {
    return {
      delivered: [],
      failed: published,
      rejected,
      reason: "refused",
      detail: `NATS does not allow this user to publish to ${
        published[0]?.message.subject
      }; add it to the user's permissions`,
    };
  }
  return { delivered: published, failed: [], rejected, reason: "none", detail: "" };
};

class FlushTimeout extends Error {
  override readonly name = "FlushTimeout";
}

/** The headers of an outbound message, its id first. */
export function messageHeaders(message: OutboundMessage): MsgHdrs {
  const headers = createHeaders();
  headers.set("Nats-Msg-Id", message.id);
  for (const [name, value] of Object.entries(message.headers ?? {})) headers.set(name, value);
  return headers;
}

function countRefusals(session: BusSession, entries: readonly OutboxEntry[]): number {
  const subjects = new Set(entries.map((entry) => entry.message.subject));
  let count = 0;
  for (const subject of subjects) count += session.publishRefusals(subject);
  return count;
}

/** A PING round trip, or the reason why there was none. */
function flushWithin(session: BusSession, limitMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => () => {
      clearTimeout(timer);
      session.ended.removeEventListener("abort", gone);
      act();
    };
    const gone = settle(() => reject(new Error("the connection ended")));
    const timer = setTimeout(
      settle(() => reject(new FlushTimeout(`no answer to a flush within ${limitMs} ms`))),
      limitMs,
    );
    session.ended.addEventListener("abort", gone, { once: true });
    if (session.ended.aborted) return gone();
    session.nats.flush().then(settle(resolve), (error) => settle(() => reject(error))());
  });
}
