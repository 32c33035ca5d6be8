import assert from "node:assert/strict";
import { eventually } from "../../../sandbox/eventually.ts";
import type { AuditFields } from "./audit_line.ts";
import { createFloodGuard } from "./flood_guard.ts";

Deno.test("flood guard: a flood within a second is the first lines and one with the number of the others", async () => {
  const lines: AuditFields[] = [];
  const guard = createFloodGuard({
    write: (fields) => Promise.resolve(lines.push(fields)),
    monotonic: () => 5_000,
    perSecond: 3,
  });
  for (let i = 0; i < 1_000; i++) {
    await guard.note({ event: "decision", command_id: `c${i}` }, i % 4 === 0 ? "busy" : "stale");
  }
  assert.deepEqual(lines.map(({ command_id }) => command_id), ["c0", "c1", "c2"]);
  await guard.flush();
  assert.deepEqual(lines.slice(3), [{ event: "flood", lines: 997, within_ms: 0, codes: { stale: 748, busy: 249 } }]);
  await guard.flush();
  assert.equal(lines.length, 4);
});

Deno.test("flood guard: the number is written when the second is over, and the next lines stand again", async () => {
  const lines: AuditFields[] = [];
  let nowMs = 0;
  const guard = createFloodGuard({
    write: (fields) => Promise.resolve(lines.push(fields)),
    monotonic: () => nowMs,
    perSecond: 1,
  });
  await guard.note({ event: "decision" }, "stale");
  nowMs = 990;
  await guard.note({ event: "decision" }, "stale");
  await eventually("the number", () => lines.length === 2);
  nowMs = 1_100;
  await guard.note({ event: "decision" }, "stale");
  assert.deepEqual(lines.map(({ event }) => event), ["decision", "flood", "decision"]);
  await guard.flush();
});
