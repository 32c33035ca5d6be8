import assert from "node:assert/strict";
import { classify } from "./classify.ts";
import { compileCatalogue } from "./compile_rules.ts";
import { faultKey } from "./fault_key.ts";
import { normalizeEvent } from "./normalize_event.ts";

const catalogue = compileCatalogue();

function keyOf(reason: string, message: string): string {
  const event = normalizeEvent({
    metadata: { uid: "u", resourceVersion: "1", name: "e", namespace: "default" },
    involvedObject: { apiVersion: "v1", kind: "Node", name: "node-1" },
    type: "Warning",
    reason,
    message,
    source: { component: "eks-node-monitoring-agent" },
  });
  assert.ok(event);
  const verdict = classify(catalogue, event, { unknownWarnings: "report" });
  assert.ok(verdict.kind === "fault");
  return faultKey(event, verdict);
}

Deno.test("fault key: findings under one reason are faults of their own, though one rule knows them", () => {
  const findings = [
    "RapidCron: a cron job runs more often than every five minutes",
    "LargeEnvironment: environment variables larger than 10000",
    "ConntrackExceededKernel: nf_conntrack: table full, dropping packet",
    "SoftLockup: watchdog: BUG: soft lockup - CPU#3 stuck for 26s",
    "KernelBug: kernel BUG at mm/slub.c:305",
  ];
  assert.equal(new Set(findings.map((finding) => keyOf("KernelReady", finding))).size, findings.length);
});

Deno.test("fault key: the same finding with other figures is a repeat", () => {
  const [first, second] = [3, 9].map((cpu) =>
    keyOf("KernelReady", `SoftLockup: watchdog: BUG: soft lockup - CPU#${cpu} stuck for ${cpu * 7}s`)
  );
  assert.equal(first, second);
});
