import { approveCommand, type ApprovedCommand, type CommandToRun } from "../../src/commands/approved_command.ts";

/** What a test wants to run, without asking the policy: the runner's own tests need commands that no policy allows. */
export function approveForTest(argv: readonly string[], fields: Partial<CommandToRun> = {}): ApprovedCommand {
  return approveCommand({
    tool: argv[0] ?? "",
    path: null,
    verb: "",
    argv,
    connectionFlags: [],
    env: {},
    timeoutMs: 10_000,
    outputLimitBytes: 1_000_000,
    ...fields,
  });
}
