import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { parseGoDuration } from "../../src/wire/duration.ts";
import type { CliContext } from "../cli_context.ts";
import { parseClusterId } from "../cluster_id.ts";
import { NATS_OPTIONS, readNatsOverrides } from "../nats_access.ts";

/** `agent exec`: one command for one cluster's agent. */
export function createExecCommand(context: CliContext) {
  return new Command("exec")
    .description("send one diagnostic command to a cluster's agent, print its output, end with its exit code")
    .argument("<cluster>", "the cluster's id", parseClusterId)
    .argument("<command...>", "after --: the tool, its action and arguments")
    .option("-c, --config <file>", "configuration file (default: /etc/agent/config.yaml, which may be missing)")
    .option("--sign-key <file>", "sign with the key that agent keygen wrote into this file (default: not signed)")
    .addOption(
      new Option(
        "--timeout <duration>",
        "how long the command may run, and how long to wait for it: a Go duration such as 10s or 1m30s",
      ).argParser(
        parseTimeout,
      )
        .default(30_000, "30s"),
    )
    .addOption(NATS_OPTIONS.nats)
    .addOption(NATS_OPTIONS.creds)
    .addOption(NATS_OPTIONS.nkey)
    .addOption(NATS_OPTIONS.tlsCa)
    .addOption(NATS_OPTIONS.tlsCert)
    .addOption(NATS_OPTIONS.tlsKey)
    .action(async (cluster, command, options) => {
      const { runExec } = await import("../action/exec.ts");
      await runExec(context, { ...options, cluster, command, flags: readNatsOverrides(options) });
    });
}

function parseTimeout(text: string): number {
  const timeoutMs = parseGoDuration(text);
  if (timeoutMs === null || timeoutMs <= 0) {
    throw new InvalidArgumentError("A timeout is a Go duration above zero, such as 30s or 1m30s.");
  }
  return timeoutMs;
}
