import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { parseCustomColumns } from "./custom_columns.ts";
import { parseJsonPath } from "./parse_jsonpath.ts";
import type { PrintRequest } from "./print_request.ts";
import { createPrintedOutput } from "./printed_output.ts";

function jsonPath(text: string, more: Partial<PrintRequest & { kind: "jsonpath" }> = {}): PrintRequest {
  const template = parseJsonPath(text);
  assert.ok(template !== null, text);
  return { kind: "jsonpath", template, asJson: false, allowMissingKeys: true, ...more };
}

function columns(text: string, headers = true): PrintRequest {
  const parsed = parseCustomColumns(text);
  assert.ok(parsed !== null, text);
  return { kind: "custom_columns", columns: parsed, headers };
}

interface Printed {
  readonly text: string;
  readonly failure: string | null;
  readonly truncated: boolean;
}

function print(request: PrintRequest, answer: unknown, { limit = 1e6, chunk = 1e9, whole = true } = {}): Printed {
  const output = createPrintedOutput(request, limit);
  const bytes = Buffer.from(typeof answer === "string" ? answer : JSON.stringify(answer));
  for (let at = 0; at < bytes.length; at += chunk) {
    if (!output.take("stdout", bytes.subarray(at, at + chunk))) break;
  }
  output.finish(whole);
  return { text: output.text("stdout"), failure: output.failure, truncated: output.truncated };
}

const listOf = (...items: unknown[]) => ({ apiVersion: "v1", kind: "List", metadata: { resourceVersion: "" }, items });
const SECRETIVE = {
  kind: "Pod",
  metadata: { name: "app" },
  spec: { containers: [{ env: [{ name: "DB_PASSWORD", value: "hunter2" }, { name: "PORT", value: "80" }] }] },
};

Deno.test("a secret is cut out before any expression sees it", () => {
  for (
    const [text, want] of [
      ["{.items[*].spec.containers[*].env[*].value}", "[REDACTED:env_value] 80"],
      ["{..env[*].value}", "[REDACTED:env_value] 80"],
      ["{range .items[*]}{range ..env[*]}{.value};{end}{end}", "[REDACTED:env_value];80;"],
      ['{..env[?(@.value=="hunter2")].name}', ""],
      ['{..env[?(@.value>"h")].name}', ""],
    ] as const
  ) {
    assert.equal(print(jsonPath(text), listOf(SECRETIVE)).text, want, text);
  }
  assert.equal(
    print(columns("V:..env[*].value", false), listOf(SECRETIVE)).text,
    "[REDACTED:env_value],80\n",
  );
});

Deno.test("an empty list ends a subscript for all later items, as in kubectl, also when items come one by one", () => {
  const list = listOf({ a: [1, 2] }, { a: [] }, { a: [3] });
  assert.equal(print(jsonPath("{.items[*].a[*]}"), list, { chunk: 5 }).text, "1 2");
  assert.equal(print(jsonPath("{.items[*].a[*]}{.items[0].kind}"), list).text, "1 2");
  assert.equal(print(jsonPath("{range .items[*]}{.a[*]};{end}"), list, { chunk: 5 }).text, "1 2;;3;");
});

Deno.test("an expression that can't be evaluated prints nothing and says why", () => {
  for (
    const [text, answer, why] of [
      ["{.items[*].a[5]}", listOf({ a: [1] }), /out of bounds: index 5, length 1/],
      ["{.items[*].a[0]}", listOf({ a: "x" }), /no array/],
      ["{foo}", listOf(), /unrecognized identifier foo/],
      ["{end}", listOf(), /nothing to end/],
      ['{.items[?(@.a=="1")]}', listOf({ a: 1 }), /incompatible types/],
      ["{.items[?(@.a>true)]}", listOf({ a: true }), /invalid type/],
      ["{.items[*].n}", '{"items":[{"n":12345678901234567890}]}', /exactly/],
      ["{.kind}", "no JSON", /no whole JSON/],
      ["{.kind}", '{"items":[{]}', /no whole JSON/],
    ] as const
  ) {
    const printed = print(jsonPath(text), answer);
    assert.equal(printed.text, "");
    assert.match(printed.failure ?? "", why);
  }
});

