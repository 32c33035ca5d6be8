import assert from "node:assert/strict";
import { compact } from "./compact.ts";

Deno.test("compact: what is undefined goes, and everything else stays in its order", () => {
  const given: { a: number; b: string | undefined; c: null; d: false; e?: string } = {
    a: 0,
    b: undefined,
    c: null,
    d: false,
    e: "",
  };
  const compacted: { a: number; b?: string; c: null; d: false; e?: string } = compact(given);
  assert.deepEqual(Object.entries(compacted), [["a", 0], ["c", null], ["d", false], ["e", ""]]);
  assert.deepEqual(compact({ ...given, b: "b" }).b, "b");
});
