import { errors, headers as createHeaders, type NatsConnection } from "@nats-io/transport-node";
import { AgentError } from "../lifecycle/errors.ts";

/** One command as it is sent. */
export interface CommandMessage {
  readonly subject: string;
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  /** How long to wait for the result. */
  readonly timeoutMs: number;
}

/** Sends a command and returns the body of its result. Rejects as `unreachable` when no agent listens or none answers in time. */
export async function requestCommand(nats: NatsConnection, message: CommandMessage): Promise<Uint8Array> {
  const headers = createHeaders();
  for (const [name, value] of Object.entries(message.headers)) headers.set(name, value);
  try {
    const reply = await nats.request(message.subject, message.body, { timeout: message.timeoutMs, headers });
    return reply.data;
  } catch (error) {
    throw explainSilence(message, error);
  }
}

function explainSilence({ subject, timeoutMs }: CommandMessage, cause: unknown): unknown {
  if (cause instanceof errors.NoRespondersError || (cause instanceof errors.RequestError && cause.isNoResponders())) {
    return new AgentError(
      "unreachable",
      `No agent listens on ${subject}; check the cluster id, and that the agent runs with enable_commands`,
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
  return cause;
}
