import assert from "node:assert/strict";
import { createAllowlist } from "./allowlist.ts";
import { chooseNodeReads } from "./node_source.ts";
import { createNodeRoster } from "./node_roster.ts";

const allow = { labels: createAllowlist(["*"]), annotations: createAllowlist([]) };
const MINUTE = 60_000;

interface NodeInput {
  readonly ready?: string;
  readonly unschedulable?: boolean;
  readonly labels?: Record<string, string>;
  readonly heartbeat?: number;
}
const node = (name: string, { ready = "True", unschedulable, labels = {}, heartbeat = 0 }: NodeInput = {}) => ({
  kind: "Node",
  metadata: { name, labels },
  spec: unschedulable === undefined ? {} : { unschedulable },
  status: {
    conditions: [{ type: "Ready", status: ready, lastHeartbeatTime: new Date(heartbeat).toISOString() }],
    nodeInfo: { kubeletVersion: "v1.36.3" },
  },
});
const row = (name: string, status = "Ready", version = "v1.36.3") => ({
  kind: "Table",
  metadata: { resourceVersion: "7" },
  columnDefinitions: null,
  rows: [{ cells: [name, status, "<none>", "20s", version, "<none>"], object: null }],
});

function setUp() {
  let now = 0;
  const roster = createNodeRoster(allow, () => now);
  roster.put(node("n"));
  return { roster, pass: (ms: number) => now += ms, names: () => roster.doubts().map(({ name }) => name) };
}

const ROWS: readonly { name: string; afterMs: number; row: unknown; doubted: boolean }[] = [
  { name: "a heartbeat raises no doubt", afterMs: 5 * MINUTE, row: row("n"), doubted: false },
  { name: "a write too early does", afterMs: MINUTE, row: row("n"), doubted: true },
  { name: "a write too late does", afterMs: 8 * MINUTE, row: row("n"), doubted: true },
  { name: "a cordon does", afterMs: 5 * MINUTE, row: row("n", "Ready,SchedulingDisabled"), doubted: true },
  { name: "a lost node does", afterMs: 5 * MINUTE, row: row("n", "NotReady"), doubted: true },
  { name: "an upgrade does", afterMs: 5 * MINUTE, row: row("n", "Ready", "v1.37.0"), doubted: true },
];
for (const { name, afterMs, row: given, doubted } of ROWS) {
  Deno.test(`node roster: ${name}`, () => {
    const { roster, pass, names } = setUp();
    pass(afterMs);
    assert.equal(roster.put(given), true);
    assert.deepEqual(names(), doubted ? ["n"] : []);
  });
}

Deno.test("node roster: a new node is doubted until it is read, and not reported before", () => {
  const { roster, names } = setUp();
  roster.put(row("new"));
  assert.deepEqual(names(), ["new"]);
  assert.deepEqual(roster.records().map(({ detail }) => detail.name), ["n"]);
  for (const doubt of roster.doubts()) roster.settle(doubt, node("new"));
  assert.deepEqual(names(), []);
  assert.equal(roster.records().length, 2);
});

Deno.test("node roster: a node that changes while it is read stays in doubt", () => {
  const { roster, pass, names } = setUp();
  pass(MINUTE);
  roster.put(row("n", "NotReady"));
  const [doubt] = roster.doubts();
  assert.ok(doubt);
  roster.put(row("n", "Ready"));
  roster.settle(doubt, node("n", { ready: "False" }));
  assert.deepEqual(names(), ["n"]);
});

Deno.test("node roster: a node that is deleted while it is read does not come back", () => {
  const { roster } = setUp();
  roster.put(row("n", "NotReady"));
  const [doubt] = roster.doubts();
  assert.ok(doubt);
  assert.equal(roster.delete(row("n")), true);
  roster.settle(doubt, node("n"));
  assert.equal(roster.size(), 0);
});

Deno.test("node roster: a node that is gone when it is read leaves", () => {
  const { roster } = setUp();
  roster.put(row("n", "NotReady"));
  for (const doubt of roster.doubts()) roster.settle(doubt, null);
  assert.equal(roster.size(), 0);
});

Deno.test("node roster: nodes that write themselves every minute are learnt, not read every minute", () => {
  const { roster, pass } = setUp();
  let reads = 0;
  for (let minute = 0; minute < 30; minute++) {
    pass(MINUTE);
    roster.put(row("n"));
    for (const doubt of roster.doubts()) {
      reads++;
      roster.settle(doubt, node("n"));
    }
  }
  assert.equal(reads, 3);
});

Deno.test("node roster: a server without tables sends whole nodes, which need no second look", () => {
  const { roster, names } = setUp();
  roster.put(node("n", { unschedulable: true }));
  assert.deepEqual(names(), []);
  assert.equal(roster.records()[0]?.detail.schedulable, false);
  roster.delete(node("n"));
  assert.equal(roster.size(), 0);
});

Deno.test("node roster: what is no node is refused", () => {
  const { roster } = setUp();
  for (const object of [null, [], {}, { kind: "Table", rows: [] }, { kind: "Table", rows: [{ cells: [7] }] }]) {
    assert.equal(roster.put(object), false);
    assert.equal(roster.delete(object), false);
  }
  assert.equal(roster.size(), 1);
});

const doubts = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `n${index}`, sightings: 1 }));
const READS = [
  { name: "a few doubts are read one by one", doubts: 10, total: 12, sinceAllMs: 0, want: "some" },
  { name: "a tenth of many nodes too", doubts: 50, total: 500, sinceAllMs: 0, want: "some" },
  { name: "a lost zone is read as a list", doubts: 170, total: 500, sinceAllMs: 0, want: "all" },
  { name: "after ten minutes everything is read", doubts: 0, total: 500, sinceAllMs: 600_000, want: "all" },
];
for (const { name, doubts: count, total, sinceAllMs, want } of READS) {
  Deno.test(`node reads: ${name}`, () => assert.equal(chooseNodeReads(doubts(count), total, sinceAllMs).kind, want));
}
