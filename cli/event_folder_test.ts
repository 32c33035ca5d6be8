import assert from "node:assert/strict";
import type { Event } from "../src/wire/event.ts";
import { createAgentBeats } from "./agent_beats.ts";
import { createClusterLabels, shortIds } from "./cluster_labels.ts";
import { cutEnd, cutMiddle, displayWidth } from "./display_width.ts";
import { createEventFolder } from "./event_folder.ts";

const event = (name: string, fields: Partial<Event> = {}): Event => ({
  id: name,
  cluster_id: "prod",
  type: "k8s_event",
  source: "kubernetes",
  namespace: "shop",
  severity: "high",
  reason: "Failed",
  message: "m",
  timestamp: "2026-01-01T00:00:00Z",
  reported_at: "2026-01-01T00:00:00Z",
  labels: { kind: "Pod", name },
  raw_data: {},
  ...fields,
});

Deno.test("event folder: the same event is printed once, then counted with its rate; much later it is printed again", () => {
  const folder = createEventFolder();
  const taken = Array.from({ length: 30 }, (_, index) => folder.take(event("web"), index * 100));
  assert.deepEqual(taken.filter(Boolean).length, 1);
  assert.deepEqual(folder.flush(1_000), []);
  assert.deepEqual(folder.flush(3_000).map((line) => ({ ...line, event: null })), [
    { kind: "repeats", event: null, count: 29, perSecond: 29 / 3 },
  ]);
  folder.take(event("web"), 4_000);
  assert.deepEqual(folder.flush(5_000).map(({ kind }) => kind), ["event"]);
  for (let ms = 6_000; ms <= 16_000; ms += 1_000) assert.deepEqual(folder.flush(ms), []);
  assert.equal(folder.take(event("web"), 16_100), true);
});

Deno.test("event folder: what is too many becomes a line for each reason, the largest first, and the rest is counted", () => {
  const folder = createEventFolder(4);
  const reasons = ["a", "a", "b", "b", "b", "c", "d"];
  const taken = [..."wxyz"].map((name) => folder.take(event(name), 0));
  for (const [index, reason] of reasons.entries()) taken.push(folder.take(event(`p${index}`, { reason }), 500));
  assert.deepEqual(taken, [true, true, true, true, ...reasons.map(() => false)]);
  const lines = folder.flush(1_000).map((line) => ({ ...line, event: "event" in line ? line.event.reason : "" }));
  assert.deepEqual(lines, [
    { kind: "flood", event: "b", count: 3, objects: 3, perSecond: 3 },
    { kind: "flood", event: "a", count: 2, objects: 2, perSecond: 2 },
    { kind: "rest", event: "", count: 2, reasons: 2, perSecond: 2 },
  ]);
});

Deno.test("agent beats: alive ones are counted, silent ones named, one that has stopped in order is forgotten", () => {
  const beats = createAgentBeats();
  const label = (id: string) => id.toUpperCase();
  assert.equal(beats.describe(0, label), null);
  beats.take("old", false, 0);
  beats.take("gone", false, 0);
  beats.take("gone", true, 1_000);
  assert.equal(beats.describe(4_000, label), "1 agent alive, last beat 4 s ago");
  beats.take("new", false, 100_000);
  assert.equal(beats.describe(101_000, label), "1 agent alive, last beat 1 s ago; silent: OLD for 101 s");
});

Deno.test("cluster labels: a name that one cluster has, a short id whole, a beginning that fits no other", () => {
  const id = (end: string) => `k8s-0123456789abcdef-${end}`;
  const labelOf = createClusterLabels([
    { id: id("a"), name: "shop" },
    { id: id("b"), name: "twice" },
    { id: "prod-2", name: "twice" },
  ]);
  assert.equal(labelOf(id("a")), "shop");
  assert.equal(labelOf("prod-2"), "prod-2");
  assert.equal(labelOf(id("b")), id("b"));
  assert.equal(labelOf("k9s-0123456789abcdef-x"), "k9s-01234567");
});

Deno.test("display width: wide characters take two columns, and what is cut fits", () => {
  assert.deepEqual([displayWidth("abc"), displayWidth("一a"), displayWidth("e\u0301")], [3, 3, 1]);
  assert.deepEqual([cutEnd("abcdef", 6), cutEnd("abcdef", 4), cutEnd("一二三", 4)], ["abcdef", "abc…", "一…"]);
  assert.deepEqual([cutMiddle("shop/Pod/web-1", 9), cutMiddle("abc", 3)], ["shop…eb-1", "abc"]);
});

Deno.test("cluster labels: ids get the beginning that no other has, a short one stays whole", () => {
  const ids = [
    "k8s-7f3b1a52-9c0d-4e8e-b1a4",
    "prod-us-west-2-payments-2",
    "prod-us-west-2-payments",
    "dev",
    "prod-us-west-2-paypal-blue",
  ];
  assert.deepEqual(shortIds(ids), [
    "k8s-7f3b1a52",
    "prod-us-west-2-payments-",
    "prod-us-west-2-payments",
    "dev",
    "prod-us-west-2-payp",
  ]);
});
