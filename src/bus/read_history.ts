import { DeliverPolicy, jetstream, type JsMsg } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { AgentError } from "../lifecycle/errors.ts";
import type { Event, EventHead } from "../wire/event.ts";
import { describeStreamError } from "./stream_remedy.ts";
import { decodeEventHeads, decodeEvents, decodeReport, type Report } from "./subscribe_events.ts";

interface HistoryQuery {
  /** The stream that holds the events. */
  readonly stream: string;
  readonly subjects: readonly string[];
  readonly sinceMs: number;
  /** Reports made after this time are left out. */
  readonly untilMs: number;
}

/** What is read ahead of the reader. */
const BATCH = 2_000;
const NANOSECONDS = 1e6;

/**
 * Events of the past from the stream, in the order in which it took them. A message is believed by its subject: an event
 * whose body names another cluster is told to `onForeign` and left out. Rejects as `unreachable` where there is no stream.
 */
export async function* readHistory(
  nats: NatsConnection,
  query: HistoryQuery,
  clusterOf: (subject: string) => string | null,
  onForeign: () => void,
  signal: AbortSignal,
): AsyncGenerator<Event> {
  yield* until(query, readStream(nats, query, decodeEvents, { clusterOf, onForeign }, signal));
}

/** The same, with no more of each event than it is chosen and counted by. */
export async function* readHistoryHeads(
  nats: NatsConnection,
  query: HistoryQuery,
  readers: StreamReaders,
  signal: AbortSignal,
): AsyncGenerator<EventHead> {
  yield* until(query, readStream(nats, query, decodeEventHeads, readers, signal));
}

async function* until<T extends EventHead>({ untilMs }: HistoryQuery, events: AsyncIterable<T>): AsyncGenerator<T> {
  for await (const event of events) {
    if (Date.parse(event.reported_at) <= untilMs) yield event;
  }
}

/** Events and updates of incidents of the past: see `readHistory`. */
export function readPastReports(
  nats: NatsConnection,
  query: HistoryQuery,
  isUpdateSubject: (subject: string) => boolean,
  readers: StreamReaders,
  signal: AbortSignal,
): AsyncGenerator<Report> {
  const decode = (message: JsMsg) => decodeReport(message, isUpdateSubject)?.items ?? null;
  return readStream(nats, query, decode, readers, signal);
}

interface StreamReaders {
  readonly clusterOf: (subject: string) => string | null;
  readonly onForeign: () => void;
}

async function* readStream<T extends { readonly cluster_id: string }>(
  nats: NatsConnection,
  query: HistoryQuery,
  decode: (message: JsMsg) => readonly T[] | null,
  { clusterOf, onForeign }: StreamReaders,
  signal: AbortSignal,
): AsyncGenerator<T> {
  const consumer = await openConsumer(nats, query);
  const { num_pending } = await consumer.info();
  if (num_pending === 0) return;
  const messages = await consumer.consume({ max_messages: BATCH });
  const stop = () => messages.stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    for await (const message of messages) {
      const cluster = clusterOf(message.subject);
      for (const item of decode(message) ?? []) {
        if (item.cluster_id !== cluster) onForeign();
        else yield item;
      }
      const { pending, timestampNanos } = message.info;
      if (pending === 0 || timestampNanos / NANOSECONDS > query.untilMs) break;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    await messages.close().catch(() => {});
  }
}

async function openConsumer(nats: NatsConnection, { stream, subjects, sinceMs }: HistoryQuery) {
  try {
    return await jetstream(nats).consumers.get(stream, {
      filter_subjects: [...subjects],
      deliver_policy: DeliverPolicy.StartTime,
      opt_start_time: new Date(sinceMs).toISOString(),
    });
  } catch (error) {
    throw new AgentError(
      "unreachable",
      `Cannot read the stream ${stream}: ${
        describeStreamError(error, "`agent fleet setup --apply` makes it, --stream names another")
      }`,
      { cause: error },
    );
  }
}
