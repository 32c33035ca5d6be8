import { Command, InvalidArgumentError } from "@commander-js/extra-typings";
import { compact } from "../../src/lifecycle/compact.ts";
import type { CliContext } from "../cli_context.ts";
import { KUBE_OPTIONS, readKubeAccess } from "../kube_access.ts";
import { NATS_OPTIONS, readNatsOverrides } from "../nats_access.ts";

/** `agent run`: the agent itself, until a signal ends it. */
export function createRunCommand(context: CliContext) {
  return new Command("run")
    .description("watch the cluster, report its faults and metrics, run the commands that policy allows")
    .option("-c, --config <file>", "configuration file (default: /etc/agent/config.yaml, which may be missing)")
    .option(
      "--health-port <port>",
      "port of /health/* and /metrics, 0 to 65535; 0 takes a free one (default: HEALTH_PORT, or 8080)",
      parsePort,
    )
    .addOption(NATS_OPTIONS.nats)
    .addOption(NATS_OPTIONS.creds)
    .addOption(NATS_OPTIONS.nkey)
    .addOption(NATS_OPTIONS.tlsCa)
    .addOption(NATS_OPTIONS.tlsCert)
    .addOption(NATS_OPTIONS.tlsKey)
    .addOption(KUBE_OPTIONS.kubeconfig)
    .addOption(KUBE_OPTIONS.context)
    .action(async (options) => {
      const { runRun } = await import("../action/run.ts");
      await runRun(context, {
        ...compact({ config: options.config }),
        flags: [
          ...readNatsOverrides(options),
          ...(options.healthPort === undefined ? [] : [{
            path: ["health_port"],
            value: options.healthPort,
            origin: { kind: "flag" as const, flag: "--health-port" },
          }]),
        ],
        kubeAccess: readKubeAccess(context, options),
      });
    });
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError("A port is a number from 0 to 65535.");
  return port;
}
