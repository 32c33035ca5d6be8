import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { SEVERITIES } from "../../src/wire/severity.ts";
import type { CliContext } from "../cli_context.ts";
import { parseClusterName } from "../cluster_id.ts";
import { NATS_OPTIONS, readNatsOverrides } from "../nats_access.ts";
import { createTableOutputOption } from "../output_option.ts";
import { parseMomentOption } from "../parse_moment.ts";

/** `agent tail`: what all agents on this bus report, live. */
export function createTailCommand(context: CliContext) {
  return new Command("tail")
    .description("show what the agents on this bus report, live")
    .option("-c, --config <file>", "configuration file (default: /etc/agent/config.yaml, which may be missing)")
    .option(
      "--cluster <id>",
      "only this cluster: its id, name, or a prefix that matches one (default: all)",
      parseClusterName,
    )
    .addOption(new Option("--severity <severity>", "only this severity and worse (default: all)").choices(SEVERITIES))
    .option("--incidents", "show incidents instead of events: when they open, their causes and their ends")
    .option("-n, --namespace <glob>", "only namespaces that match, as in 'shop-*' (default: all)")
    .option("--rule <glob>", "only rules that match, as in 'image.*' (default: all)")
    .option("--reason <glob>", "only reasons that match, as in 'Failed*' (default: all)")
    .addOption(
      new Option("--since <time>", "start with past reports: a duration before now, or a time (default: now)")
        .argParser(parseMomentOption),
    )
    .addOption(
      new Option("--last <number>", "start with this number of past reports (default: none)").argParser(parseNumber),
    )
    .option("--stream <name>", "the stream of past reports (default: nats.stream, or AGENT_EVENTS)")
    .addOption(NATS_OPTIONS.nats)
    .addOption(NATS_OPTIONS.context)
    .addOption(NATS_OPTIONS.creds)
    .addOption(NATS_OPTIONS.nkey)
    .addOption(NATS_OPTIONS.tlsCa)
    .addOption(NATS_OPTIONS.tlsCert)
    .addOption(NATS_OPTIONS.tlsKey)
    .addOption(createTableOutputOption())
    .action(async (options) => {
      const { runTail } = await import("../action/tail.ts");
      await runTail(context, { ...options, incidents: options.incidents ?? false, flags: readNatsOverrides(options) });
    });
}

function parseNumber(text: string): number {
  if (!/^[1-9][0-9]{0,4}$/.test(text)) throw new InvalidArgumentError("A number from 1 to 99999.");
  return Number(text);
}
