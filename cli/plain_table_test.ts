import assert from "node:assert/strict";
import { styleText } from "node:util";
import { formatColumns } from "./plain_table.ts";

const ROWS: readonly { name: string; rows: readonly (readonly string[])[]; want: readonly string[] }[] = [
  { name: "no row", rows: [], want: ["A  BB"] },
  {
    name: "the widest cell makes the column",
    rows: [["long", "x"], ["y", "z"]],
    want: ["A     BB", "long  x", "y     z"],
  },
  { name: "an empty last cell leaves no blanks", rows: [["y", ""]], want: ["A  BB", "y"] },
  { name: "wide characters take two columns", rows: [["一", "x"]], want: ["A   BB", "一  x"] },
  { name: "a character on the one before takes none", rows: [["e\u0301", "x"]], want: ["A  BB", "e\u0301  x"] },
];

for (const { name, rows, want } of ROWS) {
  Deno.test(`columns: ${name}`, () => assert.deepEqual(formatColumns(["A", "BB"], rows).split("\n"), want));
}

Deno.test("columns: colours take no column", () => {
  const red = styleText("red", "lost", { validateStream: false });
  assert.notEqual(red, "lost");
  assert.deepEqual(formatColumns(["A", "B"], [[red, "x"], ["fresh", "y"]]).split("\n"), [
    "A      B",
    `${red}   x`,
    "fresh  y",
  ]);
});

Deno.test("columns: ten thousand rows are no more work each than a thousand", () => {
  const rowsOf = (count: number) => Array.from({ length: count }, (_, at) => Array(14).fill(`cell-${at}`));
  const timeOf = (count: number) => {
    const rows = rowsOf(count);
    const startMs = performance.now();
    formatColumns(Array(14).fill("HEAD"), rows);
    return performance.now() - startMs;
  };
  const fastest = (count: number) => Math.min(timeOf(count), timeOf(count), timeOf(count), timeOf(count));
  fastest(1_000);
  assert.ok(fastest(10_000) < 10 * 4 * Math.max(1, fastest(1_000)));
});
