import assert from "node:assert/strict";
import fc from "fast-check";
import { backoffMs } from "./backoff.ts";

const ROWS: readonly {
  readonly name: string;
  readonly given: readonly [attempt: number, jitter: number, random: number];
  readonly want: number;
}[] = [
  { name: "the first wait is the first", given: [0, 0, 0.5], want: 1_000 },
  { name: "each wait is twice the one before", given: [3, 0, 0.5], want: 8_000 },
  { name: "the limit holds", given: [10, 0, 0.5], want: 60_000 },
  { name: "the thousandth try still has a finite wait", given: [1_000, 0, 0.5], want: 60_000 },
  { name: "jitter at its lowest", given: [0, 0.2, 0], want: 800 },
  { name: "jitter in the middle changes nothing", given: [0, 0.2, 0.5], want: 1_000 },
  { name: "jitter spreads the limit too, or a fleet would knock in step", given: [20, 0.2, 0.75], want: 66_000 },
];

for (const { name, given: [attempt, jitter, random], want } of ROWS) {
  Deno.test(`backoff: ${name}`, () => {
    assert.equal(backoffMs(attempt, { firstMs: 1_000, limitMs: 60_000, jitter, random: () => random }), want);
  });
}

Deno.test("backoff: every wait is within the jitter around the doubled one", () => {
  const anyTry = fc.tuple(fc.nat(2_000), fc.double({ min: 0, max: 1, noNaN: true }));
  fc.assert(fc.property(anyTry, ([attempt, jitter]) => {
    const plainMs = Math.min(500 * 2 ** Math.min(attempt, 30), 30_000);
    const waitMs = backoffMs(attempt, { firstMs: 500, limitMs: 30_000, jitter });
    assert.ok(waitMs >= Math.floor(plainMs * (1 - jitter)) && waitMs <= Math.ceil(plainMs * (1 + jitter)));
  }));
});
