import type { Event } from "../wire/event.ts";
import type { OutboundMessage } from "./outbound_message.ts";

const encoder = new TextEncoder();

/** The message that carries `event` on `subject`. */
export function eventMessage(event: Event, subject: string): OutboundMessage {
  return {
    kind: "event",
    id: event.id,
    subject,
    body: encoder.encode(JSON.stringify(event)),
    severity: event.severity,
  };
}
