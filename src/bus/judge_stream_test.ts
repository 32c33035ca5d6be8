import assert from "node:assert/strict";
import { covers, neededDuplicateWindow } from "./judge_stream.ts";

const COVERS: readonly (readonly [pattern: string, subject: string, want: boolean])[] = [
  ["agent.event.prod", "agent.event.prod", true],
  ["agent.event.prod", "agent.event.dev", false],
  ["agent.event.*", "agent.event.prod", true],
  ["agent.event.*", "agent.event.*", true],
  ["agent.event.prod", "agent.event.*", false],
  ["agent.>", "agent.event.*", true],
  ["agent.>", "agent", false],
  [">", "agent", true],
  ["agent.event", "agent.event.prod", false],
  ["agent.event.prod.x", "agent.event.prod", false],
];

for (const [pattern, subject, want] of COVERS) {
  Deno.test(`stream subjects: ${pattern} ${want ? "covers" : "does not cover"} ${subject}`, () => {
    assert.equal(covers(pattern, subject), want);
  });
}

const MINUTE_MS = 60_000;
const WINDOWS: readonly (readonly [name: string, keepsCheckpoint: boolean, backlogMs: number, wantMinutes: number])[] =
  [
    ["with a checkpoint a restart elsewhere", true, 5 * MINUTE_MS, 10],
    ["without one the backlog comes on top", false, 5 * MINUTE_MS, 15],
    ["without one and no backlog a restart elsewhere", false, 0, 10],
    ["never more than events live", false, Infinity, 60],
  ];

for (const [name, keepsCheckpoint, backlogMs, want] of WINDOWS) {
  Deno.test(`duplicate window: ${name}`, () => {
    assert.equal(neededDuplicateWindow(keepsCheckpoint, backlogMs).ms, want * MINUTE_MS);
  });
}
