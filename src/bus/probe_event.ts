import { errors, headers as createHeaders, type NatsConnection } from "@nats-io/transport-node";
import type { Event } from "../wire/event.ts";

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

/** Publishes an event with its id and returns once the server has it. */
export async function publishEvent(nats: NatsConnection, subject: string, event: Event): Promise<void> {
  nats.publish(subject, JSON.stringify(event), { headers: idHeader(event) });
  await nats.flush();
}

/** Publishes an event as a request, so that a stream's acknowledgement or "no responders" shows who took it. */
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
    throw error;
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
