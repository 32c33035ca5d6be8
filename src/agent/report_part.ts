import type { AgentPart } from "../lifecycle/part.ts";
import { createCollectors } from "../report/create_collectors.ts";
import { createReportService } from "../report/report_service.ts";
import type { AgentContext } from "./agent_context.ts";
import type { BusPart } from "./bus_part.ts";
import type { InventoryPart } from "./inventory_part.ts";
import type { OutboxPart } from "./outbox_part.ts";

/** The cluster report, sent on an interval. */
export function createReportPart(
  context: AgentContext,
  bus: BusPart,
  outbox: OutboxPart,
  { inventory, noteListOnly, listOnly }: InventoryPart,
): AgentPart {
  const { client, clock, config, telemetry, clusterId, subject } = context;
  const service = createReportService({
    collectors: createCollectors({
      client,
      clock,
      telemetry,
      pods: inventory.pods,
      nodes: inventory.nodes,
      services: inventory.services,
      collectors: config.metrics.collectors,
      namespaces: config.metrics.namespaces,
      labels: config.metrics.labels,
      annotations: config.metrics.annotations,
      countSecrets: config.metrics.count_secrets,
      onListOnly: noteListOnly,
    }),
    outbox: outbox.memoryWriter,
    telemetry,
    clock,
    clusterId,
    subject: subject("metrics"),
    intervalMs: config.metrics_interval,
    deadlineMs: config.metrics.deadline,
    maxPayload: bus.maxPayload,
  });
  return {
    name: "report",
    services: [service],
    conditions: () => [
      ...refusedParts(service.missing()).map(([part, detail]) => ({ name: `report of ${part}`, ok: false, detail })),
      ...[...listOnly()].map((resource) => ({
        name: `report of ${resource}`,
        ok: true,
        detail:
          `listed for each report; grant "watch ${resource}" to the agent's ClusterRole to spare the API server that`,
      })),
    ],
    status: () => ({ report: { missing: Object.fromEntries(service.missing()), listed_only: [...listOnly()] } }),
    refreshGauges() {},
  };
}

/** Parts that a missing right keeps out of the report. What is late or down comes back by itself; a right does not. */
export function refusedParts(missing: ReadonlyMap<string, string>): readonly (readonly [string, string])[] {
  return [...missing].filter(([part, error]) => !part.endsWith(".usage") && /: 403 Forbidden; grant "/.test(error));
}
