import { headers as createHeaders, type Msg, type MsgHdrs, type Subscription } from "@nats-io/transport-node";
import type { CommandDelivery, CommandSource } from "../commands/command_source.ts";
import { compact } from "../lifecycle/compact.ts";
import { createLogger } from "../lifecycle/logging.ts";
import { createWakeup } from "../lifecycle/wakeup.ts";
import type { DropReason } from "../telemetry/drop_reason.ts";
import type { BusConnection, BusSession } from "./connection.ts";

interface CommandSubscriptionOptions {
  readonly subject: string;
  /** What deliveries that wait to be taken may hold together, headers included. */
  readonly maxBytes: number;
  readonly onDropped: (reason: Extract<DropReason, "flood" | "too_large">) => void;
}

interface CommandSubscription {
  readonly source: CommandSource;
  /** What the deliveries hold that nobody has taken yet. */
  waitingBytes(): number;
}

/** Deliveries that wait to be taken; the command service answers `busy` long before. */
const WAITING_LIMIT = 10_000;
/** Twice what a command may have: one that is somewhat too large is still told so, and not held for long. */
const MESSAGE_LIMIT_BYTES = 128 * 1024;
/** What a message takes beside its bytes. */
const OBJECTS_BYTES = 512;

/**
 * Commands from a subject, subscribed anew in each session. When more wait than could ever be answered, the newest are
 * dropped and told, and what is far too large for a command is not kept at all: a flood must not take the memory that
 * events need.
 */
export function createCommandSubscription(
  connection: BusConnection,
  options: CommandSubscriptionOptions,
): CommandSubscription {
  const log = createLogger("commands");
  let waitingBytes = 0;

  async function* source(signal: AbortSignal): AsyncGenerator<CommandDelivery> {
    let waiting: Msg[] = [];
    const told = new Set<string>();
    const wakeup = createWakeup();
    signal.addEventListener("abort", wakeup.fire, { once: true });
    let subscribed: BusSession | null = null;
    let subscription: Subscription | null = null;

    function take(message: Msg): void {
      const bytes = sizeOf(message);
      const reason = bytes > MESSAGE_LIMIT_BYTES
        ? "too_large"
        : waiting.length >= WAITING_LIMIT || waitingBytes + bytes > options.maxBytes
        ? "flood"
        : null;
      if (reason === null) {
        waiting.push(message);
        waitingBytes += bytes;
        wakeup.fire();
        return;
      }
      options.onDropped(reason);
      if (!told.has(reason)) log.error("Commands are dropped before they are looked at", { reason, bytes });
      told.add(reason);
    }

    try {
      while (!signal.aborted) {
        wakeup.watch(connection.changed());
        const session = connection.session();
        if (session !== null && session !== subscribed) {
          subscribed = session;
          subscription = session.nats.subscribe(options.subject, {
            callback: (error, message) => {
              if (error === null) take(message);
              else log.error("Cannot receive commands", { error: error.message });
            },
          });
        }
        const batch = waiting;
        waiting = [];
        for (const message of batch) {
          waitingBytes -= sizeOf(message);
          yield deliveryOf(message);
        }
        if (waiting.length > 0) continue;
        told.clear();
        await wakeup.next();
      }
    } finally {
      subscription?.unsubscribe(); // from here on "no responders" tells senders that nobody takes commands
      waitingBytes = 0;
      signal.removeEventListener("abort", wakeup.fire);
    }
  }

  return { source, waitingBytes: () => waitingBytes };
}

/** Subject, reply subject, headers and data, as the library counts them, though its types do not say so. */
function sizeOf(message: Msg): number {
  const counted: unknown = "size" in message && typeof message.size === "function" ? message.size() : null;
  return OBJECTS_BYTES + (typeof counted === "number" ? counted : message.data.length);
}

function deliveryOf(message: Msg): CommandDelivery {
  return {
    body: message.data,
    bytes: sizeOf(message),
    header: (name) => message.headers?.get(name) || null,
    reply: message.reply === undefined || message.reply === "" ? null : {
      subject: message.reply,
      send: (body, headers) => {
        try {
          message.respond(body, compact({ headers: headers && natsHeaders(headers) }));
        } catch {
          // The connection is gone; the result still goes to the result subject.
        }
      },
    },
  };
}

function natsHeaders(values: Readonly<Record<string, string>>): MsgHdrs {
  const headers = createHeaders();
  for (const [name, value] of Object.entries(values)) headers.set(name, value);
  return headers;
}
