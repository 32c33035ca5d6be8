import assert from "node:assert/strict";
import fc from "fast-check";
import { createEvidenceBudget } from "./evidence_budget.ts";

function open(limits = { requestsPerMinute: 10, bytesPerMinute: 1_000 }) {
  let time = 0;
  const budget = createEvidenceBudget(limits, () => time);
  return { budget, pass: (ms: number) => void (time += ms), time: () => time };
}

Deno.test("evidence budget: what is set aside is nobody else's, and what is not used comes back", () => {
  const { budget, pass, time } = open();
  const first = budget.reserve(8);
  assert.ok(first);
  assert.equal(budget.reserve(3), null);
  assert.equal(first.take(), true);
  first.close();
  assert.equal(first.take(), false);
  const second = budget.reserve(9);
  assert.ok(second);
  second.close();
  assert.equal(budget.reserve(10), null);
  assert.equal(budget.freeAt(10), 60_000);
  pass(60_000 - time());
  assert.ok(budget.reserve(10));
});

Deno.test("evidence budget: bytes of this minute end it", () => {
  const { budget, pass } = open();
  const reservation = budget.reserve(4);
  assert.equal(reservation?.take(), true);
  reservation?.spent(1_000);
  assert.equal(reservation?.take(), false);
  assert.equal(budget.reserve(1), null);
  assert.equal(budget.freeAt(1), 60_000);
  pass(60_000);
  assert.ok(budget.reserve(1));
});

Deno.test("evidence budget: a pause that the server asked for stops bundles under way too", () => {
  const { budget, pass } = open();
  const reservation = budget.reserve(4);
  budget.pause(5_000);
  assert.deepEqual([reservation?.take(), budget.reserve(1), budget.freeAt(1), budget.paused()], [
    false,
    null,
    5_000,
    true,
  ]);
  pass(5_000);
  assert.equal(reservation?.take(), true);
});

Deno.test("evidence budget: no minute ever sees more requests than allowed", () => {
  const step = fc.record({
    wait: fc.integer({ min: 0, max: 20_000 }),
    asked: fc.integer({ min: 1, max: 8 }),
    used: fc.nat(8),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
    const { budget, pass, time } = open();
    const taken: number[] = [];
    for (const { wait, asked, used } of steps) {
      pass(wait);
      const reservation = budget.reserve(asked);
      for (let count = 0; count < used; count++) if (reservation?.take() === true) taken.push(time());
      reservation?.close();
      assert.ok(budget.freeAt(asked) >= time());
    }
    for (const at of taken) assert.ok(taken.filter((other) => other >= at && other < at + 60_000).length <= 10);
  }));
});
