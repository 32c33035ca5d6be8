import { headers as createHeaders, type NatsConnection } from "@nats-io/transport-node";
import { inboxOf } from "./inbox.ts";
import type { CommandMessage } from "./request_command.ts";

/** One request of many, with what it is known by in the answers. */
interface ManyRequest {
  readonly id: string;
  /** Made when its turn comes, so that a signature is fresh. */
  readonly message: () => CommandMessage;
}

export type ManyAnswer =
  | { readonly kind: "answered"; readonly id: string; readonly body: Uint8Array }
  /** Nobody is subscribed to the subject. */
  | { readonly kind: "unreached"; readonly id: string }
  | { readonly kind: "silent"; readonly id: string };

const NO_RESPONDERS = 503;

/**
 * Sends the requests, at most `concurrency` at a time, over one inbox, and yields each answer as it comes. One that hangs
 * holds up its own place only, until its own time is over. Ends early when `signal` fires or the caller stops reading.
 */
export async function* requestMany(
  nats: NatsConnection,
  requests: readonly ManyRequest[],
  concurrency: number,
  signal: AbortSignal,
): AsyncGenerator<ManyAnswer> {
  const inbox = inboxOf(nats);
  const waiting = new Map<string, { readonly id: string; readonly timer: ReturnType<typeof setTimeout> }>();
  const answers: ManyAnswer[] = [];
  let wake = Promise.withResolvers<void>();
  let next = 0;

  function settle(token: string, answer: (id: string) => ManyAnswer): void {
    const entry = waiting.get(token);
    if (entry === undefined) return; // a second answer, or one after its time
    clearTimeout(entry.timer);
    waiting.delete(token);
    answers.push(answer(entry.id));
    wake.resolve();
  }

  function sendOne(request: ManyRequest): void {
    const token = String(next);
    const { subject, body, headers, timeoutMs } = request.message();
    const natsHeaders = createHeaders();
    for (const [name, value] of Object.entries(headers)) natsHeaders.set(name, value);
    const timer = setTimeout(() => settle(token, (id) => ({ kind: "silent", id })), timeoutMs);
    waiting.set(token, { id: request.id, timer });
    nats.publish(subject, body, { headers: natsHeaders, reply: `${inbox}.${token}` });
  }

  const subscription = nats.subscribe(`${inbox}.*`, {
    callback: (error, message) => {
      if (error !== null) return;
      const token = message.subject.slice(inbox.length + 1);
      if (message.headers?.code === NO_RESPONDERS) settle(token, (id) => ({ kind: "unreached", id }));
      else settle(token, (id) => ({ kind: "answered", id, body: message.data }));
    },
  });
  const stop = () => wake.resolve();
  signal.addEventListener("abort", stop, { once: true });
  try {
    while (!signal.aborted && (next < requests.length || waiting.size > 0 || answers.length > 0)) {
      for (; waiting.size < concurrency && next < requests.length; next++) {
        const request = requests[next];
        if (request !== undefined) sendOne(request);
      }
      const ready = answers.splice(0);
      for (const answer of ready) yield answer;
      if (ready.length > 0) continue;
      await wake.promise;
      wake = Promise.withResolvers<void>();
    }
  } finally {
    signal.removeEventListener("abort", stop);
    for (const { timer } of waiting.values()) clearTimeout(timer);
    subscription.unsubscribe();
  }
}
