import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { parseFields } from "../kube/parse_fields.ts";
import type { ClusterEvent } from "./cluster_event.ts";
import { EVENT_FIELDS, normalizeEvent } from "./normalize_event.ts";

const METADATA = {
  uid: "7b0c",
  resourceVersion: "4182",
  name: "app-1.17f",
  namespace: "shop",
  creationTimestamp: "2025-09-28T10:00:00Z",
};
const POD = {
  kind: "Pod",
  namespace: "shop",
  name: "app-1",
  uid: "p-1",
  apiVersion: "v1",
  fieldPath: "spec.containers{app}",
};
const at = (time: string) => Date.parse(`2025-09-28T${time}Z`);

/** As the legacy recorder (kubelet) writes it. */
const LEGACY = {
  metadata: METADATA,
  involvedObject: POD,
  type: "Warning",
  reason: "BackOff",
  message: "Back-off restarting failed container app",
  source: { component: "kubelet", host: "node-1" },
  firstTimestamp: "2025-09-28T10:01:00Z",
  lastTimestamp: "2025-09-28T10:05:00Z",
  eventTime: null,
  count: 41,
  reportingComponent: "",
  reportingInstance: "",
};

/** The same fault through events.k8s.io/v1, by the new recorder, repeated once. */
const SERIES = {
  metadata: METADATA,
  regarding: POD,
  type: "Warning",
  reason: "FailedScheduling",
  note: "0/3 nodes are available: 3 Insufficient cpu.",
  eventTime: "2025-09-28T10:02:00.123456Z",
  series: { count: 2, lastObservedTime: "2025-09-28T10:06:00.654321Z" },
  reportingController: "default-scheduler",
  reportingInstance: "default-scheduler-cp-1",
  action: "Scheduling",
  deprecatedSource: {},
  deprecatedFirstTimestamp: null,
  deprecatedLastTimestamp: null,
};

Deno.test("normalizeEvent reads an event of the legacy recorder whole", () => {
  assert.deepEqual(normalizeEvent(LEGACY), {
    uid: "7b0c",
    resourceVersion: "4182",
    name: "app-1.17f",
    namespace: "shop",
    type: "Warning",
    reason: "BackOff",
    message: "Back-off restarting failed container app",
    originalMessage: "Back-off restarting failed container app",
    involvedObject: POD,
    reportingComponent: "kubelet",
    reportingInstance: "node-1",
    action: "",
    count: 41,
    firstSeenMs: at("10:01:00"),
    lastSeenMs: at("10:05:00"),
    series: false,
  });
});

Deno.test("normalizeEvent reads a series through events.k8s.io/v1 whole", () => {
  assert.deepEqual(normalizeEvent(SERIES), {
    uid: "7b0c",
    resourceVersion: "4182",
    name: "app-1.17f",
    namespace: "shop",
    type: "Warning",
    reason: "FailedScheduling",
    message: "0/3 nodes are available: 3 Insufficient cpu.",
    originalMessage: "0/3 nodes are available: 3 Insufficient cpu.",
    involvedObject: POD,
    reportingComponent: "default-scheduler",
    reportingInstance: "default-scheduler-cp-1",
    action: "Scheduling",
    count: 2,
    firstSeenMs: at("10:02:00.123"),
    lastSeenMs: at("10:06:00.654"),
    series: true,
  });
});

/** What an event says of time, and what is made of it: first and last occurrence, count. */
const TIMES: readonly {
  name: string;
  given: Record<string, unknown>;
  want: readonly [number | null, number | null];
}[] = [
  {
    name: "series over every other time",
    given: {
      series: { count: 3, lastObservedTime: "2025-09-28T10:09:00Z" },
      lastTimestamp: "2025-09-28T10:08:00Z",
      eventTime: "2025-09-28T10:07:00Z",
      firstTimestamp: "2025-09-28T10:06:00Z",
    },
    want: [at("10:06:00"), at("10:09:00")],
  },
  {
    name: "lastTimestamp over eventTime",
    given: { lastTimestamp: "2025-09-28T10:08:00Z", eventTime: "2025-09-28T10:07:00Z" },
    want: [at("10:07:00"), at("10:08:00")],
  },
  {
    name: "eventTime alone, both ways",
    given: { eventTime: "2025-09-28T10:07:00Z" },
    want: [at("10:07:00"), at("10:07:00")],
  },
  {
    name: "eventTime for the last over firstTimestamp",
    given: { eventTime: "2025-09-28T10:07:00Z", firstTimestamp: "2025-09-28T10:06:00Z" },
    want: [at("10:06:00"), at("10:07:00")],
  },
  {
    name: "creationTimestamp where a writer left all three out",
    given: {},
    want: [at("10:00:00"), at("10:00:00")],
  },
  {
    name: "a series without a time falls through to the next",
    given: { series: { count: 2 }, lastTimestamp: "2025-09-28T10:08:00Z" },
    want: [at("10:00:00"), at("10:08:00")],
  },
  {
    name: "Go's zero time is no time",
    given: { firstTimestamp: "0001-01-01T00:00:00Z", lastTimestamp: "0001-01-01T00:00:00Z" },
    want: [at("10:00:00"), at("10:00:00")],
  },
  {
    name: "text that is no time is no time",
    given: { lastTimestamp: "yesterday", eventTime: 5 },
    want: [at("10:00:00"), at("10:00:00")],
  },
  {
    name: "nothing is invented where there is no time at all",
    given: { metadata: { uid: "u", resourceVersion: "1" } },
    want: [null, null],
  },
];

