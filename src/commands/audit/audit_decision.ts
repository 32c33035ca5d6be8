import { hash } from "node:crypto";
import type { Command } from "../../wire/command.ts";
import type { CommandOutcome } from "../command_outcome.ts";
import type { Decision } from "../decision.ts";
import type { CommandSigner } from "../verify_signature.ts";
import type { AuditFields } from "./audit_line.ts";

/** Everything about one command that the audit log tells. */
export interface AuditedCommand {
  readonly clusterId: string;
  readonly id: string | null;
  /** As received; `null` when it could not be decoded. */
  readonly command: Command | null;
  readonly signer: CommandSigner | null;
  readonly decision: Decision;
  readonly outcome: CommandOutcome;
  /** Whether output was lost, to the tool's limit or to the message's. */
  readonly truncated: boolean;
  readonly durationMs: number;
}

/**
 * The audit line of one decision. The digest stands for the argument list that ran, or for the one that was refused:
 * arguments can hold what nobody should read in a log. It is SHA-256 over the list as compact JSON.
 */
export function auditDecision(audited: AuditedCommand): AuditFields {
  const { command, decision, outcome, signer } = audited;
  const denied = decision.kind === "denied";
  return {
    event: "decision",
    cluster_id: audited.clusterId,
    command_id: audited.id ?? "",
    issued_by: command?.issued_by ?? null,
    correlation_id: command?.correlation_id ?? null,
    signed_by: signer?.name ?? null,
    signing_key: signer?.publicKey ?? null,
    tool: command?.tool ?? null,
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
  };
}

function receivedArgv(command: Command | null): readonly string[] | null {
  if (command === null) return null;
  return [command.tool, ...(command.action === "" ? [] : [command.action]), ...command.args];
}

function digestOf(argv: readonly string[] | null): string | null {
  return argv === null ? null : hash("sha256", JSON.stringify(argv), "hex");
}
