import { setImmediate } from "node:timers/promises";
import { errors } from "@nats-io/transport-node";
import { errorMessage } from "../lifecycle/errors.ts";
import type { PublishUnit } from "./compose_units.ts";
import type { BusSession } from "./connection.ts";
import { createUnitHeaders, type DeliverUnits } from "./delivery.ts";
import { FlushTimeout, flushWithin } from "./flush_within.ts";

/** A part that takes longer is stuck: the connection is given up and made again. */
const FLUSH_TIMEOUT_MS = 10_000;
/** A link is alive if it takes this much within the time above: 13 KB a second. */
const PART_BYTES = 128 * 1024;

/** Units that one PING confirms. */
interface Part {
  readonly units: readonly PublishUnit[];
  readonly flush: Promise<void>;
}

/**
 * Core delivery: publish everything, with a PING after each part. The server answers in order, so a PONG proves that it
 * has read everything before, unless it refused the subject, which only the session's status stream tells. Parts that were
 * confirmed before a failure are not sent again, so a slow link gets on.
 */
export const deliverCore: DeliverUnits = async (session, units) => {
  const refusalsBefore = countRefusals(session, units);
  const delivered: PublishUnit[] = [];
  const rejected: PublishUnit[] = [];
  let stop: { reason: "flush_timeout" | "disconnected"; detail: string } | null = null;
  try {
    for (const part of publishParts(session, units, rejected)) {
      await flushWithin(session, part.flush, FLUSH_TIMEOUT_MS);
      delivered.push(...part.units);
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
  if (stop === null) return { delivered, rejected, failure: null };
  return { delivered, rejected, failure: { units: failedOf(delivered), ...stop } };
};

/** Hands everything to the library, which sends in its own time. Throws when the connection is closed. */
function publishParts(session: BusSession, units: readonly PublishUnit[], rejected: PublishUnit[]): readonly Part[] {
  const parts: Part[] = [];
  const headersOf = createUnitHeaders();
  let published: PublishUnit[] = [];
  let bytes = 0;
  const confirm = () => {
    const flush = session.nats.flush();
    flush.catch(() => {}); // a part behind one that failed is not waited for
    parts.push({ units: published, flush });
    published = [];
    bytes = 0;
  };
  for (const unit of units) {
    try {
      session.nats.publish(unit.subject, unit.body, { headers: headersOf(unit) });
      published.push(unit);
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