for (const { name, given, want } of TIMES) {
  Deno.test(`normalizeEvent, times: ${name}`, () => {
    const event = normalizeEvent({ metadata: METADATA, ...given });
    assert.deepEqual([event?.firstSeenMs, event?.lastSeenMs], want);
  });
}

const COUNTS: readonly { name: string; given: Record<string, unknown>; want: number }[] = [
  { name: "series over count", given: { series: { count: 7 }, count: 2 }, want: 7 },
  { name: "count of core/v1", given: { count: 2 }, want: 2 },
  { name: "count as events.k8s.io/v1 spells it", given: { deprecatedCount: 9 }, want: 9 },
  { name: "1 where there is none", given: { count: null }, want: 1 },
  { name: "1 for zero, as a single new-style event has it", given: { count: 0 }, want: 1 },
  { name: "1 for a fraction", given: { count: 1.5 }, want: 1 },
  { name: "1 for a text", given: { count: "12" }, want: 1 },
  { name: "1 for a number beyond exact integers", given: { count: 1e300 }, want: 1 },
];

for (const { name, given, want } of COUNTS) {
  Deno.test(`normalizeEvent, count: ${name}`, () => {
    assert.equal(normalizeEvent({ metadata: METADATA, ...given })?.count, want);
  });
}

Deno.test("normalizeEvent strips the prefix of combined events and keeps the original", () => {
  const event = normalizeEvent({ ...LEGACY, message: "(combined from similar events): Error: ErrImagePull" });
  assert.deepEqual([event?.message, event?.originalMessage], [
    "Error: ErrImagePull",
    "(combined from similar events): Error: ErrImagePull",
  ]);
});

const NO_EVENTS: readonly { name: string; given: unknown }[] = [
  { name: "null", given: null },
  { name: "a list", given: [LEGACY] },
  { name: "a text", given: "Event" },
  { name: "no metadata", given: { ...LEGACY, metadata: null } },
  { name: "no uid", given: { ...LEGACY, metadata: { ...METADATA, uid: 5 } } },
  { name: "no resourceVersion, as a bookmark may have none", given: { metadata: { uid: "u" } } },
];

for (const { name, given } of NO_EVENTS) {
  Deno.test(`normalizeEvent: ${name} is not an event`, () => assert.equal(normalizeEvent(given), null));
}

/** What no field of a normalised event may be, whatever came in. */
function assertWellFormed(event: ClusterEvent): void {
  const { involvedObject, count, firstSeenMs, lastSeenMs, series, ...texts } = event;
  for (const text of [...Object.values(texts), ...Object.values(involvedObject)]) assert.equal(typeof text, "string");
  assert.ok(Number.isSafeInteger(count) && count >= 1);
  for (const ms of [firstSeenMs, lastSeenMs]) assert.ok(ms === null || Number.isFinite(ms) && ms > 0);
  assert.equal(typeof series, "boolean");
}

Deno.test("normalizeEvent: any value in any field gives a well-formed event or none", () => {
  const fields = Object.fromEntries(
    [...Object.keys(LEGACY), ...Object.keys(SERIES)].filter((key) => key !== "metadata").map((
      key,
    ) => [key, fc.jsonValue()]),
  );
  const hostile = fc.record({
    metadata: fc.record({
      uid: fc.constant("u"),
      resourceVersion: fc.constant("1"),
      name: fc.jsonValue(),
      namespace: fc.jsonValue(),
      creationTimestamp: fc.oneof(fc.jsonValue(), fc.date({ noInvalidDate: true }).map((date) => date.toISOString())),
    }, { requiredKeys: ["uid", "resourceVersion"] }),
    ...fields,
  }, { requiredKeys: ["metadata"] });
  fc.assert(fc.property(hostile, (object) => {
    const event = normalizeEvent(object);
    assert.ok(event);
    assertWellFormed(event);
    // The same from the fields that a list reads.
    assert.deepEqual(normalizeEvent(parseFields(Buffer.from(JSON.stringify(object)), EVENT_FIELDS)), event);
  }));
});
