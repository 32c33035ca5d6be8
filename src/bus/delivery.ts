import { headers as createHeaders, type MsgHdrs } from "@nats-io/transport-node";
import type { BackoffOptions } from "../lifecycle/backoff.ts";
import type { PublishErrorReason } from "../telemetry/label_values.ts";
import { EPOCH_HEADER } from "../wire/epoch_header.ts";
import type { PublishUnit } from "./compose_units.ts";
import type { BusSession } from "./connection.ts";

/** Units that are not delivered and are tried again, with the reason as a metric label and in words. */
export interface DeliveryFailure {
  readonly units: readonly PublishUnit[];
  readonly reason: PublishErrorReason;
  readonly detail: string;
}

/**
 * How soon a failed batch is tried again while the connection stands. What mends itself within seconds is tried soon;
 * what takes a person is tried less and less often, but so that the remedy works within half a minute.
 */
export const RETRY_BACKOFF: Readonly<Record<PublishErrorReason, BackoffOptions>> = {
  disconnected: { firstMs: 250, limitMs: 2_000, jitter: 0.2 },
  flush_timeout: { firstMs: 250, limitMs: 2_000, jitter: 0.2 },
  no_listener: { firstMs: 250, limitMs: 5_000, jitter: 0.2 },
  no_leader: { firstMs: 250, limitMs: 2_000, jitter: 0.2 },
  ack_timeout: { firstMs: 500, limitMs: 5_000, jitter: 0.2 },
  stream_full: { firstMs: 1_000, limitMs: 10_000, jitter: 0.2 },
  no_stream: { firstMs: 1_000, limitMs: 15_000, jitter: 0.2 },
  wrong_stream: { firstMs: 1_000, limitMs: 30_000, jitter: 0.2 },
  refused: { firstMs: 1_000, limitMs: 30_000, jitter: 0.2 },
  stream_error: { firstMs: 1_000, limitMs: 30_000, jitter: 0.2 },
};

/** What delivering came to. `rejected` units are larger than the server or the stream takes and never will fit. */
export interface DeliveryOutcome {
  readonly delivered: readonly PublishUnit[];
  readonly rejected: readonly PublishUnit[];
  readonly failure: DeliveryFailure | null;
}

/** Hands units to the bus, in order, and waits until it can vouch for them. Never rejects. */
export type DeliverUnits = (session: BusSession, units: readonly PublishUnit[]) => Promise<DeliveryOutcome>;

/**
 * Makes the headers of a unit: its id, its own, the stream that must take it, where one must ("" is none), and the epoch of
 * the replica that leads, where there are replicas.
 */
export type UnitHeaders = (unit: PublishUnit) => MsgHdrs;

/**
 * The library encodes headers while it publishes. So one object serves all units that have none of their own, which is
 * nearly all of them: making headers anew was a tenth of what a publish costs.
 */
export function createUnitHeaders(stream = "", epoch: () => string | null = () => null): UnitHeaders {
  let term: string | null = null;
  let expected: Record<string, string> = stream === "" ? {} : { "Nats-Expected-Stream": stream };
  let plain = headersOf(expected);
  return (unit) => {
    const now = epoch();
    if (now !== null && now !== term) {
      term = now;
      expected = { ...expected, [EPOCH_HEADER]: now };
      plain = headersOf(expected);
    }
    const own = Object.keys(unit.headers).length === 0 ? plain : headersOf({ ...expected, ...unit.headers });
    own.set("Nats-Msg-Id", unit.id);
    return own;
  };
}

function headersOf(record: Readonly<Record<string, string>>): MsgHdrs {
  const headers = createHeaders();
  for (const [name, value] of Object.entries(record)) headers.set(name, value);
  return headers;
}
