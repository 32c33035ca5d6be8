import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { parseSelector } from "../../src/fleet/selector.ts";
import { compact } from "../../src/lifecycle/compact.ts";
import { AgentError, errorMessage } from "../../src/lifecycle/errors.ts";
import { parseGoDuration } from "../../src/wire/duration.ts";
import type { CliContext } from "../cli_context.ts";
import { parseClusterId } from "../cluster_id.ts";
import { parseClusterName } from "../cluster_id.ts";
import { NATS_OPTIONS, readNatsOverrides } from "../nats_access.ts";

const CONCURRENCY_LIMIT = 5_000;

/** `agent exec`: one command for one cluster's agent, or for many. */
export function createExecCommand(context: CliContext) {
  return new Command("exec")
    .description("send one diagnostic command to a cluster's agent, print its output, exit with its exit code")
    .argument(
      "[cluster]",
      "the cluster's id or name, or a prefix that matches one; none with --all or --selector",
      parseClusterName,
    )
    .argument("[command...]", "the tool, its action and arguments; everything after the tool belongs to it")
    .option("-c, --config <file>", "configuration file (default: /etc/agent/config.yaml, which may be missing)")
    .option("--all", "send it to every cluster whose agent is alive, instead of one")
    .option(
      "--selector <selector>",
      "send it to the clusters that match, as in provider=eks,env=prod (default: one cluster)",
      checkSelector,
    )
    .option("--sign-key <file>", "sign with the key that agent keygen wrote into this file (default: not signed)")
    .addOption(
      new Option(
        "--timeout <duration>",
        "how long the command may run, and how long to wait for it: a Go duration such as 10s or 1m30s",
      ).argParser(parseTimeout).default(30_000, "30s"),
    )
    .addOption(
      new Option("--concurrency <number>", "with many clusters: how many at the same time").argParser(
        parseConcurrency,
      ).default(50),
    )
    .option("--fail-fast", "with many clusters: stop at the first failure")
    .option("--include-stale", "with many clusters: also those that have missed heartbeats")
    .option("--yes", "with many clusters: do not ask for confirmation")
    .addOption(
      new Option(
        "-o, --output <form>",
        "with many clusters: answers folded, or each as a line of JSON (also called ndjson) or a YAML document",
      )
        .choices(["text", "json", "yaml", "ndjson"] as const).default("text" as const),
    )
    .addOption(NATS_OPTIONS.nats)
    .addOption(NATS_OPTIONS.context)
    .addOption(NATS_OPTIONS.creds)
    .addOption(NATS_OPTIONS.nkey)
    .addOption(NATS_OPTIONS.tlsCa)
    .addOption(NATS_OPTIONS.tlsCert)
    .addOption(NATS_OPTIONS.tlsKey)
    .action(async (first, rest, options, self) => {
      const words = first === undefined ? [] : [first, ...rest];
      const shared = { ...options, flags: readNatsOverrides(options) };
      if (options.all === true || options.selector !== undefined) {
        if (words.length === 0) {
          throw new AgentError(
            "bad_usage",
            "Nothing to run: give the tool and its action, as in agent exec --all -- kubectl get nodes",
          );
        }
        const { runExecFleet } = await import("../action/exec_fleet.ts");
        return await runExecFleet(context, {
          ...compact({ config: options.config, context: options.context, signKey: options.signKey }),
          flags: shared.flags,
          timeout: options.timeout,
          concurrency: options.concurrency,
          output: options.output === "ndjson" ? "json" : options.output,
          selector: options.selector ?? null,
          command: words,
          failFast: options.failFast ?? false,
          includeStale: options.includeStale ?? false,
          yes: options.yes ?? false,
        });
      }
      if (first === undefined || rest.length === 0) {
        throw new AgentError(
          "bad_usage",
          "Give a cluster, the tool and its action, as in agent exec prod -- kubectl get nodes; agent fleet lists clusters",
        );
      }
      if (self.getOptionValueSource("output") === "cli") {
        throw new AgentError(
          "bad_usage",
          "--output is the form of many clusters' answers (--all, --selector); an option of the tool goes behind --",
        );
      }
      const cluster = parseClusterArgument(first);
      const { runExec } = await import("../action/exec.ts");
      await runExec(context, { ...shared, cluster, command: rest });
    });
}

/** commander itself would judge the first word before it is known whether it is a cluster. */
function parseClusterArgument(text: string): string {
  try {
    return parseClusterId(text);
  } catch (error) {
    throw new AgentError("bad_usage", `The cluster ${JSON.stringify(text)} is invalid. ${errorMessage(error)}`);
  }
}

function parseTimeout(text: string): number {
  const timeoutMs = parseGoDuration(text);
  if (timeoutMs === null || timeoutMs <= 0) {
    throw new InvalidArgumentError("A timeout is a Go duration above zero, such as 30s or 1m30s.");
  }
  return timeoutMs;
}

function parseConcurrency(text: string): number {
  const number = /^[1-9][0-9]{0,3}$/.test(text) ? Number(text) : NaN;
  if (!(number <= CONCURRENCY_LIMIT)) throw new InvalidArgumentError(`A number from 1 to ${CONCURRENCY_LIMIT}.`);
  return number;
}

function checkSelector(text: string): string {
  const parsed = parseSelector(text);
  if (parsed.kind === "invalid") throw new InvalidArgumentError(`${parsed.message}.`);
  return text;
}
