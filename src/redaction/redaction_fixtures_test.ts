import assert from "node:assert/strict";
import { AROUND, NAME_FORMS, SECRET_NAMES, SECRET_VALUES } from "../../test/fixtures/redaction/name_forms.ts";
import { ORDINARY_TEXTS } from "../../test/fixtures/redaction/ordinary_texts.ts";
import { ODD_FORMS, ODD_VALUES, PLANTED_FORMS, PLANTED_VALUES } from "../../test/fixtures/redaction/planted_secrets.ts";
import { SIGNED_ADDRESSES, TOKEN_SHAPES } from "../../test/fixtures/redaction/token_shapes.ts";
import { redactText } from "./redact_text.ts";

/** The cases of which something is left, as a list that a reader of a failure can use. */
function left(cases: readonly { readonly given: string; readonly secret: string }[]): readonly string[] {
  return cases.flatMap(({ given, secret }) => {
    const { text } = redactText(given);
    const twice = redactText(text);
    if (text.includes(secret)) return [`left ${JSON.stringify(secret)}: ${JSON.stringify(text)}`];
    return twice.text === text ? [] : [`changed again: ${JSON.stringify(text)} to ${JSON.stringify(twice.text)}`];
  });
}

const plant = (text: string, secret: string) => ({
  given: text.replaceAll("@@@", `${secret}@`).replaceAll("@@", secret),
  secret,
});

Deno.test("redact: no planted secret is left, whatever the form it stands in", () => {
  const cases = PLANTED_FORMS.flatMap(({ text }) => PLANTED_VALUES.map((value) => plant(text, value)));
  assert.ok(cases.length >= 200);
  assert.deepEqual(left(cases), []);
});

Deno.test("redact: a value that begins like a structure, a path or a reference is none", () => {
  assert.deepEqual(left(ODD_FORMS.flatMap(({ text }) => ODD_VALUES.map((value) => plant(text, value)))), []);
});

/** Where a token stands; the quotes and escapes around it must not hide it. */
const TOKEN_PLACES = [
  "@@",
  "got @@, ok",
  '{"msg":"a\\n@@"}',
  '{"a":"{\\"b\\":\\"x\\\\t@@\\"}"}',
  "x: '@@'",
  "[pod/a/b] 2026-01-02T03:04:05Z @@",
  "note=@@;b=1",
  "(@@)",
];

Deno.test("redact: tokens go by their shape, wherever they stand", () => {
  assert.deepEqual(left(TOKEN_SHAPES.flatMap(({ token }) => TOKEN_PLACES.map((place) => plant(place, token)))), []);
});

Deno.test("redact: credentials inside addresses and connection strings go, the rest stays", () => {
  for (const { name, text, secret } of SIGNED_ADDRESSES) {
    const redacted = redactText(text).text;
    assert.ok(!redacted.includes(secret), `${name}: ${redacted}`);
    assert.equal(redacted.slice(0, 8), text.slice(0, 8), name);
  }
});

Deno.test("redact: ordinary texts that look alike stay, byte for byte", () => {
  assert.ok(ORDINARY_TEXTS.length >= 200);
  const touched = ORDINARY_TEXTS.filter((text) => redactText(text).text !== text);
  assert.deepEqual(touched.map((text) => [text, redactText(text).text]), []);
});

for (const [around, put] of Object.entries(AROUND)) {
  Deno.test(`redact: whatever the name, and however its value follows it: ${around}`, () => {
    let turn = 0;
    const cases = SECRET_NAMES.flatMap((name) =>
      NAME_FORMS.map((form) => {
        const secret = SECRET_VALUES[turn++ % SECRET_VALUES.length] ?? "";
        return { given: put(form.replaceAll("@n", name).replaceAll("@v", secret)), secret };
      })
    );
    assert.deepEqual(left(cases), []);
  });
}
