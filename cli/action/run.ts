import { randomUUID } from "node:crypto";
import { runAgent } from "../../src/agent/run_agent.ts";
import type { Config } from "../../src/config/config_schema.ts";
import type { Override } from "../../src/config/origin.ts";
import type { KubeAccessOptions } from "../../src/kube/open_kube_access.ts";
import { configureLogging } from "../../src/lifecycle/logging.ts";
import { openTracing } from "../../src/telemetry/open_tracing.ts";
import { formatAuditText } from "../audit_text.ts";
import { readBuildInfo } from "../build_info.ts";
import type { CliContext } from "../cli_context.ts";
import { loadConfigOrFail } from "../load_config_or_fail.ts";

interface RunOptions {
  readonly config?: string;
  readonly flags: readonly Override[];
  readonly kubeAccess: KubeAccessOptions;
}

/** Runs the agent with the configuration that file, environment and options make. */
export async function runRun(context: CliContext, options: RunOptions): Promise<void> {
  const config = await loadConfigOrFail(context, options);
  context.endInOrder("own");
  let clusterId = "";
  await configureLogging({
    level: config.log_level,
    format: logFormat(config, context),
    write: (line) => context.stderr.write(line),
    clusterId: () => clusterId,
  });
  const { stderr } = context;
  // A pipe gets the chain, whatever the format of the log: it may be kept.
  const forPeople = stderr.isTTY === true && logFormat(config, context) === "text";
  const build = readBuildInfo();
  const instance = randomUUID();
  const traces = await openTracing({
    env: context.env,
    endpoint: config.telemetry.otlp_endpoint ?? null,
    serviceName: config.telemetry.service_name,
  }, { version: build.version, instance });
  try {
    await runAgent({
      ...build,
      instance,
      config,
      tracing: traces?.tracing ?? null,
      ...(forPeople ? { writeAudit: (lines: string) => void stderr.write(formatAuditText(lines)) } : {}),
      kube: options.kubeAccess,
      onIdentity: ({ id }) => clusterId = id,
    }, context.signal);
  } finally {
    await traces?.close();
  }
}

function logFormat(config: Config, context: CliContext): "json" | "text" {
  if (config.log_format !== "auto") return config.log_format;
  return context.stderr.isTTY === true ? "text" : "json";
}
