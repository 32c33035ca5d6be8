import process from "node:process";
// @ts-types="./client_types/registry.d.ts"
import Registry from "@prometheus-io/client/lib/registry.js";
import { REDACTION_RULES } from "../redaction/redaction.ts";
import { GAP_REASONS } from "../wire/gap_reason.ts";
import { MESSAGE_KINDS } from "../wire/message_kind.ts";
import { COLLECTOR_NAMES } from "../wire/metrics_report.ts";
import { REFUSAL_CODES } from "../wire/refusal_code.ts";
import { LAYERS } from "../wire/refusal_layer.ts";
import { SEVERITIES } from "../wire/severity.ts";
import { declareSeries, type SeriesDeclarer } from "./declare_series.ts";
import { DROP_REASONS, DROPPED_KINDS } from "./drop_reason.ts";
import { among, anyOf, oneOf } from "./label.ts";
import {
  CATEGORIES,
  COMMAND_VERDICTS,
  EVENT_ARRIVALS,
  EVIDENCE_OMISSIONS,
  EVIDENCE_OUTCOMES,
  FAMILY_NAMES,
  IDENTITY_CLASHES,
  IGNORE_REASONS,
  INCIDENT_ENDS,
  LEAD_LOST_REASONS,
  NATS_ERROR_KINDS,
  PUBLISH_ERROR_REASONS,
  SKIPPED_LINE_REASONS,
  STORES,
  WATCH_END_CAUSES,
  WATCHED_RESOURCES,
} from "./label_values.ts";

/** Buckets in seconds for delivery: from a loopback round trip to a bus that was away for a minute. */
const DELIVERY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const DURATION_BUCKETS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

const BUILD = anyOf("says what runs", 1);
const TOOL = anyOf("a tool that the policy knows; `other` stands for every other word", 200);
const COLLECTOR = among(COLLECTOR_NAMES);
const KIND = among(MESSAGE_KINDS);

/**
 * Every Prometheus series that the agent has. All carry `cluster_id` as a default label once `setClusterId` was called.
 * Names follow https://prometheus.io/docs/practices/naming/: base units, `_total` on counters.
 */
export function createTelemetry() {
  const registry = new Registry();
  const declarer = declareSeries(registry);
  const series = {
    ...processSeries(declarer),
    ...watchSeries(declarer),
    ...deliverySeries(declarer),
    ...identitySeries(declarer),
    ...leadSeries(declarer),
    ...collectorSeries(declarer),
    ...objectSeries(declarer),
    ...commandSeries(declarer),
    ...incidentSeries(declarer),
    ...evidenceSeries(declarer),
  };
  // Under the names that every Prometheus client gives them.
  declarer.readGauge(
    "process_resident_memory_bytes",
    "Resident memory size in bytes.",
    () => process.memoryUsage().rss,
  );
  declarer.readCounter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  return {
    ...series,
    declarations: declarer.declarations,
    /** The text exposition of everything, and its content type. */
    expose: async (): Promise<{ body: string; contentType: string }> => ({
      body: await registry.metrics(),
      contentType: registry.contentType,
    }),
    setClusterId: (clusterId: string): void => registry.setDefaultLabels({ cluster_id: clusterId }),
  };
}

export type Telemetry = ReturnType<typeof createTelemetry>;

/** The process and its services. */
function processSeries({ gauge, gaugeBy, counter, counterBy }: SeriesDeclarer) {
  return {
    running: gauge("agent_running", "1 while the agent's services run."),
    connected: gauge("agent_connected", "1 while the NATS connection is up."),
    uptimeSeconds: gauge("agent_uptime_seconds", "Seconds since the process started."),
    eventQueueSize: gauge("agent_event_queue_size", "Events that wait for the bus to confirm them."),
    metricsQueueSize: gauge("agent_metrics_queue_size", "Metrics reports that wait for the bus to confirm them."),
    commandQueueSize: gauge("agent_command_queue_size", "Commands that wait for a free runner."),
    resultQueueSize: gauge("agent_result_queue_size", "Command results that wait for the bus to confirm them."),
    storeBytes: gaugeBy("agent_store_bytes", "Bytes that a store holds.", { store: oneOf(STORES) }),
    memoryLimitBytes: gauge("agent_memory_limit_bytes", "What all stores in memory may hold together."),
    buildInfo: gaugeBy("agent_build_info", "Always 1; the labels say what runs.", {
      version: BUILD,
      commit: BUILD,
      runtime: BUILD,
    }),
    heapTrims: counter("agent_heap_trims_total", "Times that the heap was collected to give memory back."),
    serviceRestarts: counterBy("agent_service_restarts_total", "Restarts of services that failed.", {
      service: anyOf("a service of the agent, as `/health/status` names it", 50),
    }),
  };
}

