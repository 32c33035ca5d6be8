import assert from "node:assert/strict";
import { normalizeEvent } from "./normalize_event.ts";
import { createYoungFaults } from "./young_faults.ts";

/** Sightings as `[pod, from, to]` in seconds, and since when each one's fault goes on. */
const ROWS:
  readonly (readonly [name: string, given: readonly [pod: string, from: number, to: number][], want: number[]])[] = [
    ["an event of its own is as old as it says", [["a", 10, 20]], [10]],
    ["another Event of the same fault goes on", [["a", 10, 10], ["a", 20, 20], ["a", 300, 300]], [10, 10, 10]],
    ["another object is another fault", [["a", 10, 10], ["b", 20, 20]], [10, 20]],
    ["after six quiet minutes it is young again", [["a", 10, 10], ["a", 371, 371]], [10, 371]],
    ["an older Event that comes late", [["a", 20, 20], ["a", 10, 10], ["a", 30, 30]], [20, 10, 10]],
  ];

function eventOf(pod: string, from: number, to: number) {
  const iso = (seconds: number) => new Date(1_700_000_000_000 + seconds * 1_000).toISOString();
  const event = normalizeEvent({
    metadata: { uid: `u${from}`, resourceVersion: "1", namespace: "shop" },
    involvedObject: { kind: "Pod", namespace: "shop", name: pod },
    reason: "Unhealthy",
    firstTimestamp: iso(from),
    lastTimestamp: iso(to),
  });
  assert.ok(event);
  return event;
}

for (const [name, given, want] of ROWS) {
  Deno.test(`young faults: ${name}`, () => {
    const young = createYoungFaults();
    assert.deepEqual(
      given.map(([pod, from, to]) => ((young.since(eventOf(pod, from, to)) ?? 0) - 1_700_000_000_000) / 1_000),
      want,
    );
  });
}

Deno.test("young faults: an event without times has no age", () => {
  assert.equal(createYoungFaults().since({ ...eventOf("a", 1, 1), firstSeenMs: null }), null);
});

Deno.test("young faults: those told of longest ago are forgotten first", () => {
  const young = createYoungFaults();
  for (let pod = 0; pod <= 2_048; pod++) young.since(eventOf(`p${pod}`, 1, 1));
  const sinceOf = (pod: string) => ((young.since(eventOf(pod, 9, 9)) ?? 0) - 1_700_000_000_000) / 1_000;
  assert.deepEqual([sinceOf("p2048"), sinceOf("p0")], [1, 9]);
});
