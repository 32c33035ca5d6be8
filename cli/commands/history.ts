import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { parseSelector } from "../../src/fleet/selector.ts";
import { SEVERITIES } from "../../src/wire/severity.ts";
import type { CliContext } from "../cli_context.ts";
import { parseClusterName } from "../cluster_id.ts";
import { NATS_OPTIONS, readNatsOverrides } from "../nats_access.ts";
import { createRowsOutputOption } from "../output_option.ts";
import { parseMomentOption } from "../parse_moment.ts";

/** `agent history`: what agents reported in the past, from the stream. */
export function createHistoryCommand(context: CliContext) {
  return new Command("history")
    .description("show what the agents on this bus reported in the past, from the stream of events")
    .option("-c, --config <file>", "configuration file (default: /etc/agent/config.yaml, which may be missing)")
    .option(
      "--cluster <id>",
      "only this cluster: its id, name, or a prefix that matches one (default: all)",
      parseClusterName,
    )
    .option(
      "--selector <selector>",
      "only clusters that match, as in provider=eks,env=prod (default: all)",
      checkSelector,
    )
    .addOption(
      new Option("--since <time>", "the start: a duration before now, or a time").argParser(parseMomentOption)
        .default(
          Date.now() - 3_600_000,
          "1h",
        ),
    )
    .addOption(
      new Option("--until <time>", "the end: a duration before now, or a time").argParser(parseMomentOption)
        .default(
          Infinity,
          "now",
        ),
    )
    .addOption(new Option("--severity <severity>", "only this severity and worse (default: all)").choices(SEVERITIES))
    .option("-n, --namespace <glob>", "only namespaces that match, as in 'shop-*' (default: all)")
    .option("--rule <glob>", "only rules that match, as in 'image.*' (default: all)")
    .option("--reason <glob>", "only reasons that match, as in 'Failed*' (default: all)")
    .addOption(
      new Option("--group-by <what>", "counts instead of events (default: events)").choices(
        ["rule", "cluster"] as const,
      ),
    )
    .addOption(
      new Option("--limit <number>", "how many to show at most, the newest").argParser(parseLimit).default(1_000),
    )
    .option("--stream <name>", "the stream of events (default: nats.stream, or AGENT_EVENTS)")
    .addOption(NATS_OPTIONS.nats)
    .addOption(NATS_OPTIONS.context)
    .addOption(NATS_OPTIONS.creds)
    .addOption(NATS_OPTIONS.nkey)
    .addOption(NATS_OPTIONS.tlsCa)
    .addOption(NATS_OPTIONS.tlsCert)
    .addOption(NATS_OPTIONS.tlsKey)
    .addOption(createRowsOutputOption())
    .action(async (options) => {
      const { runHistory } = await import("../action/history.ts");
      await runHistory(context, {
        ...options,
        output: options.output === "ndjson" ? "json" : options.output,
        flags: readNatsOverrides(options),
      });
    });
}

function parseLimit(text: string): number {
  if (!/^[1-9][0-9]{0,6}$/.test(text)) throw new InvalidArgumentError("A number above zero.");
  return Number(text);
}

function checkSelector(text: string): string {
  const parsed = parseSelector(text);
  if (parsed.kind === "invalid") throw new InvalidArgumentError(`${parsed.message}.`);
  return text;
}
