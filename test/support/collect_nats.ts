import { connect, type Msg, type NatsConnection, type NodeConnectionOptions } from "@nats-io/transport-node";
import { eventually } from "../../sandbox/eventually.ts";

/** One message as it came over the bus. */
export interface CollectedMessage {
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body as it came. */
  readonly bytes: Uint8Array;
  /** The body as JSON, or `undefined` when it is none. */
  readonly json: unknown;
  /** `performance.now()` at arrival. */
  readonly receivedAtMs: number;
}

/** A subscriber that keeps everything it hears, in order. */
export interface NatsCollector extends AsyncDisposable {
  readonly connection: NatsConnection;
  readonly messages: readonly CollectedMessage[];
  /** The messages on one subject. */
  on(subject: string): readonly CollectedMessage[];
  /** Resolves with the first message (past ones too) that `matches`. */
  waitFor(
    what: string,
    matches: (message: CollectedMessage) => boolean,
    deadlineMs?: number,
  ): Promise<CollectedMessage>;
  /** Resolves with everything collected, once at least `count` messages match. */
  waitForCount(
    count: number,
    matches: (message: CollectedMessage) => boolean,
    deadlineMs?: number,
  ): Promise<readonly CollectedMessage[]>;
}

/** Connects to `url` and subscribes to `subjects` (wildcards allowed); resolves when the server has the subscriptions. */
export async function collectNats(
  url: string,
  subjects: readonly string[],
  options: Omit<NodeConnectionOptions, "servers"> = {},
): Promise<NatsCollector> {
  const connection = await connect({ maxReconnectAttempts: -1, reconnectTimeWait: 50, ...options, servers: url });
  const messages: CollectedMessage[] = [];
  for (const subject of subjects) {
    connection.subscribe(subject, {
      callback: (error, message) => {
        if (error === null || error === undefined) messages.push(collect(message));
      },
    });
  }
  await connection.flush();
  return {
    connection,
    messages,
    on: (subject) => messages.filter((message) => message.subject === subject),
    waitFor: (what, matches, deadlineMs) => eventually(what, () => messages.find(matches), deadlineMs),
    waitForCount: async (count, matches, deadlineMs) => {
      const heard = () => messages.filter(matches);
      await eventually(`${count} messages`, () => {
        if (heard().length >= count) return true;
        throw new Error(`heard ${heard().length} of ${count}`);
      }, deadlineMs);
      return heard();
    },
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

function collect(message: Msg): CollectedMessage {
  const headers: Record<string, string> = {};
  for (const key of message.headers?.keys() ?? []) headers[key] = message.headers?.get(key) ?? "";
  return {
    subject: message.subject,
    headers,
    bytes: message.data,
    json: parseJson(message),
    receivedAtMs: performance.now(),
  };
}

function parseJson(message: Msg): unknown {
  try {
    return message.json();
  } catch {
    return undefined;
  }
}
