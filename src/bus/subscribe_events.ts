import { gunzipSync } from "node:zlib";
import type { Msg, NatsConnection } from "@nats-io/transport-node";
import { type Event, eventSchema } from "../wire/event.ts";

/** An unpacked body is never larger than this: what comes over the bus is not trusted. */
const UNPACKED_LIMIT_BYTES = 16 * 1024 * 1024;

/** What unpacked messages may take while a slow reader is busy; as objects they are some times larger. */
const QUEUE_LIMIT_BYTES = 8 * 1024 * 1024;

export interface SubscribeEventsOptions {
  readonly subjects: readonly string[];
  /** The cluster that a subject names; events of a message that say otherwise are passed over. */
  readonly clusterOf: (subject: string) => string | null;
  /** Told of a message whose events name another cluster than its subject. */
  readonly onForeign: (subject: string) => void;
  /** Told of what is no event and was passed over. */
  readonly onUnreadable: (subject: string) => void;
  /** Told, before the next event, how many were dropped because the reader was too slow. */
  readonly onDropped: (events: number) => void;
  /** Default 8 MiB. */
  readonly queueBytes?: number;
}

/**
 * The events on some subjects, batches and compression undone, until `signal` fires. When they come faster than they are
 * read, the oldest are dropped and told. Rejects when the connection ends.
 */
export async function* subscribeEvents(
  nats: NatsConnection,
  options: SubscribeEventsOptions,
  signal: AbortSignal,
): AsyncGenerator<Event> {
  const { clusterOf, onDropped, onForeign, onUnreadable, queueBytes = QUEUE_LIMIT_BYTES, subjects } = options;
  let queue: DecodedMessage[] = [];
  let bytes = 0;
  let dropped = 0;

  function enqueue(decoded: DecodedMessage): void {
    queue.push(decoded);
    bytes += decoded.bytes;
    let old = 0;
    for (; bytes > queueBytes && old < queue.length - 1; old++) {
      bytes -= queue[old]?.bytes ?? 0;
      dropped += queue[old]?.events.length ?? 0;
    }
    if (old > 0) queue = queue.slice(old);
  }

  let wake = Promise.withResolvers<void>();
  const subscriptions = subjects.map((subject) =>
    nats.subscribe(subject, {
      callback: (error, message) => {
        const decoded = error === null ? decodeMessage(message) : null;
        if (decoded === null) onUnreadable(message.subject);
        else if (isForeign(decoded, clusterOf(message.subject))) onForeign(message.subject);
        else enqueue(decoded);
        wake.resolve();
      },
    })
  );
  let ended: void | Error = undefined;
  let open = true;
  void nats.closed().then((reason) => {
    ended = reason;
    open = false;
    wake.resolve();
  });
  const stop = () => wake.resolve();
  signal.addEventListener("abort", stop, { once: true });
  try {
    while (!signal.aborted && open) {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        if (dropped > 0) {
          onDropped(dropped);
          dropped = 0;
        }
        yield* next.events;
        bytes -= next.bytes;
      }
      await wake.promise;
      wake = Promise.withResolvers<void>();
    }
    if (!signal.aborted) throw ended ?? new Error("the connection ended");
  } finally {
    signal.removeEventListener("abort", stop);
    for (const subscription of subscriptions) subscription.unsubscribe();
  }
}

function isForeign({ events }: DecodedMessage, cluster: string | null): boolean {
  return events.some((event) => event.cluster_id !== cluster);
}

interface DecodedMessage {
  readonly events: readonly Event[];
  /** Of its unpacked body. */
  readonly bytes: number;
}

type EncodedMessage = Pick<Msg, "data"> & { readonly headers?: Msg["headers"] | undefined };

/** The events of one message, or `null` when it holds none. */
export function decodeEvents(message: EncodedMessage): readonly Event[] | null {
  return decodeMessage(message)?.events ?? null;
}

function decodeMessage(message: EncodedMessage): DecodedMessage | null {
  try {
    const packed = message.headers?.get("Content-Encoding") === "gzip";
    const body = packed ? gunzipSync(message.data, { maxOutputLength: UNPACKED_LIMIT_BYTES }) : message.data;
    const lines = new TextDecoder().decode(body).split("\n").filter((line) => line !== "");
    const many = message.headers?.get("Content-Type") === "application/x-ndjson";
    const texts = many ? lines : [lines.join("\n")];
    return { events: texts.map((text) => eventSchema.parse(JSON.parse(text))), bytes: body.length };
  } catch {
    return null;
  }
}
