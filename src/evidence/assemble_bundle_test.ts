import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { assembleBundle } from "./assemble_bundle.ts";
import type { Bundle } from "./evidence_part.ts";

Deno.test("bundle: what fits is whole", () => {
  const bundle: Bundle = new Map([["container", { name: "app" }], ["log", { lines: "x" }]]);
  assert.deepEqual(assembleBundle(bundle, [{ part: "usage", reason: "forbidden" }], 32_768), {
    evidence: { container: { name: "app" }, log: { lines: "x" } },
    omitted: [{ part: "usage", reason: "forbidden" }],
    truncated: false,
  });
});

Deno.test("bundle: a part of more than half gives up its largest fields, and says which", () => {
  const { evidence, truncated } = assembleBundle(
    new Map([["container", { name: "app", args: ["x".repeat(30_000)], image: "web:1" }], ["log", { lines: "why" }]]),
    [],
    32_768,
  );
  assert.deepEqual(evidence, { container: { name: "app", image: "web:1", left_out: ["args"] }, log: { lines: "why" } });
  assert.equal(truncated, true);
});

Deno.test("bundle: the end of the plan goes first, and nothing ever goes above the limit", () => {
  for (const limit of [1_024, 4_096, 32_768]) {
    const field = "é".repeat(1_000);
    const part = { a: field, b: field, c: field };
    const { evidence, omitted } = assembleBundle(
      new Map([["container", part], ["log", part], ["owner", part], ["node", part], ["around", part], ["usage", part]]),
      [],
      limit,
    );
    assert.ok(Buffer.byteLength(JSON.stringify(evidence)) <= limit, String(limit));
    if (limit === 32_768) assert.deepEqual([omitted, evidence.usage], [[], { c: field, left_out: ["a", "b"] }]);
    if (limit === 4_096) assert.equal(omitted.at(-1)?.part, "usage");
  }
});
