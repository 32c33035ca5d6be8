import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { selectLogLines } from "./select_log_lines.ts";

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}`);

Deno.test("log lines: a short log stays whole", () => {
  assert.deepEqual(selectLogLines("one\ntwo\n", 30), { lines: "one\ntwo", errors: "", leftOut: 0 });
});

Deno.test("log lines: the last ones, and the errors before them", () => {
  const text = ["java.lang.IllegalStateException: no db", ...numbered(50), "ERROR gave up", ...numbered(30)].join("\n");
  const { lines, errors, leftOut } = selectLogLines(text, 30);
  assert.equal(lines.split("\n").length, 30);
  assert.equal(errors, "java.lang.IllegalStateException: no db\nERROR gave up");
  assert.equal(leftOut, 50);
});

Deno.test("log lines: never above 8 kB, the last line first", () => {
  const text = Array.from({ length: 200 }, (_, index) => `${index} error ${"x".repeat(5_000)}`).join("\n");
  const { lines, errors } = selectLogLines(text, 30);
  assert.ok(Buffer.byteLength(lines + errors) <= 8 * 1024 + 2);
  assert.match(lines.split("\n").at(-1) ?? "", /^199 error x+ \[… \d+ left out …\] x+$/);
});

Deno.test("log lines: a hostile log takes no time", () => {
  const started = performance.now();
  for (
    const text of ["e".repeat(1_000_000), "error".repeat(200_000), "\n".repeat(1_000_000), "AError".repeat(100_000)]
  ) {
    selectLogLines(text, 30);
  }
  assert.ok(performance.now() - started < 1_000);
});
