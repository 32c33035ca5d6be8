import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { EXCUSE_MEANINGS } from "../src/objects/excuse_meanings.ts";
import { OBJECT_RULE_IDS, OBJECT_RULES } from "../src/objects/object_rules.ts";
import { renderObjectRulesDocs } from "./render_object_rules_docs.ts";

Deno.test("docs/object-rules.md is up to date (deno task docs:objects)", async () => {
  const page = await readFile(new URL("../docs/object-rules.md", import.meta.url), "utf8");
  assert.equal(page, renderObjectRulesDocs());
});

Deno.test("the page of rules about objects has one row for every rule", () => {
  const ids = [...renderObjectRulesDocs().matchAll(/^\| `([a-z0-9_.]+)` \|/gm)].map((match) => match[1]);
  assert.deepEqual(ids, OBJECT_RULE_IDS);
});

Deno.test("every excuse that a rule names is explained, and no other", () => {
  const named = new Set(OBJECT_RULES.flatMap(({ excuses }) => excuses));
  assert.deepEqual(Object.keys(EXCUSE_MEANINGS).sort(), [...named].sort());
});
