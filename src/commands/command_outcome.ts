import { formatGoDuration } from "../wire/duration.ts";
import type { ApprovedCommand } from "./approved_command.ts";
import { type DeniedDecision, denyCommand } from "./decision.ts";
import type { ProcessEnd, ProcessOutcome } from "./process_outcome.ts";
import type { RedactedText, RedactionCounts } from "../redaction/redaction.ts";
import { stripControl } from "../lifecycle/strip_control.ts";

/** What became of a command, as it goes into the result, the metrics and the audit log. */
export interface CommandOutcome {
  readonly status: "success" | "failed" | "timeout";
  readonly output: string;
  readonly error: string;
  /** The tool's own; -1 when it gave none, as Go's `ExitCode` says it. */
  readonly exitCode: number;
  readonly truncated: boolean;
  readonly executionMs: number;
  /** Bytes that the tool wrote, before anything was taken out. */
  readonly outputBytes: number;
  readonly redactions: RedactionCounts;
  readonly controlSequences: number;
  /** Why it did not run, or not to its end. */
  readonly refusal: DeniedDecision | null;
}

const NOTHING_RAN = {
  output: "",
  exitCode: -1,
  truncated: false,
  executionMs: 0,
  outputBytes: 0,
  redactions: {},
  controlSequences: 0,
} as const;

/** The outcome of a command that was refused. */
export function refusedOutcome(refusal: DeniedDecision): CommandOutcome {
  const error = `Refused by the ${refusal.layer} layer (${refusal.code}): ${refusal.reason}`;
  return { ...NOTHING_RAN, status: "failed", error, refusal };
}

/** The outcome of a command that something inside the agent kept from running. */
export function failedOutcome(error: string): CommandOutcome {
  return { ...NOTHING_RAN, status: "failed", error, refusal: null };
}

/** Cuts the secrets out of what a tool wrote; `cut` says that the output ends where a limit ended it. Never rejects. */
export type RedactOutput = (text: string, cut: boolean, signal: AbortSignal) => Promise<RedactedText>;

/** The outcome of a command that ran: its texts stripped of control sequences, then redacted. */
export async function processOutcome(
  command: ApprovedCommand,
  outcome: ProcessOutcome,
  redact: RedactOutput,
  signal: AbortSignal,
): Promise<CommandOutcome> {
  const { end } = outcome;
  // Half a Secret or half a key looks like less than it is.
  const cut = outcome.truncated || end.kind !== "exited";
  const stdout = stripControl(outcome.stdout);
  const stderr = stripControl(outcome.stderr);
  const output = await redact(stdout.text, cut, signal);
  const errors = await redact(stderr.text, cut, signal);
  const failure = outcome.printed?.failure ?? null;
  const told = failure !== null && (end.kind === "exited" || end.kind === "output_limit")
    ? failedPrint(failure, errors.text)
    : tellEnd(command, end, output.text, errors.text);
  return {
    ...told,
    truncated: outcome.truncated,
    executionMs: outcome.durationMs,
    outputBytes: outcome.receivedBytes,
    redactions: addCounts(addCounts(outcome.printed?.redactions ?? {}, output.counts), errors.counts),
    controlSequences: stdout.removed + stderr.removed,
  };
}

type Told = Pick<CommandOutcome, "status" | "output" | "error" | "exitCode" | "refusal">;

/**
 * Puts standard output and standard error where a reader looks: after a success both are output ("No resources found" is
 * written to standard error), after a failure standard error is the error.
 */
function tellEnd(command: ApprovedCommand, end: ProcessEnd, stdout: string, stderr: string): Told {
  const all = joinTexts(stdout, stderr);
  const failed = (output: string, error: string, exitCode = -1): Told => ({
    status: "failed",
    output,
    error,
    exitCode,
    refusal: null,
  });
  switch (end.kind) {
    case "exited":
      return end.exitCode === 0
        ? { status: "success", output: all, error: "", exitCode: 0, refusal: null }
        : failed(stdout, stderr.trimEnd() || `${command.tool} ended with exit code ${end.exitCode}`, end.exitCode);
    case "output_limit":
      return { status: "success", output: all, error: "", exitCode: 0, refusal: null };
    case "timed_out": {
      const error =
        `Timed out after ${formatGoDuration(command.timeoutMs)}; ${command.tool} and all it had started were ` +
        "killed; ask for less, or give a longer timeout";
      return { ...failed(all, error), status: "timeout" };
    }
    case "killed":
      return failed(all, `${command.tool} was killed by ${end.signal}; the node or pod may be out of memory`);
    case "memory_limit": {
      // What the tool says then is where it was in its own code.
      const reason =
        `${command.tool} needed more than ${formatMebibytes(end.limitBytes)} of memory and was ended; ask ` +
        "for less: by name, with -n, -l or --field-selector, or for logs with --tail";
      const refusal = denyCommand({ code: "memory_limit", reason });
      return { ...failed(stdout, refusal.reason), refusal };
    }
    case "cancelled": {
      const refusal = denyCommand({ code: "shutting_down", reason: "the agent stopped before the command had ended" });
      return { ...failed(all, refusal.reason), refusal };
    }
    case "not_started": {
      if (!end.missing) return failed("", end.detail);
      const reason = `${end.detail}; install it in the agent's image, or use another tool`;
      const { error, refusal } = refusedOutcome(denyCommand({ code: "tool_missing", reason }));
      return { ...failed("", error), refusal };
    }
  }
}

function formatMebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

/** The agent printed in the tool's place and could not: told as the tool tells it, with exit code 1. */
function failedPrint(failure: string, stderr: string): Told {
  return {
    status: "failed",
    output: "",
    error: joinTexts(stderr, `Cannot print: ${failure}`),
    exitCode: 1,
    refusal: null,
  };
}

function joinTexts(first: string, second: string): string {
  return first + (first === "" || second === "" || first.endsWith("\n") ? "" : "\n") + second;
}

function addCounts(first: RedactionCounts, second: RedactionCounts): RedactionCounts {
  const sum: Record<string, number> = { ...first };
  for (const [rule, count] of Object.entries(second)) sum[rule] = (sum[rule] ?? 0) + count;
  return sum;
}
