import assert from "node:assert/strict";
import type { EventPipelineOptions } from "../../src/events/create_event_pipeline.ts";
import type { Event } from "../../src/wire/event.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { createMovableClock, type EventRig, MINUTE_MS, putFault, startEventRig } from "../support/pipeline_rig.ts";
import { type SandboxApi, startSandboxApi } from "../../sandbox/api/sandbox_api.ts";

/** `api ADDED 1`: the pod, how the watch told of it, and the count. */
const told = ({ labels, raw_data }: Event) => `${labels.name} ${labels.event_type} ${raw_data.count}`;
const toldBy = (rig: EventRig) => rig.reported().map(told);

interface Row {
  readonly name: string;
  readonly given: Partial<EventPipelineOptions>;
  /** What there is when the agent starts. */
  readonly before?: (api: SandboxApi) => void;
  /** What happens while it watches. */
  readonly then?: (api: SandboxApi) => void;
  readonly want: readonly string[];
  readonly ignored?: Readonly<Record<string, number>>;
}

const HOUR_AGO = Date.now() - 60 * MINUTE_MS;
const TEN_MINUTES_AGO = Date.now() - 10 * MINUTE_MS;

function putBacklog(api: SandboxApi): void {
  putFault(api, { pod: "long-ago", atMs: HOUR_AGO });
  putFault(api, { pod: "of-late", atMs: TEN_MINUTES_AGO, count: 3 });
}

const ROWS: readonly Row[] = [
  {
    name: "a fault is reported as it is added",
    given: {},
    then: (api) => putFault(api, { pod: "api" }),
    want: ["api ADDED 1"],
  },
  {
    name: "repeats inside the window are held",
    given: {},
    then: (api) => [1, 2, 3].forEach((count) => putFault(api, { pod: "api", count })),
    want: ["api ADDED 1"],
    ignored: { repeat_held: 2 },
  },
  {
    name: "a window of 0 reports every repeat",
    given: { repeatWindowMs: 0 },
    then: (api) => [1, 2, 3].forEach((count) => putFault(api, { pod: "api", count })),
    want: ["api ADDED 1", "api MODIFIED 2", "api MODIFIED 3"],
  },
  {
    name: "MODIFIED without news is ignored",
    given: { repeatWindowMs: 0 },
    then: (api) => {
      for (const label of ["a", "b"]) putFault(api, { pod: "api", atMs: HOUR_AGO, fields: { note: label } });
    },
    want: ["api ADDED 1"],
    ignored: { unchanged: 1 },
  },
  {
    name: "DELETED is not reported",
    given: {},
    then: (api) => {
      putFault(api, { pod: "api" });
      api.store.remove("events", "shop", "api.crash");
    },
    want: ["api ADDED 1"],
    ignored: { deleted: 1 },
  },
  {
    name: "a Normal event is no fault",
    given: {},
    then: (api) => putFault(api, { pod: "api", fields: { type: "Normal", reason: "Scheduled", message: "ok" } }),
    want: [],
    ignored: { normal: 1 },
  },
  {
    name: "an excluded namespace stays quiet, in the list and in the watch",
    given: { excludedNamespaces: ["kube-system"], backlog: { kind: "all" } },
    before: (api) => putFault(api, { pod: "old", namespace: "kube-system" }),
    then: (api) => {
      putFault(api, { pod: "dns", namespace: "kube-system" });
      putFault(api, { pod: "api" });
    },
    want: ["api ADDED 1"],
    ignored: { namespace: 2 },
  },
  {
    name: "included namespaces are watched, each by itself, and no other",
    given: { includedNamespaces: ["shop", "bank"] },
    then: (api) => {
      putFault(api, { pod: "a", namespace: "bank" });
      putFault(api, { pod: "b", namespace: "other" });
    },
    want: ["a ADDED 1"],
  },
  {
    name: "a backlog to skip is skipped",
    given: { backlog: { kind: "skip" } },
    before: putBacklog,
    want: [],
    ignored: { backlog: 2 },
  },
  {
    name: "a backlog of half an hour is what happened in it",
    given: { backlog: { kind: "last", ms: 30 * MINUTE_MS } },
    before: putBacklog,
    want: ["of-late MODIFIED 3"],
    ignored: { backlog: 1 },
  },
  {
    name: "a backlog of all is everything that the server has",
    given: { backlog: { kind: "all" } },
    before: putBacklog,
    want: ["long-ago ADDED 1", "of-late MODIFIED 3"],
  },
];

