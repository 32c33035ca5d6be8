import assert from "node:assert/strict";
import process from "node:process";
import { stripVTControlCharacters, styleText } from "node:util";
import { displayWidth } from "./display_width.ts";
import { type Column, fitTable } from "./plain_table.ts";

const formatColumns = (titles: readonly string[], rows: readonly (readonly string[])[]) =>
  fitTable(titles.map((title) => ({ title })), rows, null).text;

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
    const start = process.cpuUsage(); // a busy machine does not count
    formatColumns(Array(14).fill("HEAD"), rows);
    return process.cpuUsage(start).user / 1000;
  };
  const fastest = (count: number) => Math.min(timeOf(count), timeOf(count), timeOf(count), timeOf(count));
  fastest(1_000);
  assert.ok(fastest(10_000) < 10 * 4 * Math.max(1, fastest(1_000)));
});

const FITTED: readonly Column[] = [
  { title: "CLUSTER", cut: "middle", least: 10 },
  { title: "REGION", worth: 1 },
  { title: "STATE" },
  { title: "WORDS", cut: "end", worth: 2 },
];
const FLEET = [
  ["prod-us-west-2-a", "us-west-2", "fresh", "some words of a message"],
  ["a", "-", styleText("red", "lost", { validateStream: false }), "一一一"],
];
const WIDTHS: readonly { width: number; first: string; leftOut: readonly string[] }[] = [
  { width: 59, first: "prod-us-west-2-a  us-west-2  fresh  some words of a message", leftOut: [] },
  { width: 50, first: "prod-us-west-2-a  us-west-2  fresh  some words of…", leftOut: [] },
  { width: 40, first: "prod-…t-2-a  us-west-2  fresh  some wor…", leftOut: [] },
  { width: 36, first: "prod-us…st-2-a  fresh  some words o…", leftOut: ["REGION"] },
  { width: 20, first: "prod-u…st-2-a  fresh", leftOut: ["REGION", "WORDS"] },
];

for (const { width, first, leftOut } of WIDTHS) {
  Deno.test(`columns: on a terminal of ${width}`, () => {
    const fitted = fitTable(FITTED, FLEET, width);
    const lines = fitted.text.split("\n");
    assert.deepEqual([lines[1], fitted.leftOut], [first, leftOut]);
    const widest = Math.max(...lines.map((line) => displayWidth(stripVTControlCharacters(line))));
    assert.ok(widest <= width, `${widest} of ${width}`);
  });
}

Deno.test("columns: one without a word in it goes before one that is worth less", () => {
  const rows = [["a".repeat(10), "us-west-2", "fresh", "-"]];
  assert.deepEqual(fitTable(FITTED, rows, 30).leftOut, ["WORDS"]);
});
