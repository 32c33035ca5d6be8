import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { SEVERITIES } from "../../src/wire/severity.ts";
import type { CliContext } from "../cli_context.ts";
import { parseClusterId } from "../cluster_id.ts";
import { NATS_OPTIONS, readNatsOverrides } from "../nats_access.ts";
import { createOutputOption } from "../output_option.ts";

/** `agent send-event`: valid test events, to try the way from here to central. */
export function createSendEventCommand(context: CliContext) {
  return new Command("send-event")
    .description("publish test events and print their ids")
    .option("-c, --config <file>", "configuration file (default: /etc/agent/config.yaml, which may be missing)")
    .option("--cluster <id>", "cluster id (default: the configuration's, or test)", parseClusterId)
    .option("--reason <reason>", "the event's reason", "AgentTest")
    .addOption(new Option("--severity <severity>", "its severity").choices(SEVERITIES).default("low" as const))
    .option("-n, --namespace <namespace>", "its namespace", "default")
    .option("--message <text>", "its message", "Test event sent with agent send-event")
    .option("--object <kind/name>", "the object it is about", "Pod/agent-test")
    .option("--count <n>", "how many to send, 1 to 100000", parseCount, 1)
    .option("--wait", "also say whether a stream or a subscriber took them", false)
    .addOption(NATS_OPTIONS.nats)
    .addOption(NATS_OPTIONS.context)
    .addOption(NATS_OPTIONS.creds)
    .addOption(NATS_OPTIONS.nkey)
    .addOption(NATS_OPTIONS.tlsCa)
    .addOption(NATS_OPTIONS.tlsCert)
    .addOption(NATS_OPTIONS.tlsKey)
    .addOption(createOutputOption())
    .action(async (options) => {
      const { runSendEvent } = await import("../action/send_event.ts");
      await runSendEvent(context, { ...options, flags: readNatsOverrides(options) });
    });
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > 100_000) {
    throw new InvalidArgumentError("A count is a number from 1 to 100000.");
  }
  return count;
}
