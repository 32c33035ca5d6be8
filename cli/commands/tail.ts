import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { SEVERITIES } from "../../src/wire/severity.ts";
import type { CliContext } from "../cli_context.ts";
import { parseClusterName } from "../cluster_id.ts";
import { NATS_OPTIONS, readNatsOverrides } from "../nats_access.ts";
import { parseMomentOption } from "../parse_moment.ts";

/** `agent tail`: what all agents on this bus report, live. */
export function createTailCommand(context: CliContext) {
  return new Command("tail")
    .description("show what the agents on this bus report, live")
    .option("-c, --config <file>", "configuration file (default: /etc/agent/config.yaml, which may be missing)")
    .option(
      "--cluster <id>",
      "only this cluster: its id, name, or a prefix that fits one (default: all)",
      parseClusterName,
    )
    .addOption(new Option("--severity <severity>", "only this severity and worse (default: all)").choices(SEVERITIES))
    .option("--incidents", "not each event, but which incidents open, their causes and their ends")
    .option("-n, --namespace <glob>", "only namespaces that fit, as in 'shop-*' (default: all)")
    .option("--rule <glob>", "only rules that fit, as in 'image.*' (default: all)")
    .option("--reason <glob>", "only reasons that fit, as in 'Failed*' (default: all)")
    .addOption(
      new Option("--since <time>", "begin with the past: a duration back from now, or a time (default: now)")
        .argParser(parseMomentOption),
    )
    .addOption(
      new Option("--last <number>", "begin with so many of the past (default: none)").argParser(parseNumber),
    )
    .option("--stream <name>", "the stream of the past (default: nats.stream, or AGENT_EVENTS)")
    .addOption(NATS_OPTIONS.nats)
    .addOption(NATS_OPTIONS.context)
    .addOption(NATS_OPTIONS.creds)
    .addOption(NATS_OPTIONS.nkey)
    .addOption(NATS_OPTIONS.tlsCa)
    .addOption(NATS_OPTIONS.tlsCert)
    .addOption(NATS_OPTIONS.tlsKey)
    .addOption(
      new Option("-o, --output <form>", "form of the result; wide: lines that are not cut to the terminal")
        .choices(["text", "wide", "json", "yaml"] as const).default("text" as const),
    )
    .action(async (options) => {
      const { runTail } = await import("../action/tail.ts");
      await runTail(context, { ...options, incidents: options.incidents ?? false, flags: readNatsOverrides(options) });
    });
}

function parseNumber(text: string): number {
  if (!/^[1-9][0-9]{0,4}$/.test(text)) throw new InvalidArgumentError("A number from 1 to 99999.");
  return Number(text);
}
