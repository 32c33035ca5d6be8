import { errors, headers as createHeaders, type NatsConnection } from "@nats-io/transport-node";
import { systemClock } from "../lifecycle/clock.ts";
import { AgentError } from "../lifecycle/errors.ts";
import { refusalOf } from "./nats_error.ts";

/** One command as it is sent. */
export interface CommandMessage {
  readonly subject: string;
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  /** How long to wait for the result. */
  readonly timeoutMs: number;
}

/** Between the leader's end and its successor's start nobody listens, for as long as a Lease of the usual duration lasts. */
const NOBODY_LISTENS_MS = 6_000;
const LISTEN_AGAIN_MS = 250;

/**
 * Sends a command and returns the body of its result. Where no agent listens it is sent again for some seconds: replicas may
 * be changing places, and the server says of itself that nobody got it. Rejects as `unreachable` when nobody comes to listen
 * or none answers in time, as `not_permitted`
 * where the server refuses the subject.
 */
export async function requestCommand(nats: NatsConnection, message: CommandMessage): Promise<Uint8Array> {
  const headers = createHeaders();
  for (const [name, value] of Object.entries(message.headers)) headers.set(name, value);
  const startMs = performance.now();
  const never = new AbortController().signal;
  while (true) {
    const leftMs = message.timeoutMs - (performance.now() - startMs);
    try {
      const reply = await nats.request(message.subject, message.body, { timeout: leftMs, headers });
      return reply.data;
    } catch (error) {
      const mayCome = performance.now() - startMs + LISTEN_AGAIN_MS < Math.min(NOBODY_LISTENS_MS, message.timeoutMs);
      if (!isUnheard(error) || !mayCome) throw explainSilence(message, error);
      await systemClock.sleep(LISTEN_AGAIN_MS, never);
    }
  }
}

/** Whether the server itself said that nobody is subscribed. */
function isUnheard(error: unknown): boolean {
  return error instanceof errors.NoRespondersError || (error instanceof errors.RequestError && error.isNoResponders());
}

function explainSilence({ subject, timeoutMs }: CommandMessage, cause: unknown): unknown {
  if (isUnheard(cause)) {
    return new AgentError(
      "unreachable",
      `No agent listens on ${subject}; check the cluster's id (agent fleet lists them), and that the agent runs with enable_commands`,
      { cause },
    );
  }
  if (cause instanceof errors.TimeoutError) {
    return new AgentError(
      "unreachable",
      `No result on ${subject} within ${
        (timeoutMs / 1000).toFixed(1)
      } s; the agent may be busy or cut off, or may not be allowed to answer`,
      { cause },
    );
  }
  return refusalOf(cause) ?? cause;
}
