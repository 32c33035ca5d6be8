import { Command } from "@commander-js/extra-typings";
import type { CliContext } from "../cli_context.ts";
import { addKubeOptions, readKubeAccess } from "../kube_access.ts";
import { addNatsOptions, readNatsOverrides } from "../nats_access.ts";
import { createOutputOption } from "../output_option.ts";

/** `agent validate-config`: everything that is wrong with a configuration, at once. */
export function createValidateConfigCommand(context: CliContext) {
  const command = new Command("validate-config")
    .description("check a configuration file, the environment and the options over it")
    .argument("[file]", "the file; - is standard input (default: /etc/agent/config.yaml)")
    .option("--connect", "also try NATS and the API server, and ask for each permission that is needed", false)
    .option("--effective", "print the merged configuration, each value with its origin, secrets hidden", false)
    .option("--schema", "print the JSON Schema of the file", false)
    .addOption(createOutputOption())
    .addHelpText("after", "\nExample:\n  agent validate-config deploy/config.example.yaml --effective");
  return addKubeOptions(addNatsOptions(command)).action(async (file, options) => {
    const { runValidateConfig } = await import("../action/validate_config.ts");
    await runValidateConfig(context, {
      ...(file === undefined ? {} : { file }),
      connect: options.connect,
      effective: options.effective,
      schema: options.schema,
      output: options.output,
      overrides: readNatsOverrides(options),
      kubeAccess: readKubeAccess(context, options),
      checks: {
        checkNats: async (config, signal) => (await import("../action/connection_checks.ts")).checkNats(config, signal),
        openKube: async (access) => (await import("../action/connection_checks.ts")).openKube(access),
      },
    });
  });
}
