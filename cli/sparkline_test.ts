import assert from "node:assert/strict";
import { countBySlot, sparkline } from "./sparkline.ts";

Deno.test("sparkline: none is a space, the highest a full block", () => {
  assert.equal(sparkline([0, 1, 4, 8]), " ▁▄█");
  assert.equal(sparkline([0, 0]), "  ");
});

Deno.test("sparkline: times are counted in equal parts of the range, the ends included", () => {
  assert.deepEqual(countBySlot([0, 1, 50, 99, 100], 0, 100, 4), [2, 0, 1, 2]);
});
