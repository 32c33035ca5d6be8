import { Command } from "@commander-js/extra-typings";
import type { CliContext } from "../cli_context.ts";
import { createOutputOption } from "../output_option.ts";

/** `agent test-rules`: what the rules make of events in a file. */
export function createTestRulesCommand(context: CliContext) {
  return new Command("test-rules")
    .description("classify events from a file: reported or ignored, by which rule, with which severity")
    .argument(
      "[file]",
      "a List, an array, Events one after the other or one a line, in JSON or YAML; - is standard input",
      "-",
    )
    .option("-c, --config <file>", "configuration with events.rules (default: the built-in catalogue alone)")
    .addOption(createOutputOption())
    .action(async (file, options) => {
      const { runTestRules } = await import("../action/test_rules.ts");
      await runTestRules(context, { file, ...options });
    });
}
