import { connectNats } from "../../../src/bus/connect_nats.ts";
import { busOptionsOf } from "../../../src/agent/bus_options_of.ts";
import type { Config } from "../../../src/config/config_schema.ts";
import { subjectFor } from "../../../src/wire/subject.ts";
import type { SimulatedAgent } from "./simulated_agent.ts";

/** The baseline: as many connections, each with one subscription that answers a few bytes, and nothing else. */
export async function openBareClients(
  config: Config,
  clusterIds: readonly string[],
  onConnected: () => void,
): Promise<readonly SimulatedAgent[]> {
  return await Promise.all(clusterIds.map(async (clusterId): Promise<SimulatedAgent> => {
    const nats = await connectNats({ ...busOptionsOf(config, clusterId), name: `bare-${clusterId}` });
    onConnected();
    const layout = { prefix: config.subject_prefix, template: config.subject_template };
    nats.subscribe(subjectFor("command", clusterId, layout), {
      callback: (_error, message) => void message.respond("Server Version: v1.36.3\n"),
    });
    await nats.flush();
    return {
      clusterId,
      connected: () => !nats.isClosed(),
      report: () => Promise.resolve(),
      undelivered: () => 0,
      dropped: () => 0,
      stop: () => nats.close(),
    };
  }));
}
