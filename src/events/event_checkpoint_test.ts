import assert from "node:assert/strict";
import { type EventCheckpoint, mergeCheckpoints, moveCheckpoint } from "./event_checkpoint.ts";

const PATH = "/api/v1/events";
const state = (
  atMs: number,
) => ({ atMs, severity: "high", uid: "u", resourceVersion: "1", count: 1, lastSeenMs: 0 } as const);
const checkpoint = (fields: Partial<EventCheckpoint>): EventCheckpoint => ({
  savedAtMs: 100,
  versions: {},
  reported: [],
  ...fields,
});

interface Row {
  readonly name: string;
  readonly theirs: unknown;
  readonly ours: EventCheckpoint;
  readonly want: Partial<EventCheckpoint>;
}

const ROWS: readonly Row[] = [
  {
    name: "ours is newer",
    theirs: checkpoint({ savedAtMs: 50, versions: { [PATH]: "9" } }),
    ours: checkpoint({ versions: { [PATH]: "10" } }),
    want: { savedAtMs: 100, versions: { [PATH]: "10" } },
  },
  {
    name: "theirs is newer, and the older time counts",
    theirs: checkpoint({ savedAtMs: 200, versions: { [PATH]: "10" } }),
    ours: checkpoint({ versions: { [PATH]: "9" } }),
    want: { savedAtMs: 100, versions: { [PATH]: "10" } },
  },
  {
    name: "a path that only theirs has stays",
    theirs: checkpoint({ versions: { other: "3" } }),
    ours: checkpoint({ versions: { [PATH]: "9" } }),
    want: { versions: { other: "3", [PATH]: "9" } },
  },
  {
    name: "versions without an order: ours",
    theirs: checkpoint({ versions: { [PATH]: "x" } }),
    ours: checkpoint({ versions: { [PATH]: "y" } }),
    want: { versions: { [PATH]: "y" } },
  },
  {
    name: "of each fault the later report, oldest first",
    theirs: checkpoint({ reported: [["a", state(3)], ["b", state(9)]] }),
    ours: checkpoint({ reported: [["a", state(5)], ["b", state(4)], ["c", state(7)]] }),
    want: { reported: [["a", state(5)], ["c", state(7)], ["b", state(9)]] },
  },
  { name: "theirs is none", theirs: { version: 7 }, ours: checkpoint({ savedAtMs: 1 }), want: { savedAtMs: 1 } },
];

for (const { name, theirs, ours, want } of ROWS) {
  Deno.test(`merge checkpoints: ${name}`, () => {
    assert.deepEqual(mergeCheckpoints(theirs, ours), { ...ours, ...want });
  });
}

Deno.test("merge checkpoints: the memory of reports keeps to its limit", () => {
  const many = (prefix: string) => Array.from({ length: 900 }, (_, at) => [`${prefix}${at}`, state(at)] as const);
  const merged = mergeCheckpoints({ ...checkpoint({}), reported: many("a") }, {
    ...checkpoint({}),
    reported: many("b"),
  });
  assert.equal(JSON.parse(JSON.stringify(merged)).reported.length, 1_000);
});

Deno.test("move checkpoint: what another process has kept by its own clock is told in the time of this one", () => {
  const kept = checkpoint({
    versions: { [PATH]: "9" },
    reported: [["a", { ...state(7), lastSeenMs: 5 }]],
    gaps: [{ reason: "WatchAwayTooLong", fromMs: 20, toMs: 30, lost: 0 }],
  });
  assert.deepEqual(moveCheckpoint(kept, 1_000), {
    savedAtMs: 1_100,
    versions: { [PATH]: "9" },
    reported: [["a", { ...state(1_007), lastSeenMs: 5 }]],
    gaps: [{ reason: "WatchAwayTooLong", fromMs: 1_020, toMs: 1_030, lost: 0 }],
  });
  assert.equal(moveCheckpoint(checkpoint({}), -5).gaps, undefined);
});
