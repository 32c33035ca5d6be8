import { setImmediate } from "node:timers/promises";
import { errors, headers as createHeaders, type NatsConnection } from "@nats-io/transport-node";
import type { Event } from "../wire/event.ts";
import { refusalOf } from "./nats_error.ts";

/** Who took a published event. */
export type Receipt =
  | { readonly kind: "stream"; readonly stream: string; readonly duplicate: boolean }
  /** Somebody answered, but no stream did. */
  | { readonly kind: "subscriber" }
  /** The server knows nobody who listens. */
  | { readonly kind: "nobody" }
  /** Somebody listens, but core NATS does not tell more. */
  | { readonly kind: "unknown" };

/** How long a stream has to acknowledge. */
const RECEIPT_MS = 2_000;

/** Publishes events with their ids, each confirmed by the server. Fails as `not_permitted` where it refuses the subject. */
export function createEventPublisher(nats: NatsConnection, subject: string): (event: Event) => Promise<void> {
  let refusal: unknown = null;
  void watchRefusal(nats, subject, (error) => refusal = refusalOf(error));
  return async (event) => {
    nats.publish(subject, JSON.stringify(event), { headers: idHeader(event) });
    await nats.flush();
    await setImmediate(); // a refusal came before the PONG, but the status stream tells of it some microtasks later
    if (refusal !== null) throw refusal;
  };
}

/**
 * Publishes an event as a request, so that a stream's acknowledgement or "no responders" shows who took it. Fails as
 * `not_permitted` where the server refuses the subject.
 */
export async function publishEventForReceipt(nats: NatsConnection, subject: string, event: Event): Promise<Receipt> {
  try {
    const reply = await nats.request(subject, JSON.stringify(event), { timeout: RECEIPT_MS, headers: idHeader(event) });
    const ack: unknown = parseJson(reply.string());
    if (typeof ack === "object" && ack !== null && "stream" in ack && typeof ack.stream === "string") {
      return { kind: "stream", stream: ack.stream, duplicate: "duplicate" in ack && ack.duplicate === true };
    }
    return { kind: "subscriber" };
  } catch (error) {
    if (error instanceof errors.NoRespondersError) return { kind: "nobody" };
    if (error instanceof errors.RequestError && error.isNoResponders()) return { kind: "nobody" };
    if (error instanceof errors.TimeoutError) return { kind: "unknown" };
    throw refusalOf(error) ?? error;
  }
}

/** A refused publish is told by the connection's status alone; ends with the connection. */
async function watchRefusal(nats: NatsConnection, subject: string, onRefused: (error: Error) => void): Promise<void> {
  for await (const status of nats.status()) {
    if (status.type !== "error" || !(status.error instanceof errors.PermissionViolationError)) continue;
    if (status.error.subject === subject) onRefused(status.error);
  }
}

function idHeader(event: Event) {
  const headers = createHeaders();
  headers.set("Nats-Msg-Id", event.id);
  return headers;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
