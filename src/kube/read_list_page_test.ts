import assert from "node:assert/strict";
import type { KubeError } from "./kube_error.ts";
import { readListPage } from "./read_list_page.ts";

const request = { path: "/api/v1/pods", signal: new AbortController().signal };

async function* bodyOf(...pieces: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield new TextEncoder().encode(piece);
}

Deno.test("list page: items, version and the next page's token", async () => {
  const read = await readListPage(
    request,
    bodyOf('{"kind":"PodList","metadata":{"resourceVersion":"7","continue":"abc"},"ite', 'ms":[{"a":1},{"b"', ":2}]}"),
  );
  assert.deepEqual(read, {
    page: { items: [{ a: 1 }, { b: 2 }], resourceVersion: "7", remainingItemCount: null },
    continueToken: "abc",
  });
});

for (const items of ["[]", "null"]) {
  Deno.test(`list page: ${items} is an empty list`, async () => {
    const { page } = await readListPage(request, bodyOf(`{"metadata":{"resourceVersion":"7"},"items":${items}}`));
    assert.deepEqual([page.items, page.resourceVersion], [[], "7"]);
  });
}

Deno.test("list page: items under a key that is written with an escape are an error, not an empty list", async () => {
  await assert.rejects(
    readListPage(request, bodyOf('{"metadata":{"resourceVersion":"7"},"\\u0069tems":[{"a":1}]}')),
    (error: KubeError) => error.message.includes("items"),
  );
});

Deno.test("list page: a Table is an error, not an empty list", async () => {
  await assert.rejects(
    readListPage(request, bodyOf('{"kind":"Table","metadata":{"resourceVersion":"7"},"rows":[{"cells":["a"]}]}')),
    /Cannot list pods: the answer is a Table, no list; is a proxy in between\?/,
  );
});
