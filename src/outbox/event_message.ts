import type { Event } from "../wire/event.ts";
import type { OutboundMessage } from "./outbound_message.ts";

const encoder = new TextEncoder();

/** The message that carries `event` on `subject`: the one place where an Event becomes bytes for the bus. */
export function eventMessage(
  event: Event,
  subject: string,
  headers?: OutboundMessage["headers"],
  onSettled?: OutboundMessage["onSettled"],
): OutboundMessage {
  return {
    kind: "event",
    id: event.id,
    subject,
    body: encoder.encode(JSON.stringify(event)),
    severity: event.severity,
    headers,
    onSettled,
  };
}
