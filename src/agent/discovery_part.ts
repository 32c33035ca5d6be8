import { createServiceDiscovery } from "../bus/service_discovery.ts";
import type { AgentPart } from "../lifecycle/part.ts";
import type { AgentContext } from "./agent_context.ts";
import { agentInfoOf, type SelfOptions } from "./agent_info_of.ts";
import type { BusPart } from "./bus_part.ts";

/** Answers `nats micro ls`, on standbys too: so people see how many replicas there are. */
export function createDiscoveryPart(context: AgentContext, bus: BusPart, self: SelfOptions): AgentPart {
  const discovery = createServiceDiscovery({
    connection: bus.connection,
    agentInfo: () => agentInfoOf(context, self),
    commandSubject: context.config.enable_commands ? context.subject("command") : null,
  });
  return { name: "discovery", services: [discovery], conditions: () => [], status: () => ({}), refreshGauges() {} };
}