/** The watches. */
function watchSeries({ gaugeBy, counterBy }: SeriesDeclarer) {
  return {
    watchRestarts: counterBy("agent_watch_restarts_total", "Watches that ended, by cause.", {
      resource: among(WATCHED_RESOURCES),
      cause: oneOf(WATCH_END_CAUSES),
    }),
    watchProgressSeconds: gaugeBy(
      "agent_watch_last_progress_timestamp_seconds",
      "Unix time of the watch's last event or bookmark.",
      { resource: anyOf("the path of the collection; one a namespace with `WATCH_NAMESPACES`", 1_000) },
    ),
    watchLinesSkipped: counterBy("agent_watch_lines_skipped_total", "Watch lines that could not be used.", {
      reason: oneOf(SKIPPED_LINE_REASONS),
    }),
  };
}

/** Events and what else goes to the bus. */
function deliverySeries({ counter, counterBy, histogramBy }: SeriesDeclarer) {
  return {
    eventsSeen: counterBy("agent_events_seen_total", "Kubernetes events received from the API server.", {
      type: oneOf(EVENT_ARRIVALS),
    }),
    eventsReported: counterBy("agent_events_reported_total", "Events put into the outbox.", {
      severity: among(SEVERITIES),
      category: anyOf("a rule of the configuration may have a category of its own", 64, CATEGORIES),
    }),
    eventsIgnored: counterBy("agent_events_ignored_total", "Events not reported, by reason.", {
      reason: oneOf(IGNORE_REASONS),
    }),
    messagesDropped: counterBy("agent_messages_dropped_total", "Messages lost on purpose, by reason.", {
      kind: among(DROPPED_KINDS),
      reason: oneOf(DROP_REASONS),
    }),
    messagesHandedOver: counterBy(
      "agent_messages_handed_over_total",
      "Messages handed over to the next leader, which reads their events again: no loss.",
      { kind: KIND },
    ),
    messagesPublished: counterBy("agent_messages_published_total", "Messages that the bus confirmed.", { kind: KIND }),
    publishErrors: counterBy("agent_publish_errors_total", "Publish attempts that failed and are retried.", {
      reason: oneOf(PUBLISH_ERROR_REASONS),
    }),
    publishSeconds: histogramBy(
      "agent_publish_duration_seconds",
      "From a message's arrival in the outbox to the bus's confirmation.",
      { kind: KIND },
      DELIVERY_BUCKETS,
    ),
    gapsReported: counterBy(
      "agent_gaps_reported_total",
      "agent_gap events: times when loss could not be excluded.",
      { reason: oneOf(GAP_REASONS) },
    ),
    natsReconnects: counter("agent_nats_reconnects_total", "NATS connections made after the first."),
    natsErrors: counterBy("agent_nats_errors_total", "Errors that the NATS connection reported.", {
      kind: oneOf(NATS_ERROR_KINDS),
    }),
  };
}

/** The cluster's id. */
function identitySeries({ counter, counterBy }: SeriesDeclarer) {
  return {
    identityChanges: counter(
      "agent_cluster_identity_changes_total",
      "Starts on which the cluster's id was not the one used before.",
    ),
    identityClashes: counterBy(
      "agent_cluster_identity_clashes_total",
      "Other clusters or agents heard on the bus under this cluster's id.",
      { kind: oneOf(IDENTITY_CLASHES) },
    ),
  };
}

