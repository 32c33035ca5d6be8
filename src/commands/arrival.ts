import type { Clock } from "../lifecycle/clock.ts";
import type { Tracing } from "../telemetry/tracing.ts";
import type { CommandDelivery } from "./command_source.ts";
import { type CommandTrace, openCommandTrace } from "./command_trace.ts";
import { decodeCommand, type DecodedCommand } from "./decode_command.ts";

/** One message on its way through the service: what came, read as far as it goes. */
export interface Arrival {
  readonly delivery: CommandDelivery;
  readonly decoded: DecodedCommand;
  /** `null` when the message has none that can be used: then it is answered to its reply subject alone. */
  readonly id: string | null;
  /** Milliseconds since the Unix epoch, and on the clock that no one sets. */
  readonly receivedAtMs: number;
  readonly receivedMonotonicMs: number;
  /** The metric label of the tool: `other` for what is in no table, since labels must not be the sender's to choose. */
  readonly tool: string;
  readonly trace: CommandTrace | null;
}

export interface ArrivalOptions {
  readonly clusterId: string;
  /** Where commands come from. */
  readonly commandSubject: string;
  /** The names that may be a metric's label. */
  readonly toolNames: ReadonlySet<string>;
  readonly tracing: Tracing | null;
  readonly clock: Clock;
}

/** Reads one delivery and opens its trace. Never throws. */
export function openArrival(delivery: CommandDelivery, options: ArrivalOptions): Arrival {
  const { clock, clusterId, tracing } = options;
  const receivedAtMs = clock.now();
  const decoded = decodeCommand(delivery.body);
  const id = decoded.kind === "decoded" ? decoded.command.id : decoded.id;
  const isKnown = decoded.kind === "decoded" && options.toolNames.has(decoded.command.tool);
  return {
    delivery,
    decoded,
    id,
    receivedAtMs,
    receivedMonotonicMs: clock.monotonic(),
    tool: isKnown ? decoded.command.tool : "other",
    trace: tracing === null ? null : openCommandTrace(tracing, delivery, {
      subject: options.commandSubject,
      clusterId,
      id,
      startMs: receivedAtMs,
    }),
  };
}
