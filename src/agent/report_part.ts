import type { AgentPart } from "../lifecycle/part.ts";
import { createCollectors } from "../report/create_collectors.ts";
import { createReportService } from "../report/report_service.ts";
import type { AgentContext } from "./agent_context.ts";
import type { BusPart } from "./bus_part.ts";
import type { OutboxPart } from "./outbox_part.ts";

/** The cluster report, sent on an interval. */
export function createReportPart(context: AgentContext, bus: BusPart, outbox: OutboxPart): AgentPart {
  const { client, clock, config, telemetry, clusterId, subject } = context;
  const service = createReportService({
    collectors: createCollectors({
      client,
      clock,
      telemetry,
      collectors: config.metrics.collectors,
      namespaces: config.metrics.namespaces,
      labels: config.metrics.labels,
      annotations: config.metrics.annotations,
      countSecrets: config.metrics.count_secrets,
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
  return { name: "report", services: [service], conditions: () => [], status: () => ({}), refreshGauges() {} };
}
