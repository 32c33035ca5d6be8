import assert from "node:assert/strict";
import fc from "fast-check";
import { majorityOf } from "./majority.ts";

const CASES: readonly { name: string; given: (string | null)[]; want: ReturnType<typeof majorityOf> }[] = [
  { name: "nothing said", given: [null, ""], want: { kind: "none" } },
  {
    name: "one voice among the silent",
    given: [null, "a", null],
    want: { kind: "value", value: "a", votes: 1, of: 1 },
  },
  { name: "more than half", given: ["a", "b", "a"], want: { kind: "value", value: "a", votes: 2, of: 3 } },
  { name: "exactly half is no majority", given: ["b", "a"], want: { kind: "split", values: ["a", "b"] } },
  {
    name: "the most votes are not a majority",
    given: ["a", "a", "b", "c"],
    want: { kind: "split", values: ["a", "b", "c"] },
  },
];

for (const { name, given, want } of CASES) {
  Deno.test(`majorityOf: ${name}`, () => assert.deepEqual(majorityOf(given), want));
}

Deno.test("property: majorityOf does not depend on the order of the voices", () => {
  const voices = fc.array(fc.constantFrom("a", "b", "c", ""), { maxLength: 9 });
  fc.assert(fc.property(voices, (values) => {
    assert.deepEqual(majorityOf([...values].reverse()), majorityOf(values));
  }));
});
