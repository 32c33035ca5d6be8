import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { redactText } from "./redact_text.ts";

/** Breaks a token in two, so that no scanner takes the file for a leak. */
const BREAK = /\u00a4/g;
const LEAK = z.object({
  form: z.string(),
  text: z.string(),
  secret: z.array(z.string()).min(1),
  cut: z.boolean().optional(),
});
const LOOKALIKE = z.object({ text: z.string() });

function readRows<T>(name: string, schema: z.ZodType<T>): readonly T[] {
  const file = readFileSync(new URL(`../../test/fixtures/redaction/${name}.jsonl`, import.meta.url), "utf8");
  return file.replaceAll(BREAK, "").trim().split("\n").map((line) => schema.parse(JSON.parse(line)));
}

/** What a reader sees of a text: as it is, as a value of JSON, and as the log of a pod. */
const PLACES: Readonly<Record<string, (text: string) => string>> = {
  alone: (text) => text,
  json: (message) => JSON.stringify({ message }),
  "json in json": (msg) => JSON.stringify({ log: JSON.stringify({ msg }) }),
  log: (text) => text.split("\n").map((line) => `[pod/web/app] ${line}`).join("\n"),
  configmap: (text) =>
    `kind: ConfigMap\nbinaryData: {}\ndata:\n  file: |\n${text.split("\n").map((line) => `    ${line}`).join("\n")}\n`,
};

for (const [place, put] of Object.entries(PLACES)) {
  Deno.test(`redact: nothing is left of what clusters leak, in messages, objects, tables and logs: ${place}`, () => {
    const leaks = readRows("leaks", LEAK);
    assert.ok(leaks.length >= 1_000);
    const left = leaks.flatMap(({ form, text, secret, cut = false }) => {
      // What is cut ends where the output does.
      if (cut && place !== "alone") return [];
      const redacted = redactText(put(text), { cut }).text;
      return secret.filter((part) => redacted.includes(part)).map((part) => `${form}: ${part} in ${redacted}`);
    });
    assert.deepEqual(left, []);
  });
}

Deno.test("redact: what was redacted once is left alone the second time", () => {
  const changed = readRows("leaks", LEAK).map(({ text }) => redactText(text).text).filter((once) =>
    redactText(once).text !== once
  );
  assert.deepEqual(changed, []);
});

for (const [place, put] of Object.entries(PLACES)) {
  Deno.test(`redact: harmless texts of clusters stay, byte for byte: ${place}`, () => {
    const texts = readRows("lookalikes", LOOKALIKE).map(({ text }) => put(text));
    assert.ok(texts.length >= 1_000);
    assert.deepEqual(texts.map((text) => redactText(text).text), texts);
  });
}