/** Who of the replicas leads. */
function leadSeries({ gauge, counter, counterBy, histogramBy }: SeriesDeclarer) {
  return {
    leading: gauge("agent_leading", "1 while this process leads; always 1 without `replicas.enabled`."),
    leadTransitions: counter("agent_lead_transitions_total", "Times that this replica became the leader."),
    leadLost: counterBy("agent_lead_lost_total", "Times that this replica stopped leading, by reason.", {
      reason: oneOf(LEAD_LOST_REASONS),
    }),
    leadRenewSeconds: histogramBy(
      "agent_lead_renew_seconds",
      "Time a renewal of the Lease took.",
      {},
      [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    ),
  };
}

/** The collectors of the cluster report. */
function collectorSeries({ gaugeBy, counterBy, histogramBy }: SeriesDeclarer) {
  return {
    collectorSeconds: histogramBy(
      "agent_collector_duration_seconds",
      "Time a collector took.",
      { collector: COLLECTOR },
      DURATION_BUCKETS,
    ),
    collectorSuccess: gaugeBy("agent_collector_success", "1 when the collector's last run succeeded.", {
      collector: COLLECTOR,
    }),
    collectorLastSuccess: gaugeBy(
      "agent_collector_last_success_timestamp_seconds",
      "Unix time of the collector's last success.",
      { collector: COLLECTOR },
    ),
    collectorApiBytes: counterBy(
      "agent_collector_api_received_bytes_total",
      "Bytes from the API server, as on the wire.",
      { collector: COLLECTOR },
    ),
    collectorApiRequests: counterBy("agent_collector_api_requests_total", "Requests to the API server.", {
      collector: COLLECTOR,
    }),
    collectorObjects: gaugeBy("agent_collector_objects", "Objects the collector's last run looked at.", {
      collector: COLLECTOR,
    }),
  };
}

/** Faults that the state of objects shows. */
function objectSeries({ gauge, counter, counterBy }: SeriesDeclarer) {
  return {
    objectSuspects: gauge("agent_objects_suspects", "Findings in objects that are followed: suspects and open faults."),
    objectFaults: counterBy("agent_objects_faults_total", "Faults of objects that were reported.", {
      rule: anyOf("the rules are in docs/object-rules.md", 100),
    }),
    objectSuspectsDropped: counter(
      "agent_objects_suspects_dropped_total",
      "Findings that were not followed, because 4,096 were.",
    ),
    objectApiBytes: counter(
      "agent_objects_api_received_bytes_total",
      "Bytes from the API server for rules about objects, as on the wire; pods and nodes are the collectors'.",
    ),
    objectApiRequests: counter(
      "agent_objects_api_requests_total",
      "Requests to the API server for rules about objects; pods and nodes are the collectors'.",
    ),
  };
}

/** Incidents. */
function incidentSeries({ gauge, counter, counterBy }: SeriesDeclarer) {
  return {
    incidentsOpen: gauge("agent_incidents_open", "Incidents that are open."),
    incidentsOpened: counterBy("agent_incidents_opened_total", "Incidents that opened, by family.", {
      family: anyOf("a category that belongs to no family is one of its own", 64, FAMILY_NAMES),
    }),
    incidentsEnded: counterBy("agent_incidents_ended_total", "Incidents that are no longer open, by how they ended.", {
      by: oneOf(INCIDENT_ENDS),
    }),
    incidentCauses: counterBy("agent_incident_causes_total", "Incidents that opened with a cause, by its kind.", {
      kind: anyOf("the kinds of causes", 20),
    }),
    incidentStorms: counter(
      "agent_incident_storms_total",
      "Windows of 30 s with more reports than `incidents.storm_reports`.",
    ),
  };
}

/** Evidence of incidents. */
function evidenceSeries({ counter, counterBy, histogramBy }: SeriesDeclarer) {
  return {
    evidence: counterBy("agent_evidence_total", "Requests for evidence of an incident, by outcome.", {
      outcome: oneOf(EVIDENCE_OUTCOMES),
    }),
    evidenceSeconds: histogramBy(
      "agent_evidence_seconds",
      "From a bundle's first request to the API server to its message.",
      {},
      DURATION_BUCKETS,
    ),
    evidenceApiRequests: counter("agent_evidence_api_requests_total", "Requests to the API server for evidence."),
    evidenceApiBytes: counter(
      "agent_evidence_api_bytes_total",
      "Bytes from the API server for evidence, as on the wire.",
    ),
    evidenceOmitted: counterBy("agent_evidence_omitted_total", "Parts that are missing in a bundle, by reason.", {
      reason: oneOf(EVIDENCE_OMISSIONS),
    }),
  };
}

/** Commands. */
function commandSeries({ counter, gauge, counterBy, histogramBy }: SeriesDeclarer) {
  return {
    commands: counterBy("agent_commands_total", "Commands by tool and verdict.", {
      tool: TOOL,
      verdict: oneOf(COMMAND_VERDICTS),
    }),
    commandRefusals: counterBy("agent_command_refusals_total", "Refused commands by layer and code.", {
      layer: among(LAYERS),
      code: among(REFUSAL_CODES),
    }),
    commandSeconds: histogramBy(
      "agent_command_duration_seconds",
      "Run time of commands.",
      { tool: TOOL },
      DURATION_BUCKETS,
    ),
    commandAnswersDropped: counter(
      "agent_command_answers_dropped_total",
      "Answers that can't be repeated any more, since the memory for them was full.",
    ),
    commandsRunning: gauge("agent_commands_running", "Commands that run now."),
    commandRedactions: counterBy("agent_command_redactions_total", "Secrets cut out of command output, by rule.", {
      rule: among([...REDACTION_RULES, "control"]),
    }),
  };
}
