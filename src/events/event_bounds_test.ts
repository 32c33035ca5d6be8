import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { classify } from "./classify.ts";
import { compileCatalogue } from "./compile_rules.ts";
import { createDedupe } from "./dedupe.ts";
import { encodeEvent } from "./encode_event.ts";
import { captureCheckpoint, eventCheckpointSchema, mergeCheckpoints } from "./event_checkpoint.ts";
import type { SightingTag } from "./event_reporter.ts";
import { boundMessage, boundText, EVENT_TEXT_LIMITS, type EventText } from "./event_text_limits.ts";
import { faultKey } from "./fault_key.ts";
import { normalizeEvent } from "./normalize_event.ts";

const KEY_LIMIT_BYTES = 1_024;
const REPORT_LIMIT_BYTES = 100_000;
const CHECKPOINT_LIMIT_BYTES = 256 * 1024 + 1_024;
const TAG: SightingTag = {
  watchType: "ADDED",
  seenAtMs: 0,
  progress: { isCatchingUp: () => false },
  done: () => {},
};
const catalogue = compileCatalogue();
const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

/** A text of up to a megabyte, of characters that cost one byte up to six. */
const megabytes = fc.tuple(
  fc.constantFrom("F", "\u0000", '"', "é", "世", "😀", "\ud83d", "failed: ", "x-1 "),
  fc.constantFrom(0, 1, 63, 126, 253, 600, 12_287, 300_000, 1_000_000),
  fc.string({ maxLength: 5 }),
).map(([atom, times, salt]) => salt + atom.repeat(Math.ceil(times / atom.length)));

const hostileEvent = fc.record({
  metadata: fc.record({ uid: megabytes, resourceVersion: fc.nat().map(String), name: megabytes, namespace: megabytes }),
  involvedObject: fc.record({
    kind: fc.oneof(megabytes, fc.constantFrom("Pod", "Node")),
    namespace: megabytes,
    name: megabytes,
    uid: megabytes,
    apiVersion: megabytes,
    fieldPath: megabytes,
  }),
  reason: fc.oneof(megabytes, fc.constantFrom("Failed", "BackOff", "NodeNotReady")),
  type: fc.oneof(fc.constant("Warning"), megabytes),
  message: megabytes,
  action: megabytes,
  reportingComponent: megabytes,
  reportingInstance: megabytes,
  source: fc.record({ component: megabytes, host: megabytes }),
  lastTimestamp: megabytes,
});

/** The sighting of an Event, or `null` where it is none or no fault. */
function sightingOf(object: unknown) {
  const event = normalizeEvent(object);
  if (event === null) return null;
  const fault = classify(catalogue, event, { unknownWarnings: "report" });
  return fault.kind === "fault" ? { event, fault, key: faultKey(event, fault), tag: TAG } : null;
}

Deno.test("events of megabytes: the key is 1 kB and the report 100 kB at most, whatever the Event holds", () => {
  fc.assert(
    fc.property(hostileEvent, (object) => {
      const sighting = sightingOf(object);
      if (sighting === null) return;
      assert.ok(Buffer.byteLength(sighting.key) <= KEY_LIMIT_BYTES);
      const { event } = encodeEvent("prod", sighting.event, sighting.fault, "ADDED", 0);
      assert.ok(bytesOf(event) <= REPORT_LIMIT_BYTES, `${bytesOf(event)} bytes`);
    }),
    { numRuns: 60 },
  );
});

Deno.test("events of megabytes: the longest text of every field together is a report below 100 kB", () => {
  const worst = "\u0000".repeat(200_000);
  const involvedObject = {
    kind: worst,
    namespace: worst,
    name: worst,
    uid: worst,
    apiVersion: worst,
    fieldPath: worst,
  };
  const sighting = sightingOf({
    metadata: { uid: worst, resourceVersion: worst, name: worst, namespace: worst },
    involvedObject,
    type: "Warning",
    reason: worst,
    message: worst,
    reportingComponent: worst,
    reportingInstance: worst,
  });
  assert.ok(sighting);
  const { event } = encodeEvent("prod", sighting.event, sighting.fault, "ADDED", 0);
  assert.ok(bytesOf(event) <= REPORT_LIMIT_BYTES, `${bytesOf(event)} bytes`);
});

Deno.test("events of megabytes: what the checkpoint keeps of 2,000 of them is within its budget, the newest first", () => {
  const dedupe = createDedupe<SightingTag>({ windowMs: 1, limit: 8_192 });
  for (let number = 0; number < 2_000; number++) {
    const sighting = sightingOf({
      metadata: { uid: `${number}-${"\u0001".repeat(1_000)}`, resourceVersion: String(number), namespace: "evil" },
      involvedObject: { kind: "Pod", namespace: "evil", name: "x", fieldPath: `${number}-${"F".repeat(1_000)}` },
      type: "Warning",
      reason: "Failed",
      message: "Error: x",
    });
    assert.ok(sighting);
    dedupe.see(sighting, number);
    dedupe.settlement(sighting)();
  }
  const checkpoint = captureCheckpoint(new Map(), dedupe, [], 0);
  assert.ok(bytesOf(checkpoint) <= CHECKPOINT_LIMIT_BYTES, `${bytesOf(checkpoint)} bytes`);
  assert.ok(checkpoint.reported.length > 100);
  assert.equal(checkpoint.reported.at(-1)?.[1].resourceVersion, "1999");
});

Deno.test("events of megabytes: a checkpoint that an older version filled with long keys shrinks as it is read", () => {
  const state = { severity: "high", uid: "u", resourceVersion: "1", count: 1, lastSeenMs: 1 } as const;
  const reported = ["a", "b"].map((letter, atMs) => [letter.repeat(1_000_000), { ...state, atMs }] as const);
  const old = { savedAtMs: 1, versions: {}, reported };
  const ours = { savedAtMs: 1, versions: {}, reported: [["k", { ...state, atMs: 9 }]] };
  const merged = eventCheckpointSchema.parse(mergeCheckpoints(old, ours));
  assert.deepEqual(merged.reported.map(([key]) => key), ["k"]);
  const dedupe = createDedupe<SightingTag>({ windowMs: 1, limit: 8_192 });
  dedupe.restore(reported);
  assert.deepEqual(dedupe.snapshot(10).map(([key]) => key.length), [50, 50]);
});

Deno.test("bound text: a text is cut to its field's limit and never inside a surrogate pair", () => {
  const fields = fc.constantFrom(...Object.keys(EVENT_TEXT_LIMITS) as EventText[]);
  fc.assert(fc.property(fields, fc.nat({ max: 40 }), (field, offset) => {
    const limit = EVENT_TEXT_LIMITS[field];
    const text = "a".repeat(Math.max(0, limit - 20 + offset)) + "😀".repeat(20);
    const bound = boundText(text, field);
    assert.ok(bound.length <= limit && bound.length >= Math.min(limit - 1, text.length));
    assert.ok(bound.isWellFormed() && text.startsWith(bound));
  }));
});

Deno.test("bound message: the beginning and the end stay, with how much there was", () => {
  const bound = boundMessage(`Failed: ${"😀".repeat(500_000)}!: manifest unknown`);
  assert.ok(bound.length <= EVENT_TEXT_LIMITS.message && bound.isWellFormed());
  assert.ok(/^Failed: .* \[cut from 1000027 characters\] .*!: manifest unknown$/u.test(bound));
});
