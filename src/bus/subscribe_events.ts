import { gunzipSync } from "node:zlib";
import type { Msg, NatsConnection } from "@nats-io/transport-node";
import { type Event, type EventHead, eventHeadSchema, eventSchema } from "../wire/event.ts";
import { type Update, updateSchema } from "../wire/update.ts";
import { type DecodedMessage, subscribeDecoded, type SubscribeOptions } from "./subscribe_decoded.ts";

/** An unpacked body is never larger than this: what comes over the bus is not trusted. */
const UNPACKED_LIMIT_BYTES = 16 * 1024 * 1024;

/** The events on some subjects, batches and compression undone: see `subscribeDecoded`. */
export function subscribeEvents(
  nats: NatsConnection,
  options: SubscribeOptions,
  signal: AbortSignal,
): AsyncGenerator<Event> {
  return subscribeDecoded(nats, decodeMessage, options, signal);
}

/** What agents say of faults: events, and updates of incidents. */
export type Report = Event | Update;

/** Whether a report is an update. */
export function isUpdate(report: Report): report is Update {
  return "kind" in report;
}

/** Events, and updates of incidents from the subjects that `isUpdateSubject` tells: see `subscribeDecoded`. */
export function subscribeReports(
  nats: NatsConnection,
  options: SubscribeOptions & { readonly isUpdateSubject: (subject: string) => boolean },
  signal: AbortSignal,
): AsyncGenerator<Report> {
  return subscribeDecoded<Report>(nats, (message) => decodeReport(message, options.isUpdateSubject), options, signal);
}

/** One message of either kind. */
export function decodeReport(
  message: EncodedMessage & { readonly subject: string },
  isUpdateSubject: (subject: string) => boolean,
): DecodedMessage<Report> | null {
  return isUpdateSubject(message.subject) ? decodeUpdate(message) : decodeMessage(message);
}

const decoder = new TextDecoder();

type EncodedMessage = Pick<Msg, "data"> & { readonly headers?: Msg["headers"] | undefined };

/** The events of one message, or `null` when it holds none. */
export function decodeEvents(message: EncodedMessage): readonly Event[] | null {
  return decodeMessage(message)?.items ?? null;
}

/** The same, with no more of each event than it is chosen and counted by. */
export function decodeEventHeads(message: EncodedMessage): readonly EventHead[] | null {
  try {
    return parseBodies(message).values.map((value) => eventHeadSchema.parse(value));
  } catch {
    return null;
  }
}

function decodeMessage(message: EncodedMessage): DecodedMessage<Event> | null {
  try {
    const { values, bytes } = parseBodies(message);
    return { items: values.map((value) => eventSchema.parse(value)), bytes };
  } catch {
    return null;
  }
}

/** The JSON of a message: one value, or one a line. */
function parseBodies(message: EncodedMessage): { readonly values: readonly unknown[]; readonly bytes: number } {
  const { data } = message;
  // The library parses headers at each look, so one event in JSON, which is what most messages are, is not looked at.
  const { headers = undefined } = data[0] === OPENING_BRACE && !data.includes(NEWLINE) ? {} : message;
  const body = unpack({ data, headers });
  const text = decoder.decode(body);
  const many = headers?.get("Content-Type") === "application/x-ndjson";
  const texts = many ? text.split("\n").filter((line) => line !== "") : [text];
  return { values: texts.map((each): unknown => JSON.parse(each)), bytes: body.length };
}

const OPENING_BRACE = "{".charCodeAt(0);
const NEWLINE = "\n".charCodeAt(0);

function decodeUpdate(message: EncodedMessage): DecodedMessage<Update> | null {
  try {
    const body = unpack(message);
    return { items: [updateSchema.parse(JSON.parse(decoder.decode(body)))], bytes: body.length };
  } catch {
    return null;
  }
}

function unpack({ data, headers }: EncodedMessage): Uint8Array {
  const packed = headers?.get("Content-Encoding") === "gzip";
  return packed ? gunzipSync(data, { maxOutputLength: UNPACKED_LIMIT_BYTES }) : data;
}
