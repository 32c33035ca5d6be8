import type { PrintPlan } from "./print/print_request.ts";

const approved: unique symbol = Symbol("approved command");

/** What is to be run, as the policy rebuilt it from typed fields. */
export interface CommandToRun {
  /** The tool's name in the policy table. */
  readonly tool: string;
  /** The file to start. `null` for the tools of the built-in table: the runner finds those at start, on its fixed PATH. */
  readonly path: string | null;
  /** The verb (`get`, `logs`), or "" for tools without one. */
  readonly verb: string;
  /** The argument vector as people would type it, tool name first; what `agent check-command` prints. */
  readonly argv: readonly string[];
  /** Where the agent prints in kubectl's place: what runs instead of `argv`, and how its answer is printed. */
  readonly print?: PrintPlan;
  /**
   * Flags that the runner adds to the end of `argv`, after those that say which API server and which credentials to
   * use: they belong to how the agent starts the tool, not to what was asked (`--request-timeout=29s`).
   */
  readonly connectionFlags: readonly string[];
  /** Environment variables of the command that are on the allowlist; nothing else of the message reaches the environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly outputLimitBytes: number;
}

/**
 * A command that the policy let through. The process runner accepts nothing else, and only `decide_command.ts` makes
 * one: skipping the policy does not compile, and a copy made by hand lacks the mark.
 */
export interface ApprovedCommand extends CommandToRun {
  readonly [approved]: true;
}

/** Marks a command as approved. To be called by `decide_command.ts` alone; a test reads the imports of every other file. */
export function approveCommand(command: CommandToRun): ApprovedCommand {
  return Object.freeze({ ...command, [approved]: true as const });
}
