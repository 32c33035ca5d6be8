import { formatProblem } from "../src/config/config_problem.ts";
import type { Config } from "../src/config/config_schema.ts";
import { type ConfigFallback, loadConfig } from "../src/config/load_config.ts";
import type { Override } from "../src/config/origin.ts";
import { compact } from "../src/lifecycle/compact.ts";
import { AgentError } from "../src/lifecycle/errors.ts";
import type { CliContext } from "./cli_context.ts";

/**
 * The configuration of a subcommand that can't go on without one. Fails with every problem, one a line, as
 * `bad_configuration` (exit code 78).
 */
export async function loadConfigOrFail(
  context: Pick<CliContext, "env">,
  options: { readonly config?: string; readonly flags?: readonly Override[]; readonly fallback?: ConfigFallback },
): Promise<Config> {
  const loaded = await loadConfig({
    env: context.env,
    ...compact({ path: options.config, flags: options.flags, fallback: options.fallback }),
  });
  if (loaded.kind === "ok") return loaded.config;
  throw new AgentError("bad_configuration", loaded.problems.map(formatProblem).join("\n"));
}
