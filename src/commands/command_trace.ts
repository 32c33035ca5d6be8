import { messagingSpan } from "../telemetry/messaging_span.ts";
import type { Tracing } from "../telemetry/tracing.ts";
import { readTraceContext, traceHeaders } from "../wire/trace_context.ts";
import type { CommandOutcome } from "./command_outcome.ts";
import type { CommandDelivery } from "./command_source.ts";
import type { Decision } from "./decision.ts";

/** One command's spans, from its arrival to its answer; a part of the sender's trace where its headers name one. */
export interface CommandTrace {
  /** What an answer carries, so that its reader finds the trace. */
  readonly headers: Readonly<Record<string, string>>;
  /** Tells apart how long the tool ran from how long the command waited. */
  run<T>(tool: string, work: () => Promise<T>): Promise<T>;
  /** `ending` is null for an answer that was said again. */
  end(tool: string, verdict: string, ending: { outcome: CommandOutcome; decision: Decision } | null): void;
}

/** Opens the trace of one delivery. */
export function openCommandTrace(
  tracing: Tracing,
  { body, header }: CommandDelivery,
  facts: { readonly subject: string; readonly clusterId: string; readonly id: string | null; readonly startMs: number },
): CommandTrace {
  const { name, kind, attributes } = messagingSpan("process", { ...facts, bodyBytes: body.length });
  const span = tracing.open(name, { kind, attributes, startMs: facts.startMs, parent: readTraceContext(header) });
  return {
    headers: traceHeaders(span.context),
    async run(tool, work) {
      const running = tracing.open(`run ${tool}`, { kind: "internal", parent: span.context });
      try {
        return await work();
      } finally {
        running.end();
      }
    },
    end(tool, verdict, ending) {
      const attributes = { "agent.command.tool": tool, "agent.command.verdict": verdict };
      if (ending === null) span.end({ attributes });
      else if (ending.decision.kind === "denied") {
        const { code } = ending.decision;
        span.end({ attributes: { ...attributes, "agent.command.refusal.code": code }, error: code });
      } else {
        const { exitCode, status } = ending.outcome;
        span.end({
          attributes: { ...attributes, "process.exit.code": exitCode },
          ...(status === "success" ? {} : { error: status }),
        });
      }
    },
  };
}
