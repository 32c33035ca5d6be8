import assert from "node:assert/strict";
import { memoryNeed, tellsNoMemory } from "./memory_need.ts";

const TOLD: readonly { stderr: string; want: boolean }[] = [
  { stderr: "fatal error: runtime: cannot allocate memory\n\nruntime stack:\n", want: true },
  { stderr: "fatal error: out of memory allocating heap arena map\n", want: true },
  { stderr: "runtime: out of memory: cannot allocate 4194304-byte block\n", want: true },
  { stderr: "tail: memory exhausted\n", want: true },
  { stderr: "curl: Cannot allocate memory\n", want: true },
  { stderr: "", want: false },
  { stderr: 'Error from server (NotFound): pods "memory" not found\n', want: false },
  { stderr: `${"x".repeat(3_000)} out of memory`, want: false },
];

for (const { stderr, want } of TOLD) {
  Deno.test(`memory: ${JSON.stringify(stderr.slice(0, 40))} ${want ? "tells" : "does not tell"} of too little of it`, () => {
    assert.equal(tellsNoMemory(stderr), want);
  });
}

Deno.test("memory: kubectl and tools that nobody knows set the whole limit aside, small tools a little", () => {
  const limits = { limitBytes: 80 * 2 ** 20, totalBytes: 160 * 2 ** 20 };
  const needs = ["kubectl", "other", "ps"].map((tool) => memoryNeed(tool, limits) / 2 ** 20);
  assert.deepEqual(needs, [80, 80, 16]);
});
