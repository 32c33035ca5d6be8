import { type Msg, type NatsConnection, type Subscription } from "@nats-io/transport-node";
import { createUnitHeaders } from "./delivery.ts";
import { inboxOf } from "./inbox.ts";
import type { PublishUnit } from "./compose_units.ts";

/** Publishes with reply subjects of one inbox, and hands each answer to whoever published. */
export interface AckCollector {
  /**
   * Publishes `unit`; `onAnswer` is called once, with the answer. Returns what makes it forget the publish. Throws what the
   * library throws: a closed connection, or a message above `max_payload`.
   */
  publish(unit: PublishUnit, onAnswer: (message: Msg) => void): () => void;
  /** Whether the server took the subscription away: no answer can arrive. */
  closed(): boolean;
}

/**
 * Opens the inbox of one connection: `<inbox>.<number>` answers the publish of that number. `stream` must take what is
 * published; "" takes whichever covers the subject.
 */
export function openAckCollector(nats: NatsConnection, stream: string, epoch?: () => string | null): AckCollector {
  const inbox = inboxOf(nats);
  const headersOf = createUnitHeaders(stream, epoch);
  const waiting = new Map<string, (message: Msg) => void>();
  const subscription: Subscription = nats.subscribe(`${inbox}.*`, {
    callback: (error, message) => {
      const answer = error === null ? waiting.get(message.subject) : undefined;
      if (answer === undefined) return; // of a publish that was given up
      waiting.delete(message.subject);
      answer(message);
    },
  });
  let number = 0;

  return {
    publish(unit, onAnswer) {
      const reply = `${inbox}.${(number++).toString(36)}`;
      nats.publish(unit.subject, unit.body, { headers: headersOf(unit), reply });
      waiting.set(reply, onAnswer);
      return () => waiting.delete(reply);
    },
    closed: () => subscription.isClosed(),
  };
}
