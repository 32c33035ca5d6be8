import type { Clock } from "../../src/lifecycle/clock.ts";
import type { KubeClient } from "../../src/kube/kube_client.ts";
import { createAllowlist } from "../../src/inventory/allowlist.ts";
import { createInventory } from "../../src/inventory/inventory.ts";
import {
  accountTraffic,
  collectorOf,
  type CollectorsOptions,
  createCollectors,
} from "../../src/report/create_collectors.ts";
import { createReportService } from "../../src/report/report_service.ts";
import { createMemoryOutbox, type MemoryOutbox } from "../../src/outbox/memory_outbox.ts";
import { createTelemetry, type Telemetry } from "../../src/telemetry/telemetry.ts";

export interface RunMetricsOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly deadlineMs: number;
  readonly maxPayload?: number;
  readonly collectors?: Partial<CollectorsOptions>;
}

export interface RunningMetrics extends AsyncDisposable {
  readonly outbox: MemoryOutbox;
  readonly telemetry: Telemetry;
}

/** Runs the inventory and the report service with every collector until it is disposed of; its reports wait in `outbox`. */
export function runReportService(options: RunMetricsOptions): RunningMetrics {
  const { client, clock } = options;
  const telemetry = createTelemetry();
  const outbox = createMemoryOutbox({
    clock,
    limit: 1_000,
    maxBytes: 2 ** 30,
    draining: () => true,
    onSettled: () => {},
  });
  const settings = {
    collectors: ["cluster", "nodes", "pods", "namespaces"] as const,
    namespaces: [],
    labels: ["*"],
    annotations: [],
    countSecrets: false,
    onListOnly: undefined,
    ...options.collectors,
  };
  const inventory = createInventory({
    client,
    clock,
    telemetry,
    namespaces: settings.namespaces,
    allow: { labels: createAllowlist(settings.labels), annotations: createAllowlist(settings.annotations) },
    feeds: new Set(["pods", "nodes", "services"]),
    onListOnly: settings.onListOnly,
    onTraffic: (feed, traffic) => accountTraffic(telemetry, collectorOf(feed))(traffic),
    startWithinMs: options.intervalMs / 12,
  });
  const { pods, nodes, services } = inventory;
  const service = createReportService({
    collectors: createCollectors({ client, clock, telemetry, pods, nodes, services, ...settings }),
    outbox,
    telemetry,
    clock,
    clusterId: "test",
    subject: "agent.metrics.test",
    intervalMs: options.intervalMs,
    deadlineMs: options.deadlineMs,
    maxPayload: () => options.maxPayload ?? 1_048_576,
  });
  const stop = new AbortController();
  const running = Promise.all([inventory.service.run(stop.signal), service.run(stop.signal)]);
  return {
    outbox,
    telemetry,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
      client.close();
    },
  };
}
