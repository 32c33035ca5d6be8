import assert from "node:assert/strict";
import { jsonLine, printable } from "./printable.ts";
import { guardTerminal } from "./terminal_guard.ts";

/** C1, bidirectional, zero-width, a filler that looks like a space, a line separator, a tag, an escape sequence. */
const HOSTILE = "a\u009b2Jb\u202ec\u200dd\u3164e\u2028f\u{e0041}g\x1b]0;owned\x07h";

Deno.test("printable: one visible character stands for each that is not", () => {
  assert.equal(printable(HOSTILE), "a\ufffd2Jb\ufffdc\ufffdd\ufffde\ufffdf\ufffdg\ufffd]0;owned\ufffdh");
});

Deno.test("printable: a line of JSON is printable ASCII where the text was not, and means the same", () => {
  const line = jsonLine({ message: HOSTILE, name: "größe 名前" });
  assert.match(line, /^[^\p{C}\p{Zl}\u3164]*\n$/u);
  assert.deepEqual(JSON.parse(line), { message: HOSTILE, name: "größe 名前" });
});

Deno.test("terminal guard: a terminal gets nothing that steers it, a file gets what was written", () => {
  const written: string[] = [];
  const stream = (isTTY: boolean) => ({ isTTY, columns: 120, write: (text: string) => written.push(text) > 0 });
  const terminal = guardTerminal(stream(true));
  terminal.write(`${HOSTILE} \x1b[31mred\x1b[39m\n`);
  guardTerminal(stream(false)).write(HOSTILE);
  assert.deepEqual(written, ["abcde\nfgh \x1b[31mred\x1b[39m\n", HOSTILE]);
  assert.deepEqual([terminal.isTTY, terminal.columns], [true, 120]);
});
