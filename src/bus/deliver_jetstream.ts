import { createInbox, errors, type Msg, type NatsConnection, type Subscription } from "@nats-io/transport-node";
import * as z from "zod";
import { errorMessage } from "../lifecycle/errors.ts";
import type { PublishUnit } from "./compose_units.ts";
import type { BusSession } from "./connection.ts";
import { type DeliverUnits, type DeliveryFailure, unitHeaders } from "./delivery.ts";

export interface JetStreamDeliveryOptions {
  /** The stream that must take the messages; "" takes whichever covers the subject. */
  readonly stream: string;
  /** Messages sent ahead of their acknowledgements. */
  readonly inFlightLimit: number;
  readonly ackTimeoutMs: number;
}

/** A JetStream publish acknowledgement (nats-server, server/stream.go, `JSPubAckResponse`). */
const pubAckSchema = z.object({
  stream: z.string().optional(),
  seq: z.number().optional(),
  duplicate: z.boolean().optional(),
  error: z.object({ code: z.number(), err_code: z.number().optional(), description: z.string().default("") })
    .optional(),
});

type Ack = { readonly kind: "stored" } | { readonly kind: "failed"; readonly failure: Omit<DeliveryFailure, "units"> };

/**
 * JetStream delivery: every unit is published with a reply subject, and counts as delivered when the stream has
 * acknowledged it, as new or as a copy of what it has (`Nats-Msg-Id`). One subscription collects all acknowledgements, a
 * window keeps the number ahead of them bounded. After a failure nothing more of the batch is sent: what failed is tried
 * again before what follows it, so the order on a subject holds but for messages that were already ahead.
 */
export function createJetStreamDelivery(options: JetStreamDeliveryOptions): DeliverUnits {
  const collectors = new WeakMap<NatsConnection, AckCollector>();

  return async (session, units) => {
    const collector = collectors.get(session.nats) ?? openCollector(session.nats);
    collectors.set(session.nats, collector);
    const acks = new Map<PublishUnit, Promise<Ack>>();
    const rejected: PublishUnit[] = [];
    const outcome: { failure: Omit<DeliveryFailure, "units"> | null } = { failure: null };
    let ahead = 0;
    let room = Promise.withResolvers<void>();
    for (const unit of units) {
      while (ahead >= options.inFlightLimit && outcome.failure === null) await room.promise;
      if (outcome.failure !== null || session.ended.aborted) break;
      try {
        const ack = collector.publish(session, unit, options);
        ahead++;
        acks.set(unit, ack);
        void ack.then((result) => {
          ahead--;
          if (result.kind === "failed") outcome.failure ??= result.failure;
          room.resolve();
          room = Promise.withResolvers<void>();
        });
      } catch (error) {
        if (error instanceof errors.InvalidArgumentError) rejected.push(unit);
        else outcome.failure = { reason: "disconnected", detail: errorMessage(error) };
      }
    }
    const delivered: PublishUnit[] = [];
    const failed: PublishUnit[] = [];
    for (const unit of units) {
      if (rejected.includes(unit)) continue;
      const ack = await acks.get(unit);
      (ack?.kind === "stored" ? delivered : failed).push(unit);
    }
    if (failed.length === 0) return { delivered, rejected, failure: null };
    const failure = outcome.failure ?? { reason: "disconnected", detail: "the connection ended" };
    return { delivered, rejected, failure: { ...failure, units: failed } };
  };
}

interface AckCollector {
  publish(session: BusSession, unit: PublishUnit, options: JetStreamDeliveryOptions): Promise<Ack>;
}

/** Collects the acknowledgements of one connection: `<inbox>.<number>` answers the publish of that number. */
function openCollector(nats: NatsConnection): AckCollector {
  const inbox = createInbox();
  const waiting = new Map<string, (message: Msg) => void>();
  const subscription: Subscription = nats.subscribe(`${inbox}.*`, {
    callback: (error, message) => {
      if (error === null) waiting.get(message.subject)?.(message);
    },
  });
  let number = 0;

  return {
    publish(session, unit, options) {
      const reply = `${inbox}.${(number++).toString(36)}`;
      const headers = unitHeaders(unit);
      if (options.stream !== "") headers.set("Nats-Expected-Stream", options.stream);
      nats.publish(unit.subject, unit.body, { headers, reply });
      return new Promise((resolve) => {
        const settle = (ack: Ack) => {
          clearTimeout(timer);
          session.ended.removeEventListener("abort", gone);
          waiting.delete(reply);
          resolve(ack);
        };
        const gone = () =>
          settle({ kind: "failed", failure: { reason: "disconnected", detail: "the connection ended" } });
        const timer = setTimeout(
          () => settle({ kind: "failed", failure: timedOut(session, unit, subscription) }),
          options.ackTimeoutMs,
        );
        session.ended.addEventListener("abort", gone, { once: true });
        waiting.set(reply, (message) => settle(readAck(message, unit.subject)));
      });
    },
  };
}

function timedOut(session: BusSession, unit: PublishUnit, subscription: Subscription): Omit<DeliveryFailure, "units"> {
  if (session.publishRefusals(unit.subject) > 0) {
    return {
      reason: "refused",
      detail: `NATS does not allow this user to publish to ${unit.subject}; add it to the user's permissions`,
    };
  }
  const hint = subscription.isClosed() ? "; the user may not subscribe to its inbox: allow _INBOX.>" : "";
  return { reason: "ack_timeout", detail: `The stream did not acknowledge in time; it may be without a leader${hint}` };
}

/** Error codes of nats-server (server/errors.json) that have words of their own here. */
const STREAM_FULL = new Set([10077, 10047, 10023]); // maximum messages or bytes, storage resources, insufficient resources
const WRONG_STREAM = 10060;

function readAck(message: Msg, subject: string): Ack {
  const failed = (reason: DeliveryFailure["reason"], detail: string): Ack => ({
    kind: "failed",
    failure: { reason, detail },
  });
  if (message.headers?.code === 503) {
    return failed("no_stream", `No stream takes ${subject}; create one that covers it, or set nats.delivery: core`);
  }
  const parsed = pubAckSchema.safeParse(parseJson(message.string()));
  if (!parsed.success) return failed("stream_error", `The answer to a publish on ${subject} is no acknowledgement`);
  const { error, stream } = parsed.data;
  if (error === undefined) {
    return stream === undefined
      ? failed("stream_error", `The answer to a publish on ${subject} names no stream; who else answers there?`)
      : { kind: "stored" };
  }
  const code = error.err_code ?? error.code;
  if (STREAM_FULL.has(code)) {
    return failed(
      "stream_full",
      `The stream is full (${error.description}); raise its limits or let it discard old messages`,
    );
  }
  if (code === WRONG_STREAM) {
    return failed("no_stream", `${subject} belongs to another stream than nats.stream says (${error.description})`);
  }
  return failed("stream_error", `The stream refused a message: ${error.description} (${code})`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
