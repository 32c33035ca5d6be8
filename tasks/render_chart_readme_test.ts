import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { CHART_COPIES, renderShippedChartReadme } from "./chart_copies.ts";
import { readChartValues } from "./render_chart_readme.ts";

const CHART = new URL("../deploy/helm/agent/", import.meta.url);
const read = (name: string) => readFile(new URL(name, CHART), "utf8");

Deno.test("the chart's README.md is up to date (deno task docs:chart)", async () => {
  assert.equal(await read("README.md"), renderShippedChartReadme(await read("Chart.yaml"), await read("values.yaml")));
});

for (const { from, to } of CHART_COPIES) {
  Deno.test(`the chart's ${to} is a copy of ${from} (deno task docs:chart)`, async () => {
    assert.equal(await read(to), await read(from));
  });
}

Deno.test("a comment goes on over lines, belongs to the value below it, and makes a map one value", () => {
  const text = `# About the file.

# -- First,
# and on.
a: 1

# Not for the table.
b:
  # -- The first of a map.
  c: ""
  d: {}
# -- One value.
e:
  f: [1]
`;
  assert.deepEqual(readChartValues(text), [
    { path: "a", default: "1", description: "First, and on." },
    { path: "b.c", default: '""', description: "The first of a map." },
    { path: "b.d", default: "{}", description: "" },
    { path: "e", default: '{"f":[1]}', description: "One value." },
  ]);
});

for (const text of ["- a", "[", "? [a]\n: b"]) {
  Deno.test(`values of a chart that are none are refused: ${JSON.stringify(text)}`, () => {
    assert.throws(() => readChartValues(text));
  });
}
