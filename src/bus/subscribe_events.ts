import { gunzipSync } from "node:zlib";
import type { Msg, NatsConnection } from "@nats-io/transport-node";
import { type Event, eventSchema } from "../wire/event.ts";

/** An unpacked body is never larger than this: what comes over the bus is not trusted. */
const UNPACKED_LIMIT_BYTES = 16 * 1024 * 1024;

/**
 * The events on `subjects`, batches and compression undone, until `signal` fires. What is no event is told to
 * `onUnreadable` and passed over. Rejects when the connection ends.
 */
export async function* subscribeEvents(
  nats: NatsConnection,
  subjects: readonly string[],
  onUnreadable: (subject: string) => void,
  signal: AbortSignal,
): AsyncGenerator<Event> {
  const queue: Event[] = [];
  let wake = Promise.withResolvers<void>();
  const subscriptions = subjects.map((subject) =>
    nats.subscribe(subject, {
      callback: (error, message) => {
        const events = error === null ? decodeEvents(message) : null;
        if (events === null) onUnreadable(message.subject);
        else queue.push(...events);
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
      for (const event of queue.splice(0)) yield event;
      await wake.promise;
      wake = Promise.withResolvers<void>();
    }
    if (!signal.aborted) throw ended ?? new Error("the connection ended");
  } finally {
    signal.removeEventListener("abort", stop);
    for (const subscription of subscriptions) subscription.unsubscribe();
  }
}

/** The events of one message, or `null` when it holds none. */
export function decodeEvents(
  message: Pick<Msg, "data"> & { readonly headers?: Msg["headers"] | undefined },
): readonly Event[] | null {
  try {
    const packed = message.headers?.get("Content-Encoding") === "gzip";
    const body = packed ? gunzipSync(message.data, { maxOutputLength: UNPACKED_LIMIT_BYTES }) : message.data;
    const lines = new TextDecoder().decode(body).split("\n").filter((line) => line !== "");
    const many = message.headers?.get("Content-Type") === "application/x-ndjson";
    const texts = many ? lines : [lines.join("\n")];
    return texts.map((text) => eventSchema.parse(JSON.parse(text)));
  } catch {
    return null;
  }
}
