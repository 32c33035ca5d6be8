import { headers as createHeaders, type MsgHdrs } from "@nats-io/transport-node";
import type { PublishUnit } from "./compose_units.ts";
import type { BusSession } from "./connection.ts";

/** Units that are not delivered and are tried again, with the reason as a metric label and in words. */
export interface DeliveryFailure {
  readonly units: readonly PublishUnit[];
  readonly reason:
    | "disconnected"
    | "flush_timeout"
    | "refused"
    | "no_stream"
    | "stream_full"
    | "stream_error"
    | "ack_timeout";
  readonly detail: string;
}

/** What delivering came to. `rejected` units are larger than the server's `max_payload` and never will fit. */
export interface DeliveryOutcome {
  readonly delivered: readonly PublishUnit[];
  readonly rejected: readonly PublishUnit[];
  readonly failure: DeliveryFailure | null;
}

/** Hands units to the bus, in order, and waits until it can vouch for them. Never rejects. */
export type DeliverUnits = (session: BusSession, units: readonly PublishUnit[]) => Promise<DeliveryOutcome>;

/** The headers of a unit, its id first. */
export function unitHeaders(unit: PublishUnit): MsgHdrs {
  const headers = createHeaders();
  headers.set("Nats-Msg-Id", unit.id);
  for (const [name, value] of Object.entries(unit.headers)) headers.set(name, value);
  return headers;
}
