import type { DropReason } from "../telemetry/drop_reason.ts";
import type { MessageKind } from "../wire/message_kind.ts";
import type { Severity } from "../wire/severity.ts";

/**
 * How the outbox let go of a message. `delivered`: the bus confirmed it. `stored`: the spool holds it on disk and it
 * survives this process. `handed_over`: another replica leads now, which reads the same event again, or sends a report of
 * its own: neither safe nor lost. `dropped`: it is lost, and counted with `reason`.
 */
export type Settlement =
  | { readonly kind: "delivered" }
  | { readonly kind: "stored" }
  | { readonly kind: "handed_over" }
  | { readonly kind: "dropped"; readonly reason: DropReason };

/** One message on its way to the bus: already encoded, so that its size is known and nobody changes it. */
export interface OutboundMessage {
  readonly kind: MessageKind;
  /** Deterministic; goes out as `Nats-Msg-Id`. */
  readonly id: string;
  readonly subject: string;
  readonly body: Uint8Array;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Decides who stays when the outbox is full. Results and metrics have none: they only leave oldest first. An update has `low` for evidence, else `medium`. */
  readonly severity?: Severity | undefined;
  /** Called exactly once when the outbox first can vouch for the message, or has lost it. Must not throw. */
  readonly onSettled?: ((settlement: Settlement) => void) | undefined;
}

/** The objects that a message is made of, its place in a queue and the callback. */
const OBJECTS_BYTES = 512;

/** What a message takes in memory, about. */
export function messageBytes({ body, headers }: Pick<OutboundMessage, "body" | "headers">): number {
  let bytes = OBJECTS_BYTES + body.byteLength;
  if (headers !== undefined) {
    for (const [name, value] of Object.entries(headers)) bytes += name.length + value.length;
  }
  return bytes;
}
