import type { Event } from "../../src/wire/event.ts";

/** A report as an agent of the cluster `prod-eu-1` publishes it; its message names the id. */
export function sampleReport(id: string): Event {
  return {
    id,
    cluster_id: "prod-eu-1",
    type: "k8s_event",
    source: "kubernetes",
    namespace: "shop",
    severity: "high",
    reason: "Failed",
    message: `message ${id}`,
    timestamp: new Date().toISOString(),
    reported_at: new Date().toISOString(),
    labels: { kind: "Pod", name: "web-1" },
    raw_data: {},
  };
}
