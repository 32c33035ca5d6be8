import {
  createTraceState,
  ROOT_CONTEXT,
  SpanKind as OtelKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from "@opentelemetry/api";
import type { TraceContext } from "../wire/trace_context.ts";
import type { SpanKind, Tracing } from "./tracing.ts";

const KINDS: Readonly<Record<SpanKind, OtelKind>> = {
  internal: OtelKind.INTERNAL,
  producer: OtelKind.PRODUCER,
  consumer: OtelKind.CONSUMER,
  client: OtelKind.CLIENT,
};

/** The tracer that the runtime has registered. */
export function runtimeTracer(version: string): Tracer {
  return trace.getTracer("agent", version);
}

/** Spans by way of OpenTelemetry's API. Loaded only when there are traces. */
export function createOtelTracing(tracer: Tracer): Tracing {
  return {
    open(name, { kind, attributes, startMs, parent }) {
      const span = tracer.startSpan(name, {
        kind: KINDS[kind],
        ...(attributes === undefined ? {} : { attributes: { ...attributes } }),
        ...(startMs === undefined ? {} : { startTime: startMs }),
      }, parent === null ? ROOT_CONTEXT : withParent(parent));
      const { traceId, spanId, traceFlags, traceState } = span.spanContext();
      return {
        context: {
          traceId,
          spanId,
          flags: traceFlags & 1,
          state: traceState?.serialize() || parent?.state || null,
          remote: false,
        },
        end(end = {}) {
          if (end.attributes !== undefined) span.setAttributes({ ...end.attributes });
          if (end.error !== undefined) {
            span.setAttribute("error.type", end.error);
            span.setStatus({ code: SpanStatusCode.ERROR });
          }
          span.end(end.endMs);
        },
      };
    },
  };
}

function withParent({ traceId, spanId, flags, state, remote }: TraceContext) {
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: flags,
    isRemote: remote,
    ...(state === null ? {} : { traceState: createTraceState(state) }),
  });
}
