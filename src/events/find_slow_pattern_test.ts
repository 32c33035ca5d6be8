import assert from "node:assert/strict";
import { CATALOGUE } from "./catalogue/catalogue.ts";
import { loadFindSlowPattern } from "./find_slow_pattern.ts";

const SLOW = ["(a+)+$", "^(\\w+\\s?)*$", "(x+x+)+y", "(a|aa)+$", "([a-zA-Z]+)*1", "(?i:(b+)+c)", "(.*a){12}$"];
const QUICK = [
  "connection refused",
  "^Error: .*timeout",
  "(foo|bar) baz",
  "^a{1,50}b$",
  "(?<=a)b",
  "(?i:insufficient cpu)",
];

for (const pattern of SLOW) {
  Deno.test(`slow pattern: ${pattern} is found`, async () => {
    assert.match((await loadFindSlowPattern())(pattern) ?? "", /catastrophic backtracking/);
  });
}

for (const pattern of QUICK) {
  Deno.test(`slow pattern: ${pattern} passes`, async () => {
    assert.equal((await loadFindSlowPattern())(pattern), null);
  });
}

Deno.test("slow pattern: the catalogue has none", async () => {
  const find = await loadFindSlowPattern({ analysisMs: 300 });
  const patterns = CATALOGUE.flatMap(({ match, reasonPattern }) => [match, reasonPattern]).filter((pattern) =>
    pattern !== undefined
  );
  const slow = patterns.filter((pattern) => find(pattern) !== null);
  assert.deepEqual(slow, []);
});
