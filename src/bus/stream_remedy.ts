import { errorMessage } from "../lifecycle/errors.ts";

/** Nobody answers JetStream's subjects, or the server says so itself. */
const OFF = /jetstream (?:is )?not enabled|no responders/i;

/** What is wrong with reading a stream and what to do: without JetStream none can be made; else `remedy` holds. */
export function describeStreamError(error: unknown, remedy: string): string {
  const message = errorMessage(error);
  return OFF.test(message)
    ? "JetStream is off on this server, or for this account; start nats-server with JetStream (-js), or use an account " +
      "that has it"
    : `${message}; ${remedy}`;
}
