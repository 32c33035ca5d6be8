import type { SpanAttributes, SpanKind } from "./tracing.ts";

/** What is done with a message, in the words of OpenTelemetry's semantic conventions for messaging. */
type MessagingOperation = "create" | "send" | "process";

/** `client`, not `producer`, for `send`: the message's context is that of its `create`. */
const KINDS: Readonly<Record<MessagingOperation, SpanKind>> = {
  create: "producer",
  send: "client",
  process: "consumer",
};

interface MessageFacts {
  readonly subject: string;
  /** Left out of the span's name, which must have few values. */
  readonly clusterId: string;
  readonly id: string | null;
  readonly bodyBytes?: number;
}

/**
 * Name, kind and attributes of a span about a message on NATS
 * (https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/).
 */
export function messagingSpan(operation: MessagingOperation, { subject, clusterId, id, bodyBytes }: MessageFacts): {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: SpanAttributes;
} {
  const template = subject.split(".").map((token) => token === clusterId ? "{cluster_id}" : token).join(".");
  return {
    name: `${operation} ${template}`,
    kind: KINDS[operation],
    attributes: {
      "messaging.system": "nats",
      "messaging.operation.name": operation,
      "messaging.operation.type": operation,
      "messaging.destination.name": subject,
      ...(template === subject ? {} : { "messaging.destination.template": template }),
      ...(id === null ? {} : { "messaging.message.id": id }),
      ...(bodyBytes === undefined ? {} : { "messaging.message.body.size": bodyBytes }),
    },
  };
}
