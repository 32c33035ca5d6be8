import * as z from "zod/mini";
import type { DeliveryFailure } from "./delivery.ts";

/** What a stream's answer to a publish came to. */
type PublishAck =
  | { readonly kind: "stored" }
  /** The stream will never take a message of this size. */
  | { readonly kind: "too_large" }
  | { readonly kind: "failed"; readonly failure: DeliveryTrouble };

export type DeliveryTrouble = Omit<DeliveryFailure, "units">;

/** A message that came to a publish's reply subject, as far as it is looked at. */
interface AckMessage {
  /** The status in its headers; 503 is the server's own word for "no responders". */
  readonly statusCode: number | undefined;
  readonly text: string;
}

/** A JetStream publish acknowledgement (nats-server, server/stream.go, `JSPubAckResponse`). */
const pubAckSchema = z.object({
  stream: z.optional(z.string()),
  seq: z.optional(z.number()),
  duplicate: z.optional(z.boolean()),
  error: z.optional(
    z.object({ code: z.number(), err_code: z.optional(z.number()), description: z._default(z.string(), "") }),
  ),
});

/** The answer that nearly all are, byte by byte as the server writes it; what differs is parsed. */
const PLAIN_ACK = /^\{"stream":"[\w-]+", ?"seq":\d+\}$/;

/** Error codes of nats-server (server/errors.json) that have words of their own here. */
const STREAM_FULL = new Set([10077, 10047, 10023, 10122]); // store failed (a limit), storage, resources, messages per subject
const NO_LEADER = new Set([10008, 10004, 10009]); // system temporarily unavailable, incomplete, not leader
const TOO_LARGE = 10054;
const WRONG_STREAM = 10060;
const NOT_ENABLED = new Set([10039, 10076]); // for this account, on this server

/** Reads an answer. `knownSubject`: a stream has acknowledged this subject before, so there is one. */
export function readPublishAck(message: AckMessage, subject: string, knownSubject: boolean): PublishAck {
  if (message.statusCode === 503) return failed(...noResponders(subject, knownSubject));
  if (PLAIN_ACK.test(message.text)) return { kind: "stored" };
  const parsed = pubAckSchema.safeParse(parseJson(message.text));
  if (!parsed.success) {
    return failed(
      "stream_error",
      `The answer to a publish on ${subject} is not an acknowledgement; look for a program that answers there`,
    );
  }
  const { error, stream } = parsed.data;
  if (error !== undefined) return readError(error.err_code ?? error.code, error.description, subject);
  if (stream !== undefined) return { kind: "stored" };
  return failed("stream_error", `The answer to a publish on ${subject} names no stream; who else answers there?`);
}

function readError(code: number, description: string, subject: string): PublishAck {
  if (code === TOO_LARGE) return { kind: "too_large" };
  if (STREAM_FULL.has(code)) {
    return failed(
      "stream_full",
      `The stream is full (${description}); raise its limits (max_bytes, max_msgs) or let it discard old messages`,
    );
  }
  if (NO_LEADER.has(code)) {
    return failed("no_leader", `The stream can't take ${subject} now (${description}); the agent retries`);
  }
  if (code === WRONG_STREAM) {
    return failed(
      "wrong_stream",
      `${subject} belongs to another stream than nats.stream says (${description}); correct nats.stream or the streams' subjects`,
    );
  }
  if (NOT_ENABLED.has(code)) {
    return failed(
      "no_stream",
      `JetStream is off for this account (${description}); enable it there, or set nats.delivery: core`,
    );
  }
  return failed(
    "stream_error",
    `The stream refused a message: ${description} (${code}); look at the stream's settings`,
  );
}

/** Nobody listens on the subject. A stream that was there a moment ago is most likely electing a leader. */
function noResponders(subject: string, knownSubject: boolean): [DeliveryFailure["reason"], string] {
  return knownSubject
    ? [
      "no_leader",
      `The stream that took ${subject} does not answer (no responders); a new leader takes over within seconds, ` +
      "else the stream was removed or its servers are away: look at it with `nats stream info`",
    ]
    : [
      "no_stream",
      `No stream takes ${subject} (no responders); create one that covers it, or set nats.delivery: core`,
    ];
}

/** What silence means: somebody took the message, or nobody would have been told so at once. */
export function readSilence(
  subject: string,
  state: { readonly knownSubject: boolean; readonly refused: boolean; readonly inboxClosed: boolean },
): DeliveryTrouble {
  if (state.refused) {
    return {
      reason: "refused",
      detail: `NATS does not allow this user to publish to ${subject}; add it to the user's permissions`,
    };
  }
  if (state.inboxClosed) {
    return {
      reason: "ack_timeout",
      detail: `No acknowledgement for ${subject} can arrive: the user may not subscribe to its inbox; allow _INBOX.>`,
    };
  }
  return {
    reason: "ack_timeout",
    detail: state.knownSubject
      ? `The stream that took ${subject} does not acknowledge in time; it is overloaded or without a leader: ` +
        "look at it with `nats stream info`"
      : `${subject} was not acknowledged in time although somebody listens there; check with ` +
        "`agent validate-config --connect` that a stream covers it, or set nats.delivery: core",
  };
}

function failed(reason: DeliveryFailure["reason"], detail: string): PublishAck {
  return { kind: "failed", failure: { reason, detail } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
