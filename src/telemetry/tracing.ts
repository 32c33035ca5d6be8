import type { TraceContext } from "../wire/trace_context.ts";

/** OpenTelemetry's span kinds, but `server`. */
export type SpanKind = "internal" | "producer" | "consumer" | "client";
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanStart {
  readonly kind: SpanKind;
  readonly attributes?: SpanAttributes;
  /** Wall clock; now, if absent. */
  readonly startMs?: number;
  /** What it belongs to; `null` begins a trace. */
  readonly parent: TraceContext | null;
}

export interface SpanEnd {
  readonly attributes?: SpanAttributes;
  /** Why it failed, as a word with few values (`error.type`); absent where it did not. */
  readonly error?: string;
  /** Wall clock; now, if absent. */
  readonly endMs?: number;
}

/** Something that takes time, from its opening to its one `end`. */
export interface OpenSpan {
  /** For the spans inside it, and for the headers of the messages that it sends. */
  readonly context: TraceContext;
  end(end?: SpanEnd): void;
}

/**
 * Where spans go. The parts of the agent take `Tracing | null`: without traces, which is the usual case, there is
 * nothing behind it and nothing is loaded. Nothing here throws or waits.
 */
export interface Tracing {
  /** Opens a span; `name` has few values: no ids in it. */
  open(name: string, start: SpanStart): OpenSpan;
}
