import type { ApprovedCommand } from "../../src/commands/approved_command.ts";

/** What a test wants to run, without asking the policy: the runner's own tests need commands that no policy allows. */
export function approveForTest(
  argv: readonly string[],
  limits: { timeoutMs?: number; outputLimitBytes?: number } = {},
): ApprovedCommand {
  const fields = {
    tool: argv[0] ?? "",
    verb: "",
    argv,
    timeoutMs: limits.timeoutMs ?? 10_000,
    outputLimitBytes: limits.outputLimitBytes ?? 1_000_000,
  };
  return fields as unknown as ApprovedCommand;
}
