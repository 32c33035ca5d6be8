import process from "node:process";
import { Counter, Gauge, Histogram, Registry } from "@prometheus-io/client";
import { createTally } from "./tally.ts";

/** Buckets in seconds for delivery: from a loopback round trip to a bus that was away for a minute. */
const DELIVERY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const DURATION_BUCKETS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/**
 * Every Prometheus metric that the agent has. All carry `cluster_id` as a default label once `setClusterId` was called.
 * Names follow https://prometheus.io/docs/practices/naming/: base units, `_total` on counters.
 */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const gauge = <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Gauge<L>({ name, help, labelNames: [...labelNames], registers });
  const counter = <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter<L>({ name, help, labelNames: [...labelNames], registers });
  const tally = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    createTally<L>({ name, help, labelNames, registers });
  const histogram = <L extends string = never>(
    name: string,
    help: string,
    labelNames: readonly L[],
    buckets: number[],
  ) => new Histogram<L>({ name, help, labelNames: [...labelNames], buckets, registers });

  return {
    /** The text exposition of everything, and its content type. */
    expose: async (): Promise<{ body: string; contentType: string }> => ({
      body: await registry.metrics(),
      contentType: registry.contentType,
    }),
    setClusterId: (clusterId: string): void => registry.setDefaultLabels({ cluster_id: clusterId }),

    running: gauge("agent_running", "1 while the agent's services run."),
    connected: gauge("agent_connected", "1 while the NATS connection is up."),
    uptimeSeconds: gauge("agent_uptime_seconds", "Seconds since the process started."),
    eventQueueSize: gauge("agent_event_queue_size", "Events that wait for the bus to confirm them."),
    metricsQueueSize: gauge("agent_metrics_queue_size", "Metrics reports that wait for the bus to confirm them."),
    commandQueueSize: gauge("agent_command_queue_size", "Commands that wait for a free runner."),
    resultQueueSize: gauge("agent_result_queue_size", "Command results that wait for the bus to confirm them."),
    buildInfo: gauge("agent_build_info", "Always 1; the labels say what runs.", ["version", "commit", "runtime"]),

    eventsSeen: tally("agent_events_seen_total", "Kubernetes events received from the API server.", ["type"]),
    eventsReported: tally("agent_events_reported_total", "Events put into the outbox.", ["severity", "category"]),
    eventsIgnored: tally("agent_events_ignored_total", "Events not reported, by reason.", ["reason"]),
    messagesDropped: counter("agent_messages_dropped_total", "Messages lost on purpose, by reason.", [
      "kind",
      "reason",
    ]),
    messagesPublished: tally("agent_messages_published_total", "Messages that the bus confirmed.", ["kind"]),
    publishErrors: counter("agent_publish_errors_total", "Publish attempts that failed and are tried again.", [
      "reason",
    ]),
    publishSeconds: histogram(
      "agent_publish_duration_seconds",
      "From a message's arrival in the outbox to the bus's confirmation.",
      ["kind"],
      DELIVERY_BUCKETS,
    ),
    gapsReported: counter("agent_gaps_reported_total", "agent_gap events: times when loss could not be excluded.", [
      "reason",
    ]),

    identityChanges: counter(
      "agent_cluster_identity_changes_total",
      "Starts on which the cluster's id was not the one used before.",
    ),
    identityClashes: counter(
      "agent_cluster_identity_clashes_total",
      "Other clusters or agents heard on the bus under this cluster's id.",
      ["kind"],
    ),

    watchRestarts: counter("agent_watch_restarts_total", "Watches that ended, by cause.", ["resource", "cause"]),
    watchProgressSeconds: gauge(
      "agent_watch_last_progress_timestamp_seconds",
      "Unix time of the watch's last event or bookmark.",
      ["resource"],
    ),
    watchLinesSkipped: counter("agent_watch_lines_skipped_total", "Watch lines that could not be used.", ["reason"]),
    natsReconnects: counter("agent_nats_reconnects_total", "NATS connections made after the first."),
    natsErrors: counter("agent_nats_errors_total", "Errors that the NATS connection reported.", ["kind"]),
    heapTrims: counter("agent_heap_trims_total", "Times that the heap was collected to give memory back."),
    serviceRestarts: counter("agent_service_restarts_total", "Services that failed and were started again.", [
      "service",
    ]),

    collectorSeconds: histogram("agent_collector_duration_seconds", "Time a collector took.", [
      "collector",
    ], DURATION_BUCKETS),
    collectorSuccess: gauge("agent_collector_success", "1 when the collector's last run succeeded.", ["collector"]),
    collectorLastSuccess: gauge(
      "agent_collector_last_success_timestamp_seconds",
      "Unix time of the collector's last success.",
      ["collector"],
    ),
    collectorApiBytes: counter(
      "agent_collector_api_received_bytes_total",
      "Bytes from the API server, as on the wire.",
      [
        "collector",
      ],
    ),
    collectorApiRequests: counter("agent_collector_api_requests_total", "Requests to the API server.", ["collector"]),
    collectorObjects: gauge("agent_collector_objects", "Objects the collector's last run looked at.", ["collector"]),

    commands: counter("agent_commands_total", "Commands by tool and verdict.", ["tool", "verdict"]),
    commandRefusals: counter("agent_command_refusals_total", "Refused commands by layer and code.", ["layer", "code"]),
    commandSeconds: histogram("agent_command_duration_seconds", "Run time of commands.", ["tool"], DURATION_BUCKETS),
    commandsRunning: gauge("agent_commands_running", "Commands that run now."),
    commandRedactions: counter("agent_command_redactions_total", "Secrets cut out of command output, by rule.", [
      "rule",
    ]),
    // Under the names that every Prometheus client gives them; read when they are asked for.
    residentMemoryBytes: new Gauge({
      name: "process_resident_memory_bytes",
      help: "Resident memory size in bytes.",
      registers,
      collect() {
        this.set(process.memoryUsage().rss);
      },
    }),
    cpuSeconds: new Counter({
      name: "process_cpu_seconds_total",
      help: "Total user and system CPU time spent in seconds.",
      registers,
      collect() {
        const { user, system } = process.cpuUsage();
        this.reset();
        this.inc((user + system) / 1e6);
      },
    }),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
