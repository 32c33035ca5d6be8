import { Argument, Command } from "@commander-js/extra-typings";
import { SUBJECT_KINDS } from "../../src/wire/subject.ts";
import type { CliContext } from "../cli_context.ts";

/** `agent schema`: the shapes of messages and configuration, for programs that read or write them. */
export function createSchemaCommand(context: CliContext) {
  return new Command("schema")
    .description("print the JSON Schema of a message on the bus, or of the configuration")
    .addArgument(
      new Argument("[kind]", "the kind of message, as in its subject, or config (default: all, below $defs)").choices(
        ["config", ...SUBJECT_KINDS] as const,
      ),
    )
    .action(async (kind) => {
      const { printSchema } = await import("../action/print_schema.ts");
      printSchema(context, kind ?? null);
    });
}
