import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { redactText } from "./redact_text.ts";

/** Breaks a token in two, so that no scanner takes the file for a leak. */
const BREAK = /\u00a4/g;
const LEAK = z.object({ form: z.string(), text: z.string(), secret: z.array(z.string()).min(1) });
const LOOKALIKE = z.object({ text: z.string() });

function readRows<T>(name: string, schema: z.ZodType<T>): readonly T[] {
  const file = readFileSync(new URL(`../../test/fixtures/redaction/${name}.jsonl`, import.meta.url), "utf8");
  return file.replaceAll(BREAK, "").trim().split("\n").map((line) => schema.parse(JSON.parse(line)));
}

Deno.test("redact: nothing is left of what clusters leak, in messages, objects, tables and logs", () => {
  const leaks = readRows("leaks", LEAK);
  assert.ok(leaks.length >= 300);
  const left = leaks.flatMap(({ form, text, secret }) => {
    const redacted = redactText(text).text;
    return secret.filter((part) => redacted.includes(part)).map((part) => `${form}: ${part} in ${redacted}`);
  });
  assert.deepEqual(left, []);
});

Deno.test("redact: what was redacted once is left alone the second time", () => {
  const changed = readRows("leaks", LEAK).map(({ text }) => redactText(text).text).filter((once) =>
    redactText(once).text !== once
  );
  assert.deepEqual(changed, []);
});

Deno.test("redact: harmless texts of clusters stay, byte for byte", () => {
  const texts = readRows("lookalikes", LOOKALIKE).map(({ text }) => text);
  assert.ok(texts.length >= 300);
  assert.deepEqual(texts.map((text) => redactText(text).text), texts);
});
