import { Command } from "@commander-js/extra-typings";
import { AgentError } from "../../src/lifecycle/errors.ts";
import type { CliContext } from "../cli_context.ts";
import { createTableOutputOption } from "../output_option.ts";

/** `agent test-rules`: what the rules make of events, or of objects, in a file. */
export function createTestRulesCommand(context: CliContext) {
  return new Command("test-rules")
    .description("classify events or objects from a file: reported or ignored, by which rule, with which severity")
    .argument(
      "[file]",
      "a List, an array, Events one after the other or one a line, in JSON or YAML; - is standard input",
      "-",
    )
    .option("--objects", "the file holds pods, nodes and other objects, as kubectl get -o json writes them")
    .option(
      "--before <file>",
      "with --objects: an older dump; says what is new and what has ended since (default: the file alone)",
    )
    .option(
      "-c, --config <file>",
      "configuration with events.rules and objects.rules (default: the built-in ones alone)",
    )
    .addOption(createTableOutputOption())
    .action(async (file, { objects, before, ...options }) => {
      if (objects !== true) {
        if (before !== undefined) throw new AgentError("bad_usage", "--before compares objects: give --objects too");
        const { runTestRules } = await import("../action/test_rules.ts");
        return await runTestRules(context, { file, ...options });
      }
      const { runTestObjectRules } = await import("../action/test_object_rules.ts");
      await runTestObjectRules(context, { file, ...options, ...(before === undefined ? {} : { before }) });
    });
}
