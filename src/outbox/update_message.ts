import type { Update } from "../wire/update.ts";
import type { OutboundMessage } from "./outbound_message.ts";

const encoder = new TextEncoder();

/**
 * The message that carries `update` on `subject`. A full outbox gives up evidence before it gives up what tells of an end:
 * an incident whose end nobody heard stays open for whoever reads.
 */
export function updateMessage(update: Update, subject: string): OutboundMessage {
  return {
    kind: "update",
    id: update.id,
    subject,
    body: encoder.encode(JSON.stringify(update)),
    severity: update.kind === "evidence" ? "low" : "medium",
  };
}
