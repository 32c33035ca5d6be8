import { Command, Option } from "@commander-js/extra-typings";
import { SEVERITIES } from "../../src/wire/severity.ts";
import type { CliContext } from "../cli_context.ts";
import { parseClusterId } from "../cluster_id.ts";
import { NATS_OPTIONS, readNatsOverrides } from "../nats_access.ts";
import { createOutputOption } from "../output_option.ts";

/** `agent tail`: what all agents on this bus report, live. */
export function createTailCommand(context: CliContext) {
  return new Command("tail")
    .description("show what the agents on this bus report, live")
    .option("-c, --config <file>", "configuration file (default: /etc/agent/config.yaml, which may be missing)")
    .option("--cluster <id>", "only this cluster (default: all)", parseClusterId)
    .addOption(new Option("--severity <severity>", "only this severity and worse (default: all)").choices(SEVERITIES))
    .option("--incidents", "not each event, but which incidents open, their causes and their ends")
    .addOption(NATS_OPTIONS.nats)
    .addOption(NATS_OPTIONS.context)
    .addOption(NATS_OPTIONS.creds)
    .addOption(NATS_OPTIONS.nkey)
    .addOption(NATS_OPTIONS.tlsCa)
    .addOption(NATS_OPTIONS.tlsCert)
    .addOption(NATS_OPTIONS.tlsKey)
    .addOption(createOutputOption())
    .action(async (options) => {
      const { runTail } = await import("../action/tail.ts");
      await runTail(context, { ...options, incidents: options.incidents ?? false, flags: readNatsOverrides(options) });
    });
}