Deno.test("a missing field is an error where missing keys are not allowed", () => {
  const request = (text: string) => jsonPath(text, { allowMissingKeys: false });
  assert.match(print(request("{.items[*].b}"), listOf({ a: 1 })).failure ?? "", /b is not found/);
  assert.equal(print(request("{.items[*].a}"), listOf({ a: 1 }, {})).text, "1");
});

Deno.test("nothing is printed of nothing", () => {
  assert.deepEqual(print(columns("A:.b"), ""), { text: "", failure: null, truncated: false });
});

Deno.test("of an answer that was cut, the items are printed that had come", () => {
  const cut = JSON.stringify(listOf({ a: 1 }, { a: 2 }, { a: 3 })).slice(0, -8);
  assert.equal(print(jsonPath("{.items[*].a}{.kind}"), cut, { whole: false }).text, "1 2");
  assert.equal(print(columns("A:.a"), cut, { whole: false }).text, "A\n1\n2\n");
});

Deno.test("the output ends at its limit, in whole characters", () => {
  const list = listOf(...Array.from({ length: 100 }, () => ({ a: "é".repeat(10) })));
  for (const request of [jsonPath("{range .items[*]}{.a}{end}"), jsonPath("{..a}"), columns("A:.a,B:.a")]) {
    const printed = print(request, list, { limit: 101 });
    assert.ok(printed.truncated);
    assert.ok(Buffer.byteLength(printed.text) <= 101 && Buffer.byteLength(printed.text) > 90);
    assert.ok(!printed.text.includes("\ufffd"));
  }
});

Deno.test("an expression that multiplies its work is stopped", () => {
  let chain: object = { end: 1 };
  for (let depth = 0; depth < 60; depth++) chain = { a: chain, b: depth };
  const startedMs = performance.now();
  for (const text of [`{${"...*".repeat(8)}}`, `{range .items[*]}{${"...*".repeat(8)}}{end}`]) {
    assert.match(print(jsonPath(text), listOf(chain)).failure ?? "", /too much work|too many values/, text);
  }
  assert.ok(performance.now() - startedMs < 10_000);
  const wide = listOf({ a: Array.from({ length: 4000 }, (_, b) => ({ b })) });
  assert.equal(print(jsonPath("{.items[*].a[?(@.b>=0)].b}".repeat(60)), wide, { limit: 10 }).failure, null);
});

Deno.test("a list that must be whole is refused when it is large, and not when it goes item by item", () => {
  const large = listOf(...Array.from({ length: 200 }, (_, a) => ({ a, pad: "x y ".repeat(15_000) })));
  assert.match(print(jsonPath("{.items[0].a}"), large, { chunk: 65_536 }).failure ?? "", /too large/);
  assert.equal(print(jsonPath("{.items[0:].a}"), listOf({ a: 1 })).text, "1");
  assert.equal(print(jsonPath("{.items[*].a}"), large, { chunk: 65_536 }).text.split(" ").length, 200);
});

Deno.test("item by item prints the same as the list at once, whatever the pieces", () => {
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: "small" },
      fc.integer({ min: -9, max: 9 }),
      fc.constantFrom("", "x", "é", true, null),
      tie("list"),
      tie("object"),
    ),
    list: fc.array(tie("any"), { maxLength: 3 }),
    object: fc.dictionary(fc.constantFrom("a", "b", "c"), tie("any"), { maxKeys: 3 }),
  })).object;
  const step = fc.constantFrom(".a", ".b", "[*]", "[0]", "[-1]", "[1:]", ".*", "..", "[?(@.a)]", '[?(@.b=="x")]');
  fc.assert(
    fc.property(
      fc.array(value, { maxLength: 5 }),
      fc.array(step, { maxLength: 4 }),
      fc.boolean(),
      (items, steps, range) => {
        const rest = steps.join("").replaceAll("....", "..").replaceAll("...", "..");
        const text = range ? `{range .items[*]${rest}}{.a}|{end}` : `<{.items[*]${rest}}>`;
        if (parseJsonPath(text) === null) return;
        // Any fixed look at the list makes the whole template wait for it.
        const itemwise = print(jsonPath(text), listOf(...items), { chunk: 3 });
        const whole = print(jsonPath(`${text}{.items[0:0]}`), listOf(...items));
        assert.equal(itemwise.failure === null, whole.failure === null, text);
        assert.equal(itemwise.text, whole.text, text);
      },
    ),
    { numRuns: 2000 },
  );
});
