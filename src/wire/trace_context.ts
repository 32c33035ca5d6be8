/** Where a message belongs in a trace, as W3C Trace Context writes it (https://www.w3.org/TR/trace-context/). */
export interface TraceContext {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits: the span that sent the message. */
  readonly spanId: string;
  /** Bit 0: sampled. */
  readonly flags: number;
  /** The `tracestate` header as it came; `null` without one. */
  readonly state: string | null;
  /** Whether it came from another process. */
  readonly remote: boolean;
}

const PARENT = "traceparent";
const STATE = "tracestate";
const PARENT_FORM = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
/** Readers must carry 512 characters; more would only let a sender fill our messages. Printable ASCII, or it is no list. */
const STATE_FORM = /^[\x20-\x7e]{1,512}$/;

/**
 * Reads the trace context of a message; `null` when it has none or a damaged one, as the recommendation asks. Header
 * names of NATS keep their case, and Go's tracing libraries write `Traceparent`: both spellings are taken.
 */
export function readTraceContext(header: (name: string) => string | null): TraceContext | null {
  const of = (name: string) => header(name) ?? header(`${name.slice(0, 1).toUpperCase()}${name.slice(1)}`);
  const [, version, traceId, spanId, flags, more] = PARENT_FORM.exec(of(PARENT)?.trim() ?? "") ?? [];
  if (version === undefined || traceId === undefined || spanId === undefined || flags === undefined) return null;
  if (version === "ff" || (version === "00" && more !== undefined)) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  const state = of(STATE)?.trim() ?? "";
  return {
    traceId,
    spanId,
    flags: Number.parseInt(flags, 16) & 1,
    state: STATE_FORM.test(state) ? state : null,
    remote: true,
  };
}

/** The headers that carry `context` to whoever reads the message. */
export function traceHeaders({ traceId, spanId, flags, state }: TraceContext): Readonly<Record<string, string>> {
  const parent = `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, "0")}`;
  return state === null ? { [PARENT]: parent } : { [PARENT]: parent, [STATE]: state };
}