for (const { name, given, before, then, want, ignored } of ROWS) {
  Deno.test(`event pipeline: ${name}`, async () => {
    await using api = await startSandboxApi();
    before?.(api);
    await using rig = await startEventRig(api, createMovableClock(), given);
    await rig.watching();
    then?.(api);
    await rig.caughtUp();
    await eventually("as many reports as wanted", () => rig.reported().length >= want.length); // watches run side by side
    assert.deepEqual(toldBy(rig).toSorted(), want.toSorted());
    for (const [reason, count] of Object.entries(ignored ?? {})) assert.equal(await rig.ignored(reason), count, reason);
  });
}

Deno.test("event pipeline: held repeats come as one report with the last count at the window's end", async () => {
  await using api = await startSandboxApi();
  const clock = createMovableClock();
  await using rig = await startEventRig(api, clock);
  await rig.watching();
  for (const count of [1, 2, 3, 4]) putFault(api, { pod: "api", count });
  await rig.caughtUp();
  assert.deepEqual(toldBy(rig), ["api ADDED 1"]);
  clock.advance(MINUTE_MS);
  await rig.report("the repeats", ({ raw_data }) => raw_data.count === 4);
  await rig.caughtUp();
  assert.deepEqual(toldBy(rig), ["api ADDED 1", "api MODIFIED 4"]);
  const [first, repeat] = rig.reported();
  assert.notEqual(first?.id, repeat?.id);
});

Deno.test("event pipeline: the list after a 410 reports only what is newer than what was seen", async () => {
  await using api = await startSandboxApi();
  await using rig = await startEventRig(api, createMovableClock(), { repeatWindowMs: 0 });
  await rig.watching();
  putFault(api, { pod: "seen" });
  await rig.caughtUp();
  api.faults.plan("watch", "events", { kind: "status", status: 503 }, 3); // away while the next two come
  api.cutConnections();
  putFault(api, { pod: "missed" });
  putFault(api, { pod: "seen", count: 2 });
  api.store.compact();
  await rig.report("what was missed", ({ labels }) => labels.name === "missed");
  await rig.watching();
  await rig.caughtUp();
  assert.deepEqual(toldBy(rig).toSorted(), ["missed ADDED 1", "seen ADDED 1", "seen MODIFIED 2"]);
  assert.ok(await rig.ignored("already_seen") > 0);
});

Deno.test("event pipeline: versions that went back after a restore lose nothing that is new", async () => {
  await using api = await startSandboxApi();
  putFault(api, { pod: "from-the-backup", atMs: HOUR_AGO });
  putFault(api, { pod: "since-the-restore" });
  putFault(api, { pod: "again-since-the-restore" });
  api.faults.plan("watch", "events", { kind: "status", status: 410, reason: "Expired" });
  const key = "Pod\nshop\nagain-since-the-restore\n\nBackOff\ncrash.loop";
  const state = { atMs: HOUR_AGO, severity: "high", uid: "gone", resourceVersion: "9000", count: 7 } as const;
  await using rig = await startEventRig(api, createMovableClock(), {
    checkpoint: {
      savedAtMs: TEN_MINUTES_AGO,
      versions: { "/api/v1/events": "9999" },
      reported: [[key, { ...state, lastSeenMs: HOUR_AGO }]],
    },
  });
  await rig.watching();
  putFault(api, { pod: "later" });
  await rig.caughtUp();
  await rig.report("the gap", ({ reason }) => reason === "VersionsWentBack");
  const names = rig.reported().filter(({ type }) => type !== "agent_gap").map(({ labels }) => labels.name ?? "");
  assert.deepEqual(names.toSorted(), ["again-since-the-restore", "later", "since-the-restore"]);
});

