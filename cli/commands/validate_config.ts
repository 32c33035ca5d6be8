import { Command, Option } from "@commander-js/extra-typings";
import type { CliContext } from "../cli_context.ts";
import type { ConnectionChecks } from "../connection_check.ts";
import { addKubeOptions, readKubeAccess } from "../kube_access.ts";
import { addNatsOptions, readNatsOverrides } from "../nats_access.ts";
import { createOutputOption } from "../output_option.ts";

/** `agent validate-config`: everything that is wrong with a configuration, at once. `checks` serves `--connect`. */
export function createValidateConfigCommand(context: CliContext, checks?: ConnectionChecks) {
  const connect = new Option(
    "--connect",
    "also try NATS and the API server, and ask for each permission that is needed",
  );
  const command = new Command("validate-config")
    .description("check a configuration file, the environment and the options over it")
    .argument("[file]", "the file; - is standard input (default: /etc/agent/config.yaml)")
    .addOption(checks === undefined ? connect.hideHelp() : connect)
    .option("--effective", "print the merged configuration, each value with its origin, secrets hidden")
    .option("--schema", "print the JSON Schema of the file")
    .addOption(createOutputOption())
    .addHelpText("after", "\nExample:\n  agent validate-config deploy/config.example.yaml --effective");
  return addKubeOptions(addNatsOptions(command)).action(async (file, options) => {
    const { runValidateConfig } = await import("../action/validate_config.ts");
    await runValidateConfig(context, {
      ...(file === undefined ? {} : { file }),
      ...(checks === undefined ? {} : { checks }),
      connect: options.connect ?? false,
      effective: options.effective ?? false,
      schema: options.schema ?? false,
      output: options.output,
      overrides: readNatsOverrides(options),
      kubeAccess: readKubeAccess(options),
    });
  });
}
