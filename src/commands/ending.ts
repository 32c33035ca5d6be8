import { hash } from "node:crypto";
import type { CommandVerdict } from "../telemetry/label_values.ts";
import type { Arrival } from "./arrival.ts";
import { type CommandOutcome, failedOutcome, refusedOutcome } from "./command_outcome.ts";
import { type CommandRefusal, type Decision, denyCommand } from "./decision.ts";

/** How an arrival ends: what goes into its result, the metrics and the audit log. */
export interface Ending {
  readonly outcome: CommandOutcome;
  readonly decision: Decision;
  /** The verdict in metrics and traces. */
  readonly label: CommandVerdict;
  /** Part of the result's message id, so that a refusal never takes the place of a result in a stream. */
  readonly key: string;
  /** The number of the audit line that was written before the process started; `null` when none was to start. */
  readonly startedSeq: number | null;
}

/** The ending of a command that ran, to its end or not. */
export function ranEnding(decision: Decision, outcome: CommandOutcome, startedSeq: number): Ending {
  return {
    outcome,
    decision: outcome.refusal ?? decision,
    label: outcome.refusal === null ? outcome.status : "refused",
    key: "result",
    startedSeq,
  };
}

/** The ending of a command that did not run. Its key tells apart refusals of different messages with one id. */
export function refusedEnding({ delivery }: Arrival, refusal: CommandRefusal): Ending {
  const decision = denyCommand(refusal);
  return {
    outcome: refusedOutcome(decision),
    decision,
    label: decision.code === "busy" ? "busy" : "refused",
    key: `${decision.code}\n${hash("sha256", delivery.body, "hex")}`,
    startedSeq: null,
  };
}

/** The ending of a command on which the agent itself failed. */
export function failedEnding(startedSeq: number | null): Ending {
  const denied = denyCommand({ code: "internal_error", reason: "the agent failed; its log says why" });
  return {
    outcome: { ...failedOutcome(denied.reason), refusal: denied },
    decision: denied,
    label: "failed",
    key: "failed",
    startedSeq,
  };
}

/** Whether the command may be sent again under its id: nothing ran, and nothing about the command was the reason. */
export function isForgotten({ decision }: Ending): boolean {
  return decision.kind === "denied" && decision.code === "audit_not_kept";
}