Deno.test("event pipeline: a probe whose answer holds the time is reported once it has failed for long", async () => {
  await using api = await startSandboxApi();
  await using rig = await startEventRig(api, createMovableClock());
  await rig.watching();
  const startMs = Date.now() - 10 * MINUTE_MS;
  const probe = (name: string, atSeconds: number) => {
    const at = new Date(startMs + atSeconds * 1_000).toISOString();
    const message = `Readiness probe failed: ${at} not ready`;
    const fields = { metadata: { name, namespace: "shop" }, reason: "Unhealthy", message, firstTimestamp: at };
    putFault(api, { pod: "web", atMs: startMs + atSeconds * 1_000, fields });
  };
  for (const atSeconds of [0, 10, 20]) probe(`web.${atSeconds}`, atSeconds);
  await rig.caughtUp();
  assert.deepEqual(rig.reported(), []);
  assert.equal(await rig.ignored("young"), 3);
  probe("web.80", 80);
  const report = await rig.report("the fault", ({ reason }) => reason === "Unhealthy");
  assert.equal(report.rule, "probe.readiness.failing");
});

Deno.test("event pipeline: an Event that can't be read is told as a gap", async () => {
  await using api = await startSandboxApi();
  const line = new TextEncoder().encode('{"type":"ADDED","object":{"metadata":{"resourceVersion":"101"}}}\n');
  api.faults.plan("watch", "events", { kind: "garbage", bytes: line });
  await using rig = await startEventRig(api, createMovableClock());
  const gap = await rig.report("the gap", ({ type }) => type === "agent_gap");
  assert.deepEqual([gap.reason, gap.raw_data.count], ["UnreadableEvent", 1]);
  assert.equal(await rig.ignored("unreadable"), 1);
});

const UNUSABLE_LINES: readonly { readonly name: string; readonly line: Uint8Array }[] = [
  {
    name: "above a megabyte",
    line: new TextEncoder().encode(`{"type":"ADDED","object":"${"x".repeat(1_100_000)}"}\n`),
  },
  { name: "that is not UTF-8", line: new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d, 0x0a]) },
  { name: "that is no JSON", line: new TextEncoder().encode('{"type":"ADDED","object":\n') },
];

for (const { name, line } of UNUSABLE_LINES) {
  Deno.test(`event pipeline: a watch line ${name} is told as a gap`, async () => {
    await using api = await startSandboxApi();
    api.faults.plan("watch", "events", { kind: "garbage", bytes: line });
    await using rig = await startEventRig(api, createMovableClock());
    const gap = await rig.report("the gap", ({ type }) => type === "agent_gap");
    assert.deepEqual([gap.reason, gap.raw_data.count], ["UnreadableEvent", 1]);
  });
}

Deno.test("event pipeline: a watch that was away for longer than events are kept is told as a gap", async () => {
  await using api = await startSandboxApi();
  const clock = createMovableClock();
  await using rig = await startEventRig(api, clock);
  await rig.watching();
  api.faults.plan("watch", "events", { kind: "status", status: 410, reason: "Expired" });
  clock.advance(61 * MINUTE_MS);
  api.cutConnections();
  const gap = await rig.report("the gap", ({ type }) => type === "agent_gap");
  assert.equal(gap.reason, "WatchAwayTooLong");
});

Deno.test("event pipeline: reports that a full outbox dropped are told as one gap with their number and times", async () => {
  await using api = await startSandboxApi();
  await using rig = await startEventRig(api, createMovableClock());
  await rig.watching();
  const [from, to] = [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 2)];
  putFault(api, { pod: "a", atMs: from });
  putFault(api, { pod: "b", atMs: to });
  await rig.caughtUp();
  rig.lose("a", "b");
  const gap = await rig.report("the gap", ({ type }) => type === "agent_gap");
  assert.deepEqual([gap.reason, gap.raw_data.count], ["OutboxOverflow", 2]);
  assert.deepEqual([gap.raw_data.first_timestamp, gap.timestamp].map((time) => Date.parse(time ?? "")), [from, to]);
  assert.deepEqual(rig.pipeline.watcher.status().map(({ pending }) => pending), [0]);
});

Deno.test("event pipeline: a watch that makes no progress is opened again, counted and shown, and nothing is lost", async () => {
  await using api = await startSandboxApi();
  api.faults.plan("watch", "events", { kind: "silence" });
  await using rig = await startEventRig(api, createMovableClock(), { stallMs: 600 });
  await rig.watching();
  putFault(api, { pod: "unheard" });
  await rig.report("what the silent watch did not tell", ({ labels }) => labels.name === "unheard");
  const [status] = rig.pipeline.watcher.status();
  assert.deepEqual(status?.restarts, { stalled: 1 });
  assert.equal(status?.state, "watching");
});
