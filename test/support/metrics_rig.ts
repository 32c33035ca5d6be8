import { type Clock, systemClock } from "../../src/lifecycle/clock.ts";
import { compact } from "../../src/lifecycle/compact.ts";
import type { CollectorsOptions } from "../../src/report/create_collectors.ts";
import type { OutboundMessage } from "../../src/outbox/outbound_message.ts";
import type { Telemetry } from "../../src/telemetry/telemetry.ts";
import { type MetricsReport, metricsReportSchema } from "../../src/wire/metrics_report.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { openTestClient } from "./kube_client.ts";
import { runReportService } from "./run_report_service.ts";
import { type SandboxApi, startSandboxApi } from "../../sandbox/api/sandbox_api.ts";

/** A hundred times the usual pace: an interval of a minute is a test of 600 ms. */
const hurriedClock: Clock = {
  now: systemClock.now,
  monotonic: () => systemClock.monotonic() * 100,
  sleep: (delayMs, signal) => systemClock.sleep(delayMs / 100, signal),
};

/**
 * How long a collector may take, by the hurried clock, and a request, in real time. Long, so that a busy machine fails
 * nothing; short where something never answers, and all that the test does is wait for that.
 */
const PATIENCE = { usual: { deadlineMs: 60_000, timeoutMs: 10_000 }, hanging: { deadlineMs: 20_000, timeoutMs: 500 } };
const REPORT_LIMIT_MS = 30_000;

/** The metrics service beside a sandbox API server with 3 nodes, 250 pods and one object of each other kind. */
export interface MetricsRig extends AsyncDisposable {
  readonly api: SandboxApi;
  readonly telemetry: Telemetry;
  readonly messages: readonly OutboundMessage[];
  readonly reports: readonly MetricsReport[];
  /** The first report that `accept` takes, waited for; later than the one that was taken before. */
  report(what: string, accept: (report: MetricsReport) => boolean): Promise<MetricsReport>;
}

export interface MetricsRigOptions {
  readonly prepare?: (api: SandboxApi) => void;
  readonly collectors?: Partial<CollectorsOptions>;
  readonly maxPayload?: number;
  /** Something never answers. */
  readonly hanging?: boolean;
}

/** Starts it; `prepare` sees the API server before the service does. */
export async function startMetricsRig(
  { prepare = () => {}, collectors = {}, maxPayload, hanging = false }: MetricsRigOptions = {},
): Promise<MetricsRig> {
  const api = await startSandboxApi();
  populate(api);
  prepare(api);
  const { deadlineMs, timeoutMs } = hanging ? PATIENCE.hanging : PATIENCE.usual;
  const client = await openTestClient(api, { timeoutMs });
  const { outbox, telemetry, [Symbol.asyncDispose]: dispose } = runReportService({
    client,
    clock: hurriedClock,
    intervalMs: 60_000,
    deadlineMs,
    ...compact({ maxPayload }),
    collectors,
  });
  const messages: OutboundMessage[] = [];
  const reports: MetricsReport[] = [];
  let next = 0;
  return {
    api,
    telemetry,
    messages,
    reports,
    report: (what, accept) =>
      eventually(what, () => {
        for (const entry of outbox.take("metrics", 1_000)) {
          messages.push(entry.message);
          reports.push(metricsReportSchema.parse(JSON.parse(new TextDecoder().decode(entry.message.body))));
          outbox.settle("metrics", [entry], { kind: "delivered" });
        }
        const found = reports.findIndex((report, index) => index >= next && accept(report));
        if (found < 0) return undefined;
        next = found + 1;
        return reports[found];
      }, REPORT_LIMIT_MS),
    async [Symbol.asyncDispose]() {
      await dispose();
      await api[Symbol.asyncDispose]();
    },
  };
}

/** Everything that a report of this cluster can have. */
export const isWhole = ({ data, errors }: MetricsReport) =>
  errors === undefined && Object.keys(data).length === 5 && data.pods?.total !== undefined;

function populate({ store }: SandboxApi): void {
  for (let index = 0; index < 3; index++) putNode(store, `node-${index}`);
  for (let index = 0; index < 250; index++) putPod(store, `web-${String(index).padStart(3, "0")}`);
  store.put("services", { metadata: { name: "web", namespace: "default" } });
  store.put("configmaps", { metadata: { name: "settings", namespace: "default" }, data: { key: "value" } });
  store.put("secrets", { metadata: { name: "token", namespace: "default" } });
}

/** A ready node with a label and an annotation. */
export function putNode(store: SandboxApi["store"], name: string, spec: Record<string, unknown> = {}): void {
  store.put("nodes", {
    kind: "Node",
    metadata: { name, labels: { zone: "a" }, annotations: { note: "x" } },
    spec,
    status: {
      conditions: [{ type: "Ready", status: "True", lastHeartbeatTime: new Date().toISOString() }],
      capacity: { cpu: "4", memory: "8Gi", pods: "110" },
      allocatable: { cpu: "3920m", memory: "7Gi", pods: "110" },
    },
  });
}

/** A pod with one container. */
export function putPod(
  store: SandboxApi["store"],
  name: string,
  phase = "Running",
  restarts = 0,
  namespace = "default",
) {
  store.put("pods", {
    kind: "Pod",
    metadata: { name, namespace },
    status: { phase, containerStatuses: [{ restartCount: restarts }] },
  });
}
