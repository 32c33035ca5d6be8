import { buildPolicy, type CommandPolicy } from "../../src/commands/command_policy.ts";
import type { Config } from "../../src/config/config_schema.ts";
import { compact } from "../../src/lifecycle/compact.ts";
import { AgentError } from "../../src/lifecycle/errors.ts";
import type { CliContext } from "../cli_context.ts";

/** The command policy of a configuration, without signatures; a rejected one says why. */
export function policyOf({ cluster_id: clusterId, commands }: Config, env: CliContext["env"]): CommandPolicy {
  const built = buildPolicy({
    clusterId: clusterId === "" ? null : clusterId,
    ...compact({ allowed: commands.allowed }),
    tools: commands.tools,
    timeoutCeilingMs: commands.timeout_ceiling,
    envAllowlist: commands.env_allowlist,
    apiServerHosts: [env["KUBERNETES_SERVICE_HOST"] ?? ""],
  });
  if (built.ok) return built.policy;
  const lines = built.problems.map(({ path, message }) => `commands.${path.join(".")}: must be ${message}`);
  throw new AgentError("bad_configuration", lines.join("\n"));
}
