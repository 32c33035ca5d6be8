import assert from "node:assert/strict";
import fc from "fast-check";
import { nanoToFraction, nanoToUnits, parseQuantity } from "./quantity.ts";
import vectors from "./testdata/quantities.json" with { type: "json" };

// The vectors were written by k8s.io/apimachinery v0.36.3 itself: resource.ParseQuantity, then AsDec times 10^9.
for (const [index, { text, nano }] of vectors.entries()) {
  Deno.test(`quantity ${index}: ${JSON.stringify(text)} is ${nano ?? "refused"} as in apimachinery`, () => {
    assert.equal(parseQuantity(text)?.toString() ?? null, nano);
  });
}

const values = [
  { name: "whole cores", text: "4", units: 4, fraction: 4 },
  { name: "millicores", text: "3920m", units: 4, fraction: 3.92 },
  { name: "nanocores from the metrics API", text: "156340000n", units: 1, fraction: 0.15634 },
  { name: "kibibytes of a node's memory", text: "15931268Ki", units: 16313618432, fraction: 16313618432 },
  { name: "bytes of ephemeral storage", text: "18242267924", units: 18242267924, fraction: 18242267924 },
  { name: "half a byte is a byte, as Value() rounds", text: "500m", units: 1, fraction: 0.5 },
  { name: "less than nothing rounds away from zero too", text: "-1500m", units: -2, fraction: -1.5 },
];
for (const { name, text, units, fraction } of values) {
  Deno.test(`quantity in base units: ${name}`, () => {
    const nano = parseQuantity(text);
    assert.ok(nano !== null);
    assert.equal(nanoToUnits(nano), units);
    assert.equal(nanoToFraction(nano), fraction);
  });
}

Deno.test("quantity: no text makes it throw or take long", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."0123456789.+-eEinumkKMGTP "), maxLength: 80 }), (text) => {
      const nano = parseQuantity(text);
      assert.ok(nano === null || typeof nano === "bigint");
    }),
  );
});

Deno.test("quantity: integers with a binary suffix are exact", () => {
  fc.assert(fc.property(fc.bigInt(0n, 2n ** 32n), (count) => {
    assert.equal(parseQuantity(`${count}Ki`), count * 1024n * 1_000_000_000n);
  }));
});
