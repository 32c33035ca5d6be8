import assert from "node:assert/strict";
import { createRedactor } from "../redaction/redactor.ts";
import { eventSchema } from "../wire/event.ts";
import { createFaultRedaction, encodeFault, sightingOfFault } from "./encode_fault.ts";
import { OBJECT_RULES } from "./object_rules.ts";
import type { FaultReport } from "./tracked_object.ts";

const redact = createFaultRedaction(createRedactor({ names: [], patterns: [] }));
const NOON = Date.parse("2026-03-01T12:00:00Z");
const [OOM] = OBJECT_RULES;
assert.ok(OOM !== undefined);

const REPORT: FaultReport = {
  faultKey: "oom.container.killed|shop|Deployment/web|app",
  rule: OOM,
  severity: "high",
  container: "app",
  owner: { kind: "Deployment", name: "web" },
  object: { kind: "Pod", namespace: "shop", name: "web-6c9f7d5b8-2ptz5", uid: "u-1" },
  occurrence: "containerd://4f5c6d",
  reason: "OOMKilled",
  message:
    "Container app was killed because it ran out of memory (limit 64Mi, exit 137 SIGKILL): 2 of 10 pods of Deployment web",
  facts: { name: "app", exit_code: 137, signal: 9, reason: "OOMKilled", restarts: 3 },
  firstMs: NOON - 60_000,
  lastMs: NOON,
  count: 2,
  related: null,
  affected: { objects: 2, of: 10, names: ["web-6c9f7d5b8-2ptz5", "web-6c9f7d5b8-8xkwl"] },
};

Deno.test("fault report: has the form of an event that an older central can read", () => {
  const event = encodeFault("prod", REPORT, NOON + 400, redact);
  assert.deepEqual(eventSchema.parse(event), event);
  assert.deepEqual(event, {
    id: event.id,
    cluster_id: "prod",
    type: "k8s_state",
    source: "kubernetes",
    namespace: "shop",
    severity: "high",
    reason: "OOMKilled",
    message: REPORT.message,
    timestamp: "2026-03-01T12:00:00.000Z",
    reported_at: "2026-03-01T12:00:00.400Z",
    labels: {
      kind: "Pod",
      name: "web-6c9f7d5b8-2ptz5",
      uid: "u-1",
      event_type: "STATE",
      k8s_event_type: "Warning",
      reporting_component: "agent",
      category: "oom",
      rule: "oom.container.killed",
      owner_kind: "Deployment",
      owner_name: "web",
      container: "app",
    },
    raw_data: {
      count: 2,
      first_timestamp: "2026-03-01T11:59:00.000Z",
      last_timestamp: "2026-03-01T12:00:00.000Z",
      involved_object: { kind: "Pod", namespace: "shop", name: "web-6c9f7d5b8-2ptz5", uid: "u-1" },
      container: REPORT.facts,
      affected: REPORT.affected,
    },
    rule: "oom.container.killed",
    category: "oom",
    explanation: OOM.explanation,
  });
});

Deno.test("fault report: a second replica and a later process make the same id, another death another", () => {
  const idOf = (change: Partial<FaultReport>, clusterId = "prod", atMs = NOON) =>
    encodeFault(clusterId, { ...REPORT, ...change }, atMs, redact).id;
  const id = idOf({});
  assert.equal(idOf({ message: "other words", count: 7, lastMs: NOON + 1 }, "prod", NOON + 60_000), id);
  const others = [
    idOf({ occurrence: "containerd://other" }),
    idOf({ container: "sidecar" }),
    idOf({ object: { ...REPORT.object, uid: "u-2" } }),
    idOf({ rule: { ...OOM, id: "oom.container.child_killed" } }),
    idOf({}, "stage"),
  ];
  assert.equal(new Set([id, ...others]).size, 6);
});

Deno.test("fault report: what a condition quotes is redacted", () => {
  const message = "Pods can't be made: admission webhook said: password=hunter2-and-more";
  const event = encodeFault("prod", { ...REPORT, message }, NOON, redact);
  assert.doesNotMatch(JSON.stringify(event), /hunter2/);
  assert.match(event.message, /\[REDACTED:/);
  assert.doesNotMatch(sightingOfFault({ ...REPORT, message }, event).message, /hunter2/);
});
