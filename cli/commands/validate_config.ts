import { Command } from "@commander-js/extra-typings";
import { compact } from "../../src/lifecycle/compact.ts";
import { AgentError } from "../../src/lifecycle/errors.ts";
import type { CliContext } from "../cli_context.ts";
import { KUBE_OPTIONS, readKubeAccess } from "../kube_access.ts";
import { NATS_OPTIONS, readNatsOverrides } from "../nats_access.ts";
import { createOutputOption } from "../output_option.ts";

/** `agent validate-config`: everything that is wrong with a configuration, at once. */
export function createValidateConfigCommand(context: CliContext) {
  return new Command("validate-config")
    .description("check the configuration: the file, and the environment and options that override it")
    .argument("[file]", "the file; - is standard input (default: /etc/agent/config.yaml)")
    .option("-c, --config <file>", "the file, as in other subcommands (default: the argument)")
    .option("--connect", "also connect to NATS and the API server, and check each permission")
    .option("--effective", "print the merged configuration, each value with its origin, secrets hidden")
    .option("--schema", "print the JSON Schema of the file")
    .addOption(NATS_OPTIONS.nats)
    .option(
      "--nats-context <name>",
      "with --connect: context of the nats program (default: NATS_CONTEXT, or the selected one)",
    )
    .addOption(NATS_OPTIONS.creds)
    .addOption(NATS_OPTIONS.nkey)
    .addOption(NATS_OPTIONS.tlsCa)
    .addOption(NATS_OPTIONS.tlsCert)
    .addOption(NATS_OPTIONS.tlsKey)
    .addOption(KUBE_OPTIONS.kubeconfig)
    .addOption(KUBE_OPTIONS.context)
    .addOption(createOutputOption())
    .action(async (argument, options) => {
      if (argument !== undefined && options.config !== undefined && argument !== options.config) {
        throw new AgentError("bad_usage", "Name one file: as the argument, or with --config");
      }
      const file = argument ?? options.config;
      const { runValidateConfig } = await import("../action/validate_config.ts");
      await runValidateConfig(context, {
        ...compact({ file }),
        connect: options.connect ?? false,
        effective: options.effective ?? false,
        schema: options.schema ?? false,
        output: options.output,
        overrides: readNatsOverrides(options),
        ...compact({ natsContext: options.natsContext }),
        kubeAccess: readKubeAccess(context, options),
        checks: {
          checkNats: async (config, signal) =>
            (await import("../action/connection_checks.ts")).checkNats(config, signal),
          openKube: async (access) => (await import("../action/connection_checks.ts")).openKube(access),
        },
      });
    });
}
