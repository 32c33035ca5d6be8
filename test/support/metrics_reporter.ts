import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { systemClock } from "../../src/lifecycle/clock.ts";
import type { CollectorsOptions } from "../../src/report/create_collectors.ts";
import { joinReport } from "../../src/report/split_report.ts";
import { type MetricsReport, metricsReportSchema } from "../../src/wire/metrics_report.ts";
import { startChild } from "../../sandbox/child_process.ts";
import { collectNats } from "./collect_nats.ts";
import type { ControlPlane } from "./control_plane.ts";
import { openTestClient } from "./kube_client.ts";
import { startNatsServer } from "../../sandbox/nats_server.ts";
import { PROGRAM } from "./program_under_test.ts";
import { runReportService } from "./run_report_service.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";

/** Something that reports a cluster's metrics, under the service account `agent` of a namespace. */
export interface MetricsReporter extends AsyncDisposable {
  /** The last report that is whole. */
  latest(): MetricsReport | undefined;
}

/** Runs the metrics service in this process, a report a second. */
export async function startMetricsReporter(
  plane: ControlPlane,
  namespace: string,
  options: Partial<CollectorsOptions> = {},
): Promise<MetricsReporter> {
  const env = await plane.enterPod(namespace, "agent");
  const client = await openTestClient({
    port: Number(env.KUBERNETES_SERVICE_PORT),
    serviceAccountDir: env.AGENT_SERVICE_ACCOUNT_DIR ?? assert.fail("no service account folder"),
  });
  const { outbox, [Symbol.asyncDispose]: dispose } = runReportService({
    client,
    clock: systemClock,
    intervalMs: 1_000,
    deadlineMs: 1_000,
    collectors: options,
  });
  let latest: MetricsReport | undefined;
  return {
    latest() {
      for (const entry of outbox.take("metrics", 100)) {
        latest = metricsReportSchema.parse(JSON.parse(new TextDecoder().decode(entry.message.body)));
        outbox.settle("metrics", [entry], { kind: "delivered" });
      }
      return latest;
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/** Runs the program itself (`AGENT_BINARY`, or the sources) with a nats-server: a report every 30 s, the least it takes. */
export async function startProgramReporter(plane: ControlPlane, namespace: string): Promise<MetricsReporter> {
  const stack = new AsyncDisposableStack();
  try {
    const folder = stack.use(await createTempDir("metrics"));
    const nats = stack.use(await startNatsServer());
    const collector = stack.use(await collectNats(nats.url, ["agent.metrics.test"]));
    const config = folder.file("config.yaml");
    await writeFile(
      config,
      JSON.stringify({ central_endpoint: nats.url, cluster_id: "test", metrics_interval: "30s" }),
    );
    stack.use(
      await startChild({
        command: PROGRAM.command,
        args: [...PROGRAM.args, "run", "--config", config, "--health-port", "0"],
        env: await plane.enterPod(namespace, "agent"),
        logFile: folder.file("agent.log"),
      }),
    );
    return {
      latest: () => joinLatest(collector.messages),
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** Puts the parts of the last report together of which all have come. */
function joinLatest(messages: readonly Parameters<typeof readPart>[0][]): MetricsReport | undefined {
  const parts = new Map<string, MetricsReport[]>();
  let latest: MetricsReport | undefined;
  for (const message of messages) {
    const { report, count } = readPart(message);
    const known = [...parts.get(report.timestamp) ?? [], report];
    parts.set(report.timestamp, known);
    if (known.length === count) latest = metricsReportSchema.parse(joinReport(known));
  }
  return latest;
}

function readPart({ json, headers }: { readonly json: unknown; readonly headers: Readonly<Record<string, string>> }) {
  const [, count = "1"] = (headers["Agent-Part"] ?? "1/1").split("/");
  return { report: metricsReportSchema.parse(json), count: Number(count) };
}
