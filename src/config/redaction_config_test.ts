import assert from "node:assert/strict";
import { formatProblem } from "./config_problem.ts";
import { loadConfigContent } from "./load_config.ts";

const load = (text: string) =>
  loadConfigContent("config.yaml", { kind: "ok", text: `central_endpoint: nats://c.example:4222\n${text}` }, {
    env: {},
  });

Deno.test("config: redaction takes names and patterns", async () => {
  const loaded = await load("redaction: {names: ['*_pin', iban], patterns: ['\\bACME-[0-9]{8}\\b']}\n");
  assert.ok(loaded.kind === "ok");
  assert.deepEqual(loaded.config.redaction, { names: ["*_pin", "iban"], patterns: ["\\bACME-[0-9]{8}\\b"] });
});

const REFUSED: readonly { readonly name: string; readonly text: string; readonly want: RegExp }[] = [
  {
    name: "a name that nothing can find",
    text: "redaction: {names: ['*']}\n",
    want: /three letters or digits in a row/,
  },
  {
    name: "a pattern that does not compile",
    text: "redaction: {patterns: ['(abc']}\n",
    want: /is not a valid regular expression/,
  },
  {
    name: "a pattern that matches nothing at all",
    text: "redaction: {patterns: ['(?:a)*']}\n",
    want: /matches an empty text/,
  },
  {
    name: "a pattern with exponential time",
    text: "redaction: {patterns: ['(?:a+)+b']}\n",
    want: /catastrophic backtracking/,
  },
  {
    name: "a pattern with quadratic time",
    text: "redaction: {patterns: ['a.*a.*b']}\n",
    want: /catastrophic backtracking/,
  },
];

for (const { name, text, want } of REFUSED) {
  Deno.test(`config: redaction refuses ${name}`, async () => {
    const loaded = await load(text);
    assert.ok(loaded.kind === "invalid");
    assert.match(loaded.problems.map(formatProblem).join("\n"), want);
  });
}
