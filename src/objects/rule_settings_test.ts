import assert from "node:assert/strict";
import { parseConfig } from "../../test/support/parse_config.ts";
import { OBJECT_RULES } from "./object_rules.ts";
import { configuredObjectRuleSchema, objectRulesInForce } from "./rule_settings.ts";

const ruleOf = (changes: Parameters<typeof objectRulesInForce>[0], id: string) =>
  objectRulesInForce(changes).find((rule) => rule.id === id);

Deno.test("object rule settings: without any, every rule is as it is written", () => {
  assert.deepEqual(objectRulesInForce([]), OBJECT_RULES);
});

Deno.test("object rule settings: a rule is changed by its id, and ignored", () => {
  const id = "scheduling.pod.pending";
  const changed = ruleOf([{ id, for: "15m", hold: "1m", severity: "low" }], id);
  assert.deepEqual([changed?.forMs, changed?.holdMs, changed?.severity], [900_000, 60_000, "low"]);
  assert.equal(ruleOf([{ id, ignore: true }], id), undefined);
  assert.equal(objectRulesInForce([{ id, ignore: true }]).length, OBJECT_RULES.length - 1);
});

const REFUSED: readonly (readonly [string, unknown])[] = [
  ["an id that no rule has", { id: "oom.container.eaten", severity: "low" }],
  ["an id alone, which changes nothing", { id: "oom.container.killed" }],
  ["a time that is none", { id: "oom.container.killed", for: "soon" }],
  ["a time before now", { id: "oom.container.killed", hold: "-5m" }],
  ["a time beyond a day", { id: "oom.container.killed", hold: "48h" }],
  ["a severity that is none", { id: "oom.container.killed", severity: "dire" }],
  ["a key that it does not know", { id: "oom.container.killed", reason: "OOMKilled" }],
];

for (const [name, rule] of REFUSED) {
  Deno.test(`object rule settings: ${name} is refused`, () => {
    assert.equal(configuredObjectRuleSchema.safeParse(rule).success, false);
  });
}

Deno.test("object rule settings: the configuration takes them, and no id twice", async () => {
  const rule = { id: "crash.container.exit", severity: "low" };
  const parse = (rules: readonly unknown[]) =>
    parseConfig(JSON.stringify({ central_endpoint: "nats://127.0.0.1:4222", objects: { rules } }));
  assert.deepEqual((await parse([rule])).objects.rules, [rule]);
  await assert.rejects(parse([rule, rule]), /without duplicate ids/);
});
