import { setImmediate } from "node:timers/promises";
import { errors } from "@nats-io/transport-node";
import { errorMessage } from "../lifecycle/errors.ts";
import type { PublishUnit } from "./compose_units.ts";
import type { BusSession } from "./connection.ts";
import { type DeliverUnits, unitHeaders } from "./delivery.ts";

/** A flush that takes longer is stuck: the connection is given up and made again. */
const FLUSH_TIMEOUT_MS = 10_000;

/**
 * Core delivery: publish everything, then one PING round trip. The server answers in order, so the PONG proves that it
 * has read everything before, unless it refused the subject, which only the session's status stream tells.
 */
export const deliverCore: DeliverUnits = async (session, units) => {
  const refusalsBefore = countRefusals(session, units);
  const published: PublishUnit[] = [];
  const rejected: PublishUnit[] = [];
  try {
    for (const unit of units) {
      try {
        session.nats.publish(unit.subject, unit.body, { headers: unitHeaders(unit) });
        published.push(unit);
      } catch (error) {
        if (!(error instanceof errors.InvalidArgumentError)) throw error;
        rejected.push(unit);
      }
    }
    await flushWithin(session, FLUSH_TIMEOUT_MS);
    await setImmediate(); // a refusal came before the PONG, but the status stream tells of it some microtasks later
  } catch (error) {
    const stuck = error instanceof FlushTimeout;
    if (stuck) void session.nats.close().catch(() => {});
    const reason = stuck ? "flush_timeout" : "disconnected";
    const failed = units.filter((unit) => !rejected.includes(unit));
    return { delivered: [], rejected, failure: { units: failed, reason, detail: errorMessage(error) } };
  }
  if (countRefusals(session, units) === refusalsBefore) return { delivered: published, rejected, failure: null };
  const detail = `NATS does not allow this user to publish to ${
    published[0]?.subject
  }; add it to the user's permissions`;
  return { delivered: [], rejected, failure: { units: published, reason: "refused", detail } };
};

class FlushTimeout extends Error {
  override readonly name = "FlushTimeout";
}

function countRefusals(session: BusSession, units: readonly PublishUnit[]): number {
  let count = 0;
  for (const subject of new Set(units.map((unit) => unit.subject))) count += session.publishRefusals(subject);
  return count;
}

/** A PING round trip, or the reason why there was none. */
function flushWithin(session: BusSession, limitMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => () => {
      clearTimeout(timer);
      session.ended.removeEventListener("abort", gone);
      act();
    };
    const gone = settle(() => reject(new Error("the connection ended")));
    const timer = setTimeout(
      settle(() => reject(new FlushTimeout(`no answer to a flush within ${limitMs} ms`))),
      limitMs,
    );
    session.ended.addEventListener("abort", gone, { once: true });
    if (session.ended.aborted) return gone();
    session.nats.flush().then(settle(resolve), (error) => settle(() => reject(error))());
  });
}
