import { createInbox, type NatsConnection } from "@nats-io/transport-node";

const prefixes = new WeakMap<NatsConnection, string>();

/** Notes what the inboxes of a connection begin with: the library keeps it to itself. */
export function noteInboxPrefix(nats: NatsConnection, prefix: string): NatsConnection {
  prefixes.set(nats, prefix);
  return nats;
}

/** A new subject for answers to this connection, below the prefix that its user may subscribe to. */
export function inboxOf(nats: NatsConnection): string {
  return createInbox(prefixes.get(nats));
}
