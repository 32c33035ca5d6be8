import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { CLUSTER_STATES, type ClusterState } from "../../src/fleet/cluster_view.ts";
import { parseSelector } from "../../src/fleet/selector.ts";
import type { CliContext } from "../cli_context.ts";
import { NATS_OPTIONS, readNatsOverrides } from "../nats_access.ts";
import { createRowsOutputOption } from "../output_option.ts";

const CONFIG_OPTION = [
  "-c, --config <file>",
  "configuration file (default: /etc/agent/config.yaml, which may be missing)",
] as const;

/** `agent fleet`, also `agent ls`: every agent on this bus, with its state; `agent fleet setup` makes what it reads. */
export function createFleetCommand(context: CliContext) {
  return new Command("fleet")
    .alias("ls")
    .description("list the agents on this bus: state, last heartbeat, faults of the last hour")
    .option(...CONFIG_OPTION)
    .option(
      "--selector <selector>",
      "only clusters that match, as in provider=eks,env=prod (default: all)",
      checkSelector,
    )
    .option(
      "--state <states>",
      `only these states, separated by commas: ${CLUSTER_STATES.join(", ")} (default: all)`,
      parseStates,
    )
    .addOption(
      new Option("--sort <column>", "order of the rows").choices(["name", "state", "faults"] as const).default(
        "name" as const,
      ),
    )
    .addOption(NATS_OPTIONS.nats)
    .addOption(NATS_OPTIONS.context)
    .addOption(NATS_OPTIONS.creds)
    .addOption(NATS_OPTIONS.nkey)
    .addOption(NATS_OPTIONS.tlsCa)
    .addOption(NATS_OPTIONS.tlsCert)
    .addOption(NATS_OPTIONS.tlsKey)
    .addOption(createRowsOutputOption())
    .option("--watch", "keep running and print changes, until a signal ends it")
    .action(async (options) => {
      const { runFleet } = await import("../action/fleet.ts");
      await runFleet(context, { ...options, watch: options.watch ?? false, flags: readNatsOverrides(options) });
    })
    .addCommand(createFleetSetupCommand(context));
}

function createFleetSetupCommand(context: CliContext) {
  return new Command("setup")
    .description(
      "show what is missing or different in the fleet's streams and bucket; create or change it with --apply",
    )
    .option(...CONFIG_OPTION)
    .option("--apply", "create and change what is shown")
    .addOption(
      new Option("--replicas <number>", "copies of each stream in a cluster of NATS servers").argParser(parseReplicas)
        .default(1),
    )
    .addOption(NATS_OPTIONS.nats)
    .addOption(NATS_OPTIONS.context)
    .addOption(NATS_OPTIONS.creds)
    .addOption(NATS_OPTIONS.nkey)
    .addOption(NATS_OPTIONS.tlsCa)
    .addOption(NATS_OPTIONS.tlsCert)
    .addOption(NATS_OPTIONS.tlsKey)
    .action(async (_options, command) => {
      // The list has most of these options too, and takes them wherever they stand.
      const options = command.optsWithGlobals();
      const { runFleetSetup } = await import("../action/fleet_setup.ts");
      await runFleetSetup(context, { ...options, apply: options.apply ?? false, flags: readNatsOverrides(options) });
    });
}

function checkSelector(text: string): string {
  const parsed = parseSelector(text);
  if (parsed.kind === "invalid") throw new InvalidArgumentError(`${parsed.message}.`);
  return text;
}

function parseStates(text: string): readonly ClusterState[] {
  return text.split(",").map((word) => {
    const state = CLUSTER_STATES.find((one) => one === word.trim());
    if (state === undefined) throw new InvalidArgumentError(`A state is one of ${CLUSTER_STATES.join(", ")}.`);
    return state;
  });
}

function parseReplicas(text: string): number {
  if (!/^[135]$/.test(text)) throw new InvalidArgumentError("JetStream keeps 1, 3 or 5 copies.");
  return Number(text);
}
