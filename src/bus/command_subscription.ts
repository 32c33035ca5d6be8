import { headers as createHeaders, type Msg, type MsgHdrs } from "@nats-io/transport-node";
import type { CommandDelivery, CommandSource } from "../commands/command_source.ts";
import { compact } from "../lifecycle/compact.ts";
import { createLogger } from "../lifecycle/logging.ts";
import { createWakeup } from "../lifecycle/wakeup.ts";
import type { BusConnection, BusSession } from "./connection.ts";

/** Deliveries that wait to be taken; the command service answers `busy` long before. */
const WAITING_LIMIT = 10_000;
/** What they may hold together: a command is some hundred bytes. */
const WAITING_BYTES_LIMIT = 8 * 1024 * 1024;

/**
 * Commands from `subject`, subscribed anew in each session. When more wait than could ever be answered, the newest are
 * dropped and told: a flood must not take the memory that events need.
 */
export function createCommandSubscription(
  connection: BusConnection,
  subject: string,
  onDropped: () => void,
): CommandSource {
  const log = createLogger("commands");
  return async function* (signal) {
    let waiting: Msg[] = [];
    let waitingBytes = 0;
    let told = false;
    const wakeup = createWakeup();
    signal.addEventListener("abort", wakeup.fire, { once: true });
    let subscribed: BusSession | null = null;
    try {
      while (!signal.aborted) {
        wakeup.watch(connection.changed());
        const session = connection.session();
        if (session !== null && session !== subscribed) {
          subscribed = session;
          session.nats.subscribe(subject, {
            callback: (error, message) => {
              if (error !== null) log.error("Cannot receive commands", { error: error.message });
              else if (waiting.length < WAITING_LIMIT && waitingBytes < WAITING_BYTES_LIMIT) {
                waiting.push(message);
                waitingBytes += message.data.length;
              } else {
                onDropped();
                if (!told) log.error("More commands than can be answered; some are dropped", { limit: WAITING_LIMIT });
                told = true;
              }
              wakeup.fire();
            },
          });
        }
        const batch = waiting;
        waiting = [];
        waitingBytes = 0;
        for (const message of batch) yield deliveryOf(message);
        if (waiting.length > 0) continue;
        told = false;
        await wakeup.next();
      }
    } finally {
      signal.removeEventListener("abort", wakeup.fire);
    }
  };
}

function deliveryOf(message: Msg): CommandDelivery {
  return {
    body: message.data,
    header: (name) => message.headers?.get(name) || null,
    reply: message.reply === undefined || message.reply === "" ? null : (body, headers) => {
      try {
        message.respond(body, compact({ headers: headers && natsHeaders(headers) }));
      } catch {
        // The connection is gone; the result still goes to the result subject.
      }
    },
  };
}

function natsHeaders(values: Readonly<Record<string, string>>): MsgHdrs {
  const headers = createHeaders();
  for (const [name, value] of Object.entries(values)) headers.set(name, value);
  return headers;
}
