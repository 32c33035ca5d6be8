import { connectNats } from "../../src/bus/connect_nats.ts";
import { explainNatsError, failureOf, natsTargetOf } from "../../src/bus/nats_error.ts";
import type { Override } from "../../src/config/origin.ts";
import type { Config } from "../../src/config/config_schema.ts";
import { AgentError } from "../../src/lifecycle/errors.ts";
import { busOptionsOf } from "../../src/agent/bus_options_of.ts";
import type { CliContext } from "../cli_context.ts";
import { loadConfigOrFail } from "../load_config_or_fail.ts";

/** What the NATS connection of a short-lived subcommand is. */
export type CliBus = Awaited<ReturnType<typeof connectNats>>;

/**
 * Connects once, for a subcommand. Fails as `unreachable`, `not_permitted` or `bad_configuration`, with what to change:
 * there is a person to read it, so nothing is tried again.
 */
export async function openBus(
  context: CliContext,
  options: { readonly config?: string; readonly flags: readonly Override[]; readonly purpose: string },
): Promise<{ readonly nats: CliBus; readonly config: Config }> {
  const config = await loadConfigOrFail(context, options);
  const bus = busOptionsOf(config);
  try {
    return { nats: await connectNats({ ...bus, name: `agent-cli-${options.purpose}` }), config };
  } catch (error) {
    const { kind, message } = explainNatsError(error, natsTargetOf(bus));
    throw new AgentError(failureOf(kind), message, { cause: error });
  }
}
