import { Command } from "@commander-js/extra-typings";
import { formatBuildInfo, readBuildInfo } from "../build_info.ts";
import type { CliContext } from "../cli_context.ts";
import { createOutputOption } from "../output_option.ts";

/** `agent version`: what runs. */
export function createVersionCommand(context: CliContext) {
  return new Command("version")
    .description("print version, commit and runtime")
    .addOption(createOutputOption())
    .action(async ({ output }) => {
      const info = readBuildInfo();
      if (output === "text") return void context.stdout.write(`${formatBuildInfo(info)}\n`);
      const { formatData } = await import("../output_form.ts");
      context.stdout.write(formatData(output, info));
    });
}
