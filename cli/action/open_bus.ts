import { connectNats } from "../../src/bus/connect_nats.ts";
import { explainNatsError, failureOf, natsTargetOf } from "../../src/bus/nats_error.ts";
import type { Override } from "../../src/config/origin.ts";
import type { Config } from "../../src/config/config_schema.ts";
import { AgentError } from "../../src/lifecycle/errors.ts";
import { compact } from "../../src/lifecycle/compact.ts";
import { busOptionsOf } from "../../src/agent/bus_options_of.ts";
import type { CliContext } from "../cli_context.ts";
import { configuredClusterId } from "../configured_cluster_id.ts";
import { loadConfigOrFail } from "../load_config_or_fail.ts";
import { configurationEnv, createNatsFallback, readNatsSurroundings } from "../nats_fallback.ts";

/** What the NATS connection of a short-lived subcommand is. */
export type CliBus = Awaited<ReturnType<typeof connectNats>>;

interface OpenBusOptions {
  readonly config?: string;
  readonly flags: readonly Override[];
  /** A context of the `nats` program; without it, the selected one, where nothing else says where NATS is. */
  readonly context?: string;
  /** Part of the connection's name, which a server shows. */
  readonly purpose: string;
  /** How long all addresses together may take; without it, each may take what the agent gives it. */
  readonly withinMs?: number;
}

/**
 * Connects once, for a subcommand. Fails as `unreachable`, `not_permitted` or `bad_configuration`, with what to change:
 * there is a person to read it, so nothing is tried again.
 */
export async function openBus(
  context: CliContext,
  options: OpenBusOptions,
): Promise<{ readonly nats: CliBus; readonly config: Config }> {
  let hint = "";
  const config = await loadPersonConfig(context, options, () => {
    hint = ". No address was given: --nats, CENTRAL_ENDPOINT, NATS_URL or --context names one";
  });
  try {
    return { nats: await connectBus(config, options), config };
  } catch (error) {
    if (hint === "" || !(error instanceof AgentError) || error.kind !== "unreachable") throw error;
    throw new AgentError(error.kind, error.message + hint, { cause: error });
  }
}

/** Connects once, with a configuration that was read already; fails as `openBus` does. */
export async function connectBus(
  config: Config,
  { purpose, withinMs }: Pick<OpenBusOptions, "purpose" | "withinMs">,
): Promise<CliBus> {
  // With an agent's own credentials the inbox must be the agent's own too.
  const bus = busOptionsOf(config, configuredClusterId(config));
  try {
    return await within(connectNats({ ...bus, name: `agent-cli-${purpose}` }), withinMs);
  } catch (error) {
    if (error instanceof AgentError) throw error;
    const { kind, message } = explainNatsError(error, natsTargetOf(bus));
    throw new AgentError(failureOf(kind), message, { cause: error });
  }
}

/** The configuration, with what the `nats` program's variables and contexts say where it says nothing of NATS. */
export async function loadPersonConfig(
  context: CliContext,
  options: Omit<OpenBusOptions, "purpose">,
  onLoopback: () => void = () => {},
): Promise<Config> {
  const notice = (text: string) => void context.stderr.write(`${text}\n`);
  const surroundings = await readNatsSurroundings(context.env, options.context, notice);
  const { config, flags } = options;
  return await loadConfigOrFail(
    { env: configurationEnv(context.env) },
    { ...compact({ config }), flags, fallback: createNatsFallback({ ...surroundings, onLoopback }) },
  );
}

/** The connection, unless it takes longer than `limitMs`; one that comes later is closed. */
async function within(connecting: Promise<CliBus>, limitMs: number | undefined): Promise<CliBus> {
  if (limitMs === undefined) return await connecting;
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    connecting.then((nats) => nats.close()).catch(() => {});
    late.reject(
      new AgentError(
        "unreachable",
        `No NATS connection within ${
          limitMs / 1000
        } s; check the address and the network, or give it a longer --timeout`,
      ),
    );
  }, limitMs);
  try {
    return await Promise.race([connecting, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
