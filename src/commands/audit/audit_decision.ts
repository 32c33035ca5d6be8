import { hash } from "node:crypto";
import type { Command } from "../../wire/command.ts";
import type { CommandOutcome } from "../command_outcome.ts";
import type { Decision } from "../decision.ts";
import type { CommandSigner } from "../verify_signature.ts";
import type { AuditFields } from "./audit_line.ts";

/** Who asked for what, as far as it is known. */
interface AuditedRequest {
  readonly clusterId: string;
  readonly id: string | null;
  /** As received; `null` when it could not be decoded. */
  readonly command: Command | null;
  readonly signer: CommandSigner | null;
}

/** Everything about the end of one command that the audit log tells. */
interface AuditedEnd extends AuditedRequest {
  readonly decision: Decision;
  readonly outcome: CommandOutcome;
  /** Whether output was lost, to the tool's limit or to the message's. */
  readonly truncated: boolean;
  readonly durationMs: number;
  /** The reply subject that the sender named and that was not answered; `null` otherwise. */
  readonly withheldReply: string | null;
}

/** The line that is on disk before a command's process starts. `argv` is what will run. */
export function auditStart(request: AuditedRequest, argv: readonly string[]): AuditFields {
  return { event: "started", ...requestFields(request), argv_sha256: digestOf(argv), verdict: "allowed" };
}

/**
 * The line of a command's end, which names its line of the start by number; `null` stands for a command that was never
 * started: then the line tells the decision. The digest stands for the argument list that was allowed, or for the one that
 * was refused: arguments can hold what nobody should read in a log. It is SHA-256 over the list as compact JSON.
 */
export function auditEnd(audited: AuditedEnd, startedSeq: number | null): AuditFields {
  const { command, decision, outcome } = audited;
  const denied = decision.kind === "denied";
  return {
    ...(startedSeq === null ? { event: "decision" } : { event: "ended", started_seq: startedSeq }),
    ...requestFields(audited),
    argv_sha256: denied ? digestOf(receivedArgv(command)) : digestOf(decision.command.argv),
    verdict: denied ? "refused" : "allowed",
    layer: denied ? decision.layer : null,
    code: denied ? decision.code : null,
    status: outcome.status,
    exit_code: outcome.exitCode,
    duration_ms: Math.round(audited.durationMs),
    execution_ms: Math.round(outcome.executionMs),
    output_bytes: outcome.outputBytes,
    truncated: audited.truncated,
    redactions: outcome.redactions,
    control_sequences: outcome.controlSequences,
    reply_withheld: audited.withheldReply,
  };
}

function requestFields({ clusterId, command, id, signer }: AuditedRequest): AuditFields {
  return {
    cluster_id: clusterId,
    command_id: id ?? "",
    issued_by: command?.issued_by ?? null,
    correlation_id: command?.correlation_id ?? null,
    signed_by: signer?.name ?? null,
    signing_key: signer?.publicKey ?? null,
    tool: command?.tool ?? null,
  };
}

function receivedArgv(command: Command | null): readonly string[] | null {
  if (command === null) return null;
  return [command.tool, ...(command.action === "" ? [] : [command.action]), ...command.args];
}

function digestOf(argv: readonly string[] | null): string | null {
  return argv === null ? null : hash("sha256", JSON.stringify(argv), "hex");
}
