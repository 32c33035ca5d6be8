import type { BusSession } from "./connection.ts";
import { inboxOf } from "./inbox.ts";

/** Finds out which messages of a session nobody was subscribed to. */
export interface ListenerProbe {
  /** A reply subject for the next message, and the token that `unheard` knows it by. */
  next(): { readonly reply: string; readonly token: string };
  /** Whether the server has said that nobody subscribes to the message with this token. Forgets it. */
  unheard(token: string): boolean;
}

const NO_RESPONDERS = 503;
const probes = new WeakMap<BusSession, ListenerProbe>();

/**
 * The probe of `session`. A message that carries a reply subject and that nobody is subscribed to is answered by the
 * server itself, with the status 503, before it answers a PING that came later (NATS calls it "no responders"). Where
 * the user may not subscribe to an inbox, no message is ever found unheard: a flush alone then confirms it.
 */
export function listenerProbeOf(session: BusSession): ListenerProbe {
  const known = probes.get(session);
  if (known !== undefined) return known;
  const inbox = inboxOf(session.nats);
  const unheard = new Set<string>();
  let count = 0;
  const subject = `${inbox}.*`;
  session.tolerateRefusal(subject);
  session.nats.subscribe(subject, {
    callback: (error, message) => {
      // An answer of a person or program that listens is no matter: the message was heard.
      if (error === null && message.headers?.code === NO_RESPONDERS) {
        unheard.add(message.subject.slice(inbox.length + 1));
      }
    },
  });
  const probe: ListenerProbe = {
    next() {
      const token = String(count++);
      return { reply: `${inbox}.${token}`, token };
    },
    unheard: (token) => unheard.delete(token),
  };
  probes.set(session, probe);
  return probe;
}
