import type { Clock } from "../lifecycle/clock.ts";
import type { OutboxEntry } from "./lane.ts";
import type { Settlement } from "./outbound_message.ts";
import type { OutboxWriter } from "./outbox.ts";
import { messagingSpan } from "../telemetry/messaging_span.ts";
import type { Tracing } from "../telemetry/tracing.ts";
import { readTraceContext, traceHeaders } from "../wire/trace_context.ts";

/** Gives a trace to what nobody gave one, so that every message carries its context. */
export function createTracedWriter(writer: OutboxWriter, tracing: Tracing, clusterId: string): OutboxWriter {
  return {
    async put(message, signal) {
      if (readTraceContext((name) => message.headers?.[name] ?? null) !== null) {
        return await writer.put(message, signal);
      }
      const { subject, id } = message;
      const { name, kind, attributes } = messagingSpan("create", { subject, clusterId, id });
      const span = tracing.open(name, { kind, attributes, parent: null });
      const headers = { ...message.headers, ...traceHeaders(span.context) };
      const outcome = await writer.put({ ...message, headers }, signal);
      span.end();
      return outcome;
    },
  };
}

/**
 * Tells what became of a message: from when the outbox had it until the bus confirmed it, or it was lost. Its trace is in
 * its headers, so that one which waited on disk for a later process is still told in the trace that it began in.
 */
export function traceSettlement(
  tracing: Tracing,
  clusterId: string,
  clock: Clock,
  { message, enqueuedAtMs }: OutboxEntry,
  settlement: Settlement,
): void {
  const context = readTraceContext((name) => message.headers?.[name] ?? null);
  if (context === null) return;
  const { subject, id } = message;
  const { name, kind, attributes } = messagingSpan("send", { subject, clusterId, id, bodyBytes: message.body.length });
  const endMs = clock.now();
  tracing.open(name, {
    kind,
    attributes,
    startMs: endMs - (clock.monotonic() - enqueuedAtMs),
    parent: { ...context, remote: false },
  }).end({ endMs, ...(settlement.kind === "dropped" ? { error: settlement.reason } : {}) });
}
