import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { createMemoryBudget, MEMORY_SHARES, usualMemoryLimit } from "./memory_budget.ts";

const MIB = 2 ** 20;
const WITHOUT_LIMIT = Math.floor(0.6 * 256 * MIB);

const ROWS: readonly { name: string; v2?: string; v1?: string; want: number }[] = [
  { name: "of cgroup v2", v2: `${512 * MIB}\n`, want: Math.floor(0.6 * 512 * MIB) },
  { name: "of cgroup v1", v1: `${128 * MIB}\n`, want: Math.floor(0.6 * 128 * MIB) },
  { name: "that is none in v2", v2: "max\n", want: WITHOUT_LIMIT },
  { name: "that is none in v1", v1: "9223372036854771712\n", want: WITHOUT_LIMIT },
  { name: "that is nowhere", want: WITHOUT_LIMIT },
  { name: "that is no number", v2: "-1\n", v1: "", want: WITHOUT_LIMIT },
];

for (const { name, v2, v1, want } of ROWS) {
  Deno.test(`memory budget: the limit ${name}`, async () => {
    await using dir = await createTempDir("cgroup");
    await mkdir(dir.file("memory"));
    if (v2 !== undefined) await writeFile(dir.file("memory.max"), v2);
    if (v1 !== undefined) await writeFile(dir.file("memory/memory.limit_in_bytes"), v1);
    assert.equal(await usualMemoryLimit(dir.file("")), want);
  });
}

Deno.test("memory budget: all shares together are no more than there is", () => {
  const { bytesOf, limitBytes } = createMemoryBudget(100 * MIB);
  assert.equal(bytesOf("outbox"), 40 * MIB);
  assert.equal(limitBytes, 100 * MIB);
  assert.ok(Object.values(MEMORY_SHARES).reduce((sum, share) => sum + share, 0) <= 1);
});
