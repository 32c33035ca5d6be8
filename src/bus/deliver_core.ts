import { setImmediate } from "node:timers/promises";
import { errors } from "@nats-io/transport-node";
import { errorMessage } from "../lifecycle/errors.ts";
import { REPLIED_HEADER } from "../wire/replied_header.ts";
import type { PublishUnit } from "./compose_units.ts";
import type { BusSession } from "./connection.ts";
import { createUnitHeaders, type DeliverUnits, type DeliveryOutcome, type UnitHeaders } from "./delivery.ts";
import { FlushTimeout, flushWithin } from "./flush_within.ts";
import { type ListenerProbe, listenerProbeOf } from "./listener_probe.ts";

/** A part that takes longer is stuck: the connection is given up and made again. */
const FLUSH_TIMEOUT_MS = 10_000;
/** A link is alive if it takes this much within the time above: 13 KB a second. */
const PART_BYTES = 128 * 1024;

/** A unit that was published; with `token` where somebody has to be subscribed to it. */
interface Published {
  readonly unit: PublishUnit;
  readonly token: string | null;
}

/** Units that one PING confirms. */
interface Part {
  readonly published: readonly Published[];
  readonly flush: Promise<void>;
}

/**
 * Core delivery: publish everything, with a PING after each part. The server answers in order, so a PONG proves that it
 * has read everything before, unless it refused the subject, which only the session's status stream tells. Events and
 * results that nobody is subscribed to count as not delivered. Parts that were confirmed before a failure are not sent
 * again, so a slow link gets on.
 */
export function createCoreDelivery(epoch?: () => string | null): DeliverUnits {
  const headersOf = createUnitHeaders("", epoch);
  return (session, units) => deliverCore(session, units, headersOf);
}

async function deliverCore(
  session: BusSession,
  units: readonly PublishUnit[],
  headersOf: UnitHeaders,
): Promise<DeliveryOutcome> {
  const refusalsBefore = countRefusals(session, units);
  const probe = listenerProbeOf(session);
  const delivered: PublishUnit[] = [];
  const unheard: PublishUnit[] = [];
  const rejected: PublishUnit[] = [];
  let stop: { reason: "flush_timeout" | "disconnected"; detail: string } | null = null;
  try {
    for (const { published, flush } of publishParts(session, units, { probe, headersOf, rejected })) {
      await flushWithin(session, flush, FLUSH_TIMEOUT_MS);
      for (const { unit, token } of published) {
        if (token !== null && probe.unheard(token)) unheard.push(unit);
        else delivered.push(unit);
      }
    }
    await setImmediate(); // a refusal came before the PONG, but the status stream tells of it some microtasks later
  } catch (error) {
    const stuck = error instanceof FlushTimeout;
    if (stuck) void session.nats.close().catch(() => {});
    stop = { reason: stuck ? "flush_timeout" : "disconnected", detail: errorMessage(error) };
  }
  const failedOf = (kept: readonly PublishUnit[]) => {
    const settled = new Set([...kept, ...rejected]);
    return units.filter((unit) => !settled.has(unit));
  };
  if (countRefusals(session, units) !== refusalsBefore) {
    const subject = units.find((unit) => session.publishRefusals(unit.subject) > 0)?.subject;
    const detail = `NATS does not allow this user to publish to ${subject}; add it to the user's permissions`;
    return { delivered: [], rejected, failure: { units: failedOf([]), reason: "refused", detail } };
  }
  if (stop !== null) return { delivered, rejected, failure: { units: failedOf(delivered), ...stop } };
  const [first] = unheard;
  if (first === undefined) return { delivered, rejected, failure: null };
  const detail = `nobody is subscribed to ${first.subject}; start the central program, or check its subject`;
  return { delivered, rejected, failure: { units: failedOf(delivered), reason: "no_listener", detail } };
}

/**
 * Whether `unit` is lost when nobody is subscribed to it. A metrics report is of no use later, and a result that was
 * also sent to the reply subject of its command has reached whoever asked.
 */
function needsListener({ entries, headers }: PublishUnit): boolean {
  const kind = entries[0]?.message.kind;
  return kind === "event" || (kind === "result" && headers[REPLIED_HEADER] === undefined);
}

/** Hands everything to the library, which sends in its own time. Throws when the connection is closed. */
function publishParts(
  session: BusSession,
  units: readonly PublishUnit[],
  { probe, headersOf, rejected }: {
    readonly probe: ListenerProbe;
    readonly headersOf: UnitHeaders;
    readonly rejected: PublishUnit[];
  },
): readonly Part[] {
  const parts: Part[] = [];
  let published: Published[] = [];
  let bytes = 0;
  const confirm = () => {
    const flush = session.nats.flush();
    flush.catch(() => {}); // a part behind one that failed is not waited for
    parts.push({ published, flush });
    published = [];
    bytes = 0;
  };
  for (const unit of units) {
    try {
      const headers = headersOf(unit);
      if (needsListener(unit)) {
        const { reply, token } = probe.next();
        session.nats.publish(unit.subject, unit.body, { headers, reply });
        published.push({ unit, token });
      } else {
        session.nats.publish(unit.subject, unit.body, { headers });
        published.push({ unit, token: null });
      }
      bytes += unit.body.length;
    } catch (error) {
      if (!(error instanceof errors.InvalidArgumentError)) throw error;
      rejected.push(unit);
    }
    if (bytes >= PART_BYTES) confirm();
  }
  if (published.length > 0) confirm();
  return parts;
}

function countRefusals(session: BusSession, units: readonly PublishUnit[]): number {
  let count = 0;
  for (const subject of new Set(units.map((unit) => unit.subject))) count += session.publishRefusals(subject);
  return count;
}
