import assert from "node:assert/strict";
import { parseCustomColumns, parseFieldTemplate } from "./custom_columns.ts";
import { parseJsonPath } from "./parse_jsonpath.ts";

for (
  const text of [
    "{.items[*",
    "{.metadata.name",
    "{.a]}",
    "{.a b,c}",
    "{....}",
    "{..[*]....}",
    '{"open}',
    "{'\\\"'}",
    '{"\\xff"}',
    '{"\\ud800"}',
    '{"\\q"}',
    "{[a]}",
    "{.a[1,1]}",
    "{.a[0,00]}",
    "{.a[0,0,0,0,0]}",
    "{.a['x','x']}",
    "{.a[0:2,1:3]}",
    "{.a[*,0]}",
    "{.a[-]}",
    "{.a[1:2:3:4]}",
    "{.a[99999999999999999]}",
    '{.a[?(@.b=="x"}',
    "{.a[?(@.b==)]}",
    "{1.0}",
    "{1.2.3}",
    "{+}",
    "{#}",
  ]
) {
  Deno.test(`jsonpath: ${text} is none`, () => assert.equal(parseJsonPath(text), null));
}

Deno.test("jsonpath: filters within filters end at a depth", () => {
  const nested = (depth: number): string => depth === 0 ? "@.a" : `@['${nested(depth - 1)}']`;
  for (const depth of [1, 3, 40, 400]) parseJsonPath(`{.x[?(${nested(depth)})]}`);
  assert.equal(parseJsonPath(`{${"['".repeat(300)}a${"']".repeat(300)}}`), null);
});

for (const text of ["NAME", "NAME:", ":", "A:.b,", ",A:.b", "A:{.b}{.c}", "A:{.b", "A:.b[0,0]", "A:.b range .c"]) {
  Deno.test(`custom columns: ${text} is refused`, () => assert.equal(parseCustomColumns(text), null));
}

Deno.test("a field may stand in braces, with a dot or without", () => {
  const plain = parseFieldTemplate(".metadata.name");
  assert.deepEqual(plain, [[{ kind: "field", name: "metadata" }, { kind: "field", name: "name" }]]);
  for (const text of ["metadata.name", "{.metadata.name}", "{metadata.name}"]) {
    assert.deepEqual(parseFieldTemplate(text), plain);
  }
});
