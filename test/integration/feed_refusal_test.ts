import assert from "node:assert/strict";
import { eventually } from "../../sandbox/eventually.ts";
import { startSandboxApi } from "../../sandbox/api/sandbox_api.ts";
import { createFeed } from "../../src/inventory/feed.ts";
import { POD_FIELDS } from "../../src/inventory/pod_record.ts";
import { createPodRoster } from "../../src/inventory/pod_roster.ts";
import { type Clock, systemClock } from "../../src/lifecycle/clock.ts";
import { configureLogging } from "../../src/lifecycle/logging.ts";
import { createTelemetry } from "../../src/telemetry/telemetry.ts";
import { openTestClient } from "../support/kube_client.ts";

/** A thousand times the usual pace: half a minute between tries is 30 ms. */
const hurriedClock: Clock = {
  ...systemClock,
  sleep: (delayMs, signal) => systemClock.sleep(delayMs / 1_000, signal),
};

Deno.test("feed: a right that is missing is said once, however often the API server refuses", async () => {
  await using api = await startSandboxApi();
  api.faults.plan("list", "pods", { kind: "status", status: 403, reason: "Forbidden" }, 1_000);
  const lines: string[] = [];
  await configureLogging({ level: "info", format: "text", write: (line) => lines.push(line), clusterId: () => "" });
  const telemetry = createTelemetry();
  let tries = 0;
  const feed = createFeed({
    client: await openTestClient(api),
    clock: hurriedClock,
    telemetry,
    resource: "pods",
    path: "/api/v1/pods",
    fields: POD_FIELDS,
    pageLimit: 100,
    createStore: () => createPodRoster(),
    observers: [{ fields: {}, change() {}, listStarted: () => tries++ }],
    onTraffic() {},
  });
  const stop = new AbortController();
  const running = feed.run(stop.signal);
  try {
    await eventually("five tries", () => tries > 5 || undefined);
    assert.match(feed.refusal() ?? "", /403 Forbidden; grant "list pods"/);
    assert.equal(lines.filter((line) => line.includes("A watch of the inventory was interrupted")).length, 1);
    api.faults.clear();
    await eventually("the list", () => feed.latest() ?? undefined);
    await eventually("the end of the refusal", () => feed.refusal() === null || undefined);
  } finally {
    stop.abort();
    await running;
    await configureLogging({ level: "fatal", format: "text", write() {}, clusterId: () => "" });
  }
});
