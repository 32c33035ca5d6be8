import { Command, CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { AgentError, errorMessage } from "../src/lifecycle/errors.ts";
import { formatBuildInfo, readBuildInfo } from "./build_info.ts";
import type { CliContext } from "./cli_context.ts";
import { COMMAND_NOTES, formatNotes } from "./command_notes.ts";
import type { CommandFactory } from "./command_factory.ts";
import { createAuditCommand } from "./commands/audit.ts";
import { openCliKubeClient } from "./open_kube_client.ts";
import { createCheckCommandCommand } from "./commands/check_command.ts";
import { createCompleteCommand } from "./commands/complete.ts";
import { createCompletionCommand } from "./commands/completion.ts";
import { createDemoCommand } from "./commands/demo.ts";
import { createDetectClusterCommand } from "./commands/detect_cluster.ts";
import { createExecCommand } from "./commands/exec.ts";
import { createFleetCommand } from "./commands/fleet.ts";
import { createHistoryCommand } from "./commands/history.ts";
import { createIncidentCommand } from "./commands/incident.ts";
import { createKeygenCommand } from "./commands/keygen.ts";
import { createRunCommand } from "./commands/run.ts";
import { createSchemaCommand } from "./commands/schema.ts";
import { createSendEventCommand } from "./commands/send_event.ts";
import { createTailCommand } from "./commands/tail.ts";
import { createTestRulesCommand } from "./commands/test_rules.ts";
import { createValidateConfigCommand } from "./commands/validate_config.ts";
import { createVersionCommand } from "./commands/version.ts";
import { EXIT_CODE, exitCodeOf } from "./exit_code.ts";
import { printable } from "./printable.ts";
import { readArguments } from "./read_arguments.ts";
import { guardTerminal } from "./terminal_guard.ts";

/** Every subcommand, in the order of the help. */
const COMMANDS: readonly CommandFactory[] = [
  createRunCommand,
  createDemoCommand,
  (context) => createDetectClusterCommand(context, { openKubeClient: (access) => openCliKubeClient(context, access) }),
  createValidateConfigCommand,
  createTestRulesCommand,
  createCheckCommandCommand,
  createSendEventCommand,
  createTailCommand,
  createIncidentCommand,
  createExecCommand,
  createFleetCommand,
  createHistoryCommand,
  createKeygenCommand,
  createAuditCommand,
  createSchemaCommand,
  createCompletionCommand,
  createVersionCommand,
];

/** Columns of the help where the stream is no terminal: the same everywhere, so that it can be compared. */
const HELP_COLUMNS = 100;

/** Builds the program. Nothing runs until it is told to parse. */
export function createProgram(
  context: CliContext,
  factories: readonly CommandFactory[] = COMMANDS,
): CommandUnknownOpts {
  const program = new Command("agent")
    .description("Reports a Kubernetes cluster's faults over NATS, and runs read-only diagnostic commands")
    .version(formatBuildInfo(readBuildInfo()), "--version", "print version, commit and runtime")
    .helpCommand("help [command...]", "show the help of a subcommand, as in agent help audit verify");
  for (const create of factories) program.addCommand(create(context));
  program.addCommand(createCompleteCommand(context), { hidden: true });
  configureTree(program, context, "");
  return program;
}

/** Subcommands that are added do not inherit these settings. `path` is the words after the program's name. */
function configureTree(command: CommandUnknownOpts, context: CliContext, path: string): void {
  const notes = COMMAND_NOTES[path];
  if (notes !== undefined) {
    command.addHelpText("after", ({ error }) => {
      const columns = (error ? context.stderr : context.stdout).columns ?? HELP_COLUMNS;
      return formatNotes(notes, columns, (text, width) => command.createHelp().boxWrap(text, width));
    });
  }
  command.exitOverride().showHelpAfterError("(--help shows what there is)").configureOutput({
    writeOut: (text) => void context.stdout.write(text),
    writeErr: (text) => void context.stderr.write(text),
    getOutHelpWidth: () => context.stdout.columns ?? HELP_COLUMNS,
    getErrHelpWidth: () => context.stderr.columns ?? HELP_COLUMNS,
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  });
  for (const inner of command.commands) configureTree(inner, context, `${path} ${inner.name()}`.trim());
}

/**
 * Runs the subcommand that `args` name and returns the exit code. Failures end as words on standard error; nothing is
 * thrown.
 */
export async function runCli(
  args: readonly string[],
  given: Omit<CliContext, "setExitCode">,
  factories: readonly CommandFactory[] = COMMANDS,
): Promise<number> {
  const context = { ...given, stdout: guardTerminal(given.stdout), stderr: guardTerminal(given.stderr) };
  let exitCode: number = EXIT_CODE.done;
  const setExitCode = (code: number) => void (exitCode = code);
  let inOrder = false;
  const endInOrder: CliContext["endInOrder"] = (whose) => {
    inOrder = true;
    context.endInOrder(whose);
  };
  const program = createProgram({ ...context, setExitCode, endInOrder }, factories);
  try {
    const read = readArguments(program, args);
    if (read.kind === "unknown") return reportUnknown(read.word, read.meant, context);
    await program.parseAsync(read.args, { from: "user" });
    return exitCode;
  } catch (error) {
    // What breaks because its user has ended it is no failure; what breaks on an orderly way to the end is one.
    if (context.signal.aborted && !inOrder) return EXIT_CODE.no;
    return reportFailure(error, context);
  }
}

function reportUnknown(word: string, meant: readonly string[], { stderr }: Pick<CliContext, "stderr">): number {
  stderr.write(`error: unknown command '${printable(word)}'\n(Did you mean ${meant.join(" or ")}?)\n`);
  stderr.write("(agent --help shows what there is)\n");
  return EXIT_CODE.badUsage;
}

function reportFailure(error: unknown, context: Omit<CliContext, "setExitCode">): number {
  // commander has written its message already; 0 is help and version.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODE.done : EXIT_CODE.badUsage;
  if (error instanceof AgentError) {
    context.stderr.write(`${error.message}\n`);
    return exitCodeOf(error.kind);
  }
  if (context.signal.aborted && error === context.signal.reason) return EXIT_CODE.no;
  context.stderr.write(`Unexpected error: ${errorMessage(error)}\n`);
  context.stderr.write(
    wantsStack(context.env)
      ? `${error instanceof Error ? error.stack : "no stack"}\n`
      : "This is a fault of the agent. Please report it with the output of LOG_LEVEL=debug, which adds the stack\n",
  );
  return EXIT_CODE.no;
}

const wantsStack = (env: CliContext["env"]) => env["LOG_LEVEL"] === "debug";
