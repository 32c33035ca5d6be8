import { runAgent } from "../../src/agent.ts";
import type { Config } from "../../src/config/config_schema.ts";
import type { Override } from "../../src/config/origin.ts";
import type { KubeAccessOptions } from "../../src/kube/open_kube_access.ts";
import { configureLogging } from "../../src/lifecycle/logging.ts";
import { readBuildInfo } from "../build_info.ts";
import type { CliContext } from "../cli_context.ts";
import { loadConfigOrFail } from "../load_config_or_fail.ts";

export interface RunOptions {
  readonly config?: string;
  readonly flags: readonly Override[];
  readonly kubeAccess: KubeAccessOptions;
}

/** Runs the agent with the configuration that file, environment and options make. */
export async function runRun(context: CliContext, options: RunOptions): Promise<void> {
  const config = await loadConfigOrFail(context, options);
  let clusterId = "";
  await configureLogging({
    level: config.log_level,
    format: logFormat(config, context),
    write: (line) => context.stderr.write(line),
    clusterId: () => clusterId,
  });
  await runAgent({
    ...readBuildInfo(),
    config,
    kube: options.kubeAccess,
    onIdentity: ({ id }) => clusterId = id,
  }, context.signal);
}

function logFormat(config: Config, context: CliContext): "json" | "text" {
  if (config.log_format !== "auto") return config.log_format;
  return context.stderr.isTTY === true ? "text" : "json";
}
