import assert from "node:assert/strict";
import type { Event } from "../../src/wire/event.ts";
import type { Update } from "../../src/wire/update.ts";
import { describeExpected, type Expected, judgeStory } from "./expectation.ts";

const NODE = "Node/node-2";
const report = (given: Partial<Event> = {}): Event => ({
  id: "report-1",
  cluster_id: "demo",
  type: "k8s_event",
  source: "kubernetes",
  namespace: "shop",
  severity: "high",
  reason: "NodeNotReady",
  message: "Node is not ready",
  timestamp: "2026-11-30T10:00:00Z",
  reported_at: "2026-11-30T10:00:00Z",
  labels: { kind: "Pod", name: "web-1", owner_name: "web" },
  raw_data: { count: 1 },
  caused_by: [{ kind: "node", object: NODE, at: "2026-11-30T10:00:00Z", confidence: "high", reason: "it is lost" }],
  ...given,
});
const evidence = (event_id: string): Update => ({
  id: "evidence-1",
  cluster_id: "demo",
  timestamp: "2026-11-30T10:00:01Z",
  kind: "evidence",
  incident_id: "1",
  event_id,
  evidence: { log: { lines: "cache full" } },
  omitted: [],
  cost: { requests: 1, bytes: 1, duration: 1 },
  truncated: false,
});
const EXPECTED: readonly Expected[] = [
  { kind: "report", reason: "NodeNotReady", name: "web-1", severity: "high", cause: NODE },
  { kind: "evidence", owner: "web", holds: ["cache full"] },
];

Deno.test("demo: a story of which all was told lacks nothing and has nothing over", () => {
  assert.deepEqual(judgeStory(EXPECTED, [report(), evidence("report-1")]), { missing: [], extra: [] });
});

Deno.test("demo: a report with another severity, count, reason, object or cause is not the one that was expected", () => {
  const [expected] = EXPECTED;
  const others: readonly Partial<Event>[] = [
    { severity: "medium" },
    { raw_data: { count: 2 } },
    { reason: "Failed" },
    { labels: { name: "web-2" } },
    { caused_by: [] },
    { caused_by: [{ kind: "node", object: NODE, at: "", confidence: "medium", reason: "" }] },
  ];
  for (const other of others) {
    const told = report(other);
    const { missing, extra } = judgeStory(EXPECTED.slice(0, 1), [told]);
    assert.deepEqual([missing, extra], [[expected], [told]], JSON.stringify(other));
  }
});

Deno.test("demo: evidence of another report, or without what it must hold, is missed; so is an end", () => {
  const [, expected] = EXPECTED;
  assert.deepEqual(judgeStory(EXPECTED, [report(), evidence("report-2")]).missing, [expected]);
  const log: Expected = { kind: "evidence", owner: "web", holds: ["cache full", "disk full"] };
  const end: Expected = { kind: "resolved", object: NODE };
  assert.deepEqual(judgeStory([log, end], [report(), evidence("report-1")]).missing, [log, end]);
  assert.deepEqual([log, end].map(describeExpected), [
    "evidence of web with cache full, disk full",
    "the end of the incident of Node/node-2",
  ]);
});
