import { Command } from "@commander-js/extra-typings";
import type { CliContext } from "../cli_context.ts";
import { NATS_OPTIONS, readNatsOverrides } from "../nats_access.ts";
import { createTableOutputOption } from "../output_option.ts";

/** `agent incident`: one incident from its first report to its end. */
export function createIncidentCommand(context: CliContext) {
  return new Command("incident")
    .description("show one incident: its causes, what happened when, evidence, and what to ask next")
    .argument("<id>", "the id, as reports and tail show it; without the part after the dash, all incidents of this key")
    .option("-c, --config <file>", "configuration file (default: /etc/agent/config.yaml, which may be missing)")
    .option("--cluster <id>", "only this cluster: its id, name, or a prefix (default: all)")
    .option(
      "--stream <name>",
      "the stream of events (default: nats.stream, or AGENT_EVENTS; without one, live messages)",
    )
    .addOption(NATS_OPTIONS.nats)
    .addOption(NATS_OPTIONS.context)
    .addOption(NATS_OPTIONS.creds)
    .addOption(NATS_OPTIONS.nkey)
    .addOption(NATS_OPTIONS.tlsCa)
    .addOption(NATS_OPTIONS.tlsCert)
    .addOption(NATS_OPTIONS.tlsKey)
    .addOption(createTableOutputOption())
    .action(async (id, options) => {
      const { runIncident } = await import("../action/incident.ts");
      await runIncident(context, { id, ...options, flags: readNatsOverrides(options) });
    });
}
