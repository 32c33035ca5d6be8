import { Command } from "@commander-js/extra-typings";
import type { CliContext } from "../cli_context.ts";
import { createOutputOption } from "../output_option.ts";

/** `agent check-command`: a dry run of the command policy. */
export function createCheckCommandCommand(context: CliContext) {
  return new Command("check-command")
    .description(
      "show how the agent would decide a command, without running it: each layer's verdict, and what would run",
    )
    .argument("[command...]", "the tool, its action and arguments; everything after the tool belongs to it")
    .option("-c, --config <file>", "configuration file (default: /etc/agent/config.yaml, which may be missing)")
    .option("-f, --file <file>", "one Command in JSON a line, one verdict a line; - is standard input")
    .option("-n, --namespace <namespace>", "the command's field namespace, beside its arguments (default: none)")
    .option("--no-resolve", "look no name up in DNS: take every name as one that has an allowed address")
    .addOption(createOutputOption())
    .action(async (words, options) => {
      const { runCheckCommand } = await import("../action/check_command.ts");
      await runCheckCommand(context, { words, ...options });
    });
}
