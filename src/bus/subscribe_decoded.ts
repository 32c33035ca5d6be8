import type { Msg, NatsConnection } from "@nats-io/transport-node";

/** What unpacked messages may take while a slow reader is busy; as objects they are some times larger. */
const QUEUE_LIMIT_BYTES = 8 * 1024 * 1024;

/** What one message holds. */
export interface DecodedMessage<T> {
  readonly items: readonly T[];
  /** Of its unpacked body. */
  readonly bytes: number;
}

export interface SubscribeOptions {
  readonly subjects: readonly string[];
  /** The cluster that a subject names; what says otherwise in its body is passed over. */
  readonly clusterOf: (subject: string) => string | null;
  /** Told of a message that names another cluster than its subject. */
  readonly onForeign: (subject: string) => void;
  /** Told of what can't be read and was passed over. */
  readonly onUnreadable: (subject: string) => void;
  /** Told, before the next one, how many were dropped because the reader was too slow. */
  readonly onDropped: (items: number) => void;
  /** Told of a subject that the server does not let this user hear; without it, that ends in silence. */
  readonly onRefused?: (subject: string) => void;
  /** Default 8 MiB. */
  readonly queueBytes?: number;
}

/**
 * What `decode` makes of the messages on some subjects, until `signal` fires. When they come faster than they are read, the
 * oldest are dropped and told. Rejects when the connection ends.
 */
export async function* subscribeDecoded<T extends { readonly cluster_id: string }>(
  nats: NatsConnection,
  decode: (message: Msg) => DecodedMessage<T> | null,
  options: SubscribeOptions,
  signal: AbortSignal,
): AsyncGenerator<T> {
  const { clusterOf, onDropped, onForeign, onUnreadable, queueBytes = QUEUE_LIMIT_BYTES, subjects } = options;
  let queue: DecodedMessage<T>[] = [];
  let bytes = 0;
  let dropped = 0;

  function enqueue(decoded: DecodedMessage<T>): void {
    queue.push(decoded);
    bytes += decoded.bytes;
    let old = 0;
    for (; bytes > queueBytes && old < queue.length - 1; old++) {
      bytes -= queue[old]?.bytes ?? 0;
      dropped += queue[old]?.items.length ?? 0;
    }
    if (old > 0) queue = queue.slice(old);
  }

  let wake = Promise.withResolvers<void>();
  const subscriptions = subjects.map((subject) =>
    nats.subscribe(subject, {
      callback: (error, message) => {
        if (error !== null) return void options.onRefused?.(subject);
        const decoded = decode(message);
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
        yield* next.items;
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

function isForeign(
  { items }: DecodedMessage<{ readonly cluster_id: string }>,
  cluster: string | null,
): boolean {
  return items.some((item) => item.cluster_id !== cluster);
}
