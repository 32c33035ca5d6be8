import { Argument, Command } from "@commander-js/extra-typings";
import type { CliContext } from "../cli_context.ts";

/** The shells that a completion script can be written for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

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
