import { Argument, Command } from "@commander-js/extra-typings";
import type { CliContext } from "../cli_context.ts";
import { SHELLS } from "../shell.ts";

/** `agent completion`: a script made from the program's own tree of subcommands and options. */
export function createCompletionCommand(context: CliContext) {
  return new Command("completion")
    .description("print a completion script for a shell")
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .action(async (shell, _options, command) => {
      const { writeCompletion } = await import("../action/write_completion.ts");
      const program = command.parent;
      if (program !== null) context.stdout.write(writeCompletion(shell, program));
    });
}
