import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";

/** The names of all streams. Rejects where there is no JetStream. */
export async function listStreams(nats: NatsConnection): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const name of (await jetstreamManager(nats)).streams.names()) names.push(name);
  return names;
}
