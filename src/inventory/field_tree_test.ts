import assert from "node:assert/strict";
import { mergeFields } from "./field_tree.ts";

Deno.test("field trees: what several readers want of one object is read once, and what one wants whole is whole", () => {
  assert.deepEqual(
    mergeFields(
      { metadata: { name: true }, status: { conditions: { type: true } } },
      { metadata: { labels: true }, status: { conditions: true } },
      { spec: { nodeName: true }, status: { phase: true } },
    ),
    { metadata: { name: true, labels: true }, status: { conditions: true, phase: true }, spec: { nodeName: true } },
  );
  assert.deepEqual(mergeFields(), {});
});
