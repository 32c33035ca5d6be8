import assert from "node:assert/strict";
import fc from "fast-check";
import { isSubjectToken, subjectToken } from "./subject_token.ts";

const CASES: readonly { given: string; want: string }[] = [
  { given: "k8s-3f1c9a52-7d0e-4b6b-9a41-5c2f8e0d1a01", want: "k8s-3f1c9a52-7d0e-4b6b-9a41-5c2f8e0d1a01" },
  { given: "PROD_EU-1", want: "PROD_EU-1" },
  { given: "prod--eu-", want: "prod--eu-" },
  { given: "a".repeat(63), want: "a".repeat(63) },
  { given: "prod.eu *>", want: "prod-eu-a7ddefb7" },
  { given: "Prod.EU_West", want: "Prod-EU_West-e72407e9" },
  { given: "cluster-1.region-a", want: "cluster-1-region-a-79b2e429" },
  { given: "$SYS", want: "SYS-aa6a7d50" },
  { given: ">>>", want: "x-e93521b2" },
  { given: "生产集群", want: "x-21c8215e" },
  { given: "", want: "x-e3b0c442" },
  { given: "prod\n", want: "prod-49d5c577" },
];

for (const { given, want } of CASES) {
  Deno.test(`subjectToken(${JSON.stringify(given).slice(0, 50)}) is ${want}`, () => {
    assert.equal(subjectToken(given), want);
  });
}

Deno.test("subjectToken cuts a long id to 63 characters and keeps two of them apart", () => {
  const [one, two] = [subjectToken("a".repeat(64)), subjectToken("a".repeat(65))];
  assert.equal(one.length, 63);
  assert.equal(two.length, 63);
  assert.notEqual(one, two);
});

/** Ids that are close to each other are what could fold: same letters, other separators, other lengths, half characters. */
const hostileId = fc.oneof(
  fc.string({ unit: "binary", maxLength: 80 }),
  fc.array(fc.constantFrom("a", "B", "-", "_", ".", "*", ">", " ", "$", "é", "\u0000", "\ud800", "\udc00"), {
    maxLength: 70,
  }).map((parts) => parts.join("")),
);

Deno.test("property: subjectToken always gives one legal token, and its answer is stable", () => {
  fc.assert(fc.property(hostileId, (id) => {
    const token = subjectToken(id);
    assert.ok(isSubjectToken(token), token);
    assert.equal(subjectToken(token), token);
  }));
});

Deno.test("property: subjectToken never makes two different ids into one", () => {
  fc.assert(
    fc.property(fc.uniqueArray(hostileId, { minLength: 2, maxLength: 12 }), (ids) => {
      assert.equal(new Set(ids.map(subjectToken)).size, ids.length);
    }),
    { numRuns: 500 },
  );
});
