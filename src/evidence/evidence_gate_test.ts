import assert from "node:assert/strict";
import type { Cause, EvidenceOccasion } from "../incidents/fault.ts";
import type { Severity } from "../wire/severity.ts";
import { createEvidenceGate } from "./evidence_gate.ts";
import { createEvidenceQueue } from "./evidence_queue.ts";
import { evidenceRequest } from "../../test/support/evidence_rig.ts";

const SHARED: Cause = { kind: "shared", object: "registry/r.example", atMs: 0, confidence: "medium", reason: "" };

function open(storm = false, hasRoom = true) {
  let time = 0;
  const gate = createEvidenceGate({
    minSeverity: "medium",
    excludedNamespaces: new Set(["quiet"]),
    isStorm: () => storm,
    hasRoom: () => hasRoom,
    now: () => time,
  });
  const ask = (
    key: string,
    occasion: EvidenceOccasion = "new",
    more: { severity?: Severity; namespace?: string; causes?: Cause[] } = {},
  ) => gate.refuse(evidenceRequest({ key, occasion, ...more }));
  return { gate, ask, pass: (ms: number) => void (time += ms) };
}

Deno.test("evidence gate: nothing for what is low or excluded", () => {
  const { ask } = open();
  assert.equal(ask("a", "new", { severity: "low" }), "low_severity");
  assert.equal(ask("a", "new", { namespace: "quiet" }), "excluded");
  assert.equal(ask("a"), null);
});

Deno.test("evidence gate: one bundle an incident in thirty minutes, and a few more when it gets worse", () => {
  const { ask, pass } = open();
  assert.equal(ask("a"), null);
  assert.equal(ask("a"), "repeated");
  assert.equal(ask("b"), null);
  assert.equal(ask("a", "severity"), null);
  assert.equal(ask("a", "container"), null);
  assert.equal(ask("a", "node"), null);
  assert.equal(ask("a", "node"), "repeated");
  pass(30 * 60_000);
  assert.equal(ask("a"), null);
});

Deno.test("evidence gate: in a storm of one cause, its first three objects alone", () => {
  const { ask } = open(true);
  const causes = [SHARED];
  assert.deepEqual(["a", "b", "c", "d"].map((key) => ask(key, "new", { causes })), [null, null, null, "storm"]);
  assert.equal(ask("e"), null, "another cause");
});

Deno.test("evidence gate: a bundle that came to nothing may be asked for again", () => {
  const { gate, ask } = open();
  assert.equal(ask("a"), null);
  gate.lost(evidenceRequest({ key: "a" }));
  assert.equal(ask("a"), null);
});

Deno.test("evidence gate: where nothing more may wait, an incident may ask again", () => {
  const { ask } = open(false, false);
  assert.deepEqual([ask("a"), ask("a")], ["queue_full", "queue_full"]);
});

Deno.test("evidence queue: the most severe first, the least severe out", () => {
  const queue = createEvidenceQueue(3);
  const put = (key: string, severity: Severity, dueAtMs = 0) =>
    queue.put({ request: evidenceRequest({ key, severity }), dueAtMs, askedAtMs: dueAtMs })?.request.stamp.incident
      .key ?? null;
  assert.deepEqual([put("a", "medium"), put("b", "high"), put("c", "high", 5)], [null, null, null]);
  assert.deepEqual([queue.hasRoom("high"), queue.hasRoom("medium"), queue.hasRoom("low")], [true, false, false]);
  assert.equal(put("d", "critical"), "a");
  assert.deepEqual([queue.hasRoom("critical"), queue.hasRoom("high")], [true, false]);
  const take = () => {
    const first = queue.first(1);
    if (first !== null) queue.remove(first);
    return first?.request.stamp.incident.key ?? null;
  };
  assert.deepEqual([take(), take(), take(), queue.nextDueMs()], ["d", "b", null, 5]);
  assert.deepEqual([queue.has("c"), queue.has("d"), queue.size()], [true, false, 1]);
  assert.deepEqual(queue.takeOlder(6).map(({ request }) => request.stamp.incident.key), ["c"]);
});
