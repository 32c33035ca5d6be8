import { sendsLogs } from "../config/sends_logs.ts";
import { createEvidenceService } from "../evidence/evidence_service.ts";
import { createAllowlist } from "../inventory/allowlist.ts";
import type { Roster } from "../inventory/roster.ts";
import type { AgentPart } from "../lifecycle/part.ts";
import type { AgentContext } from "./agent_context.ts";
import type { IncidentPart } from "./incident_part.ts";
import type { OutboxPart } from "./outbox_part.ts";

/** What finds out more about incidents. */
interface EvidencePart extends AgentPart {
  /** The incidents, whose stamps it remembers as they are given: what is reported is evidence of what comes next. */
  readonly incidents: IncidentPart;
}

/** Builds the part that gathers evidence for the incidents that ask for it. */
export function createEvidencePart(
  context: AgentContext,
  outbox: OutboxPart,
  incidents: IncidentPart,
  roster: Roster,
): EvidencePart {
  const { config, client, clock, telemetry, redactor, clusterId } = context;
  const { evidence } = config;
  const service = createEvidenceService({
    client,
    clock,
    telemetry,
    outbox: outbox.memoryWriter,
    clusterId,
    subject: context.subject("update"),
    roster,
    redactor,
    allow: { labels: createAllowlist(evidence.labels), annotations: createAllowlist(evidence.annotations) },
    logLines: sendsLogs(config) ? evidence.log_lines : 0,
    delayMs: evidence.delay,
    maxBytes: evidence.max_bytes,
    requestsPerMinute: evidence.requests_per_minute,
    minSeverity: evidence.min_severity,
    excludedNamespaces: new Set(evidence.namespaces.exclude),
    isStorm: incidents.isStorm,
  });
  incidents.gatherWith(service.request, service.takeSkipped);
  return {
    name: "evidence",
    services: [service],
    incidents: {
      ...incidents,
      stamp(sighting) {
        const stamp = incidents.stamp(sighting);
        if (stamp !== null) service.note(sighting, stamp);
        return stamp;
      },
    },
    conditions: () => [],
    status: () => ({ evidence: { waiting: service.waiting(), logs: sendsLogs(config), refused: service.refused() } }),
    refreshGauges() {},
  };
}
