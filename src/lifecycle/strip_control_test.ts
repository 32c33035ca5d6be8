import assert from "node:assert/strict";
import fc from "fast-check";
import { stripAllButColours, stripControl } from "./strip_control.ts";

const CASES: readonly { name: string; given: string; want: string; removed: number }[] = [
  { name: "plain text stays", given: "NAME\tREADY\npod-1\t1/1\n", want: "NAME\tREADY\npod-1\t1/1\n", removed: 0 },
  { name: "other scripts and emoji stay", given: "größe 名前 🚀 नमस्ते", want: "größe 名前 🚀 नमस्ते", removed: 0 },
  { name: "what joins emoji goes, and they stay", given: "👩\u200d🚀", want: "👩🚀", removed: 1 },
  { name: "joiners and soft hyphens in a name", given: "a\u200cd\u200dm\u00adin", want: "admin", removed: 3 },
  { name: "fillers that look like spaces", given: "a\u115fb\u3164c\uffa0d", want: "abcd", removed: 3 },
  { name: "variation selectors", given: "a\ufe0f\u{e0100}b\u180bc", want: "abc", removed: 3 },
  { name: "colours", given: "\x1b[1;31mred\x1b[0m", want: "red", removed: 2 },
  { name: "clearing the screen", given: "a\x1b[2J\x1b[Hb", want: "ab", removed: 2 },
  { name: "one-byte CSI", given: "a\x9b31mb", want: "ab", removed: 1 },
  { name: "a window title (OSC, BEL)", given: "\x1b]0;owned\x07ok", want: "ok", removed: 1 },
  {
    name: "a hyperlink (OSC, ST)",
    given: "\x1b]8;;http://evil\x1b\\text\x1b]8;;\x1b\\",
    want: "text",
    removed: 2,
  },
  { name: "the clipboard (OSC 52)", given: "\x1b]52;c;cm0gLXJmIC8=\x07", want: "", removed: 1 },
  { name: "a device control string", given: "\x1bPq#0;2;0;0;0\x1b\\x", want: "x", removed: 1 },
  {
    name: "an OSC without end hides nothing",
    given: "\x1b]0;rest of\nthe log",
    want: "0;rest of\nthe log",
    removed: 1,
  },
  { name: "a CSI cut at the end", given: "a\x1b[31", want: "a", removed: 1 },
  { name: "an escape cut at the end", given: "a\x1b", want: "a", removed: 1 },
  { name: "resetting the terminal", given: "a\x1bcb", want: "ab", removed: 1 },
  { name: "choosing a character set", given: "a\x1b(0b", want: "ab", removed: 1 },
  { name: "backspaces", given: "safe\b\b\b\bevil", want: "safeevil", removed: 4 },
  { name: "a line that overwrites itself", given: "evil\rsafe", want: "evil\nsafe", removed: 0 },
  { name: "line ends of other systems", given: "a\r\nb\u2028c", want: "a\nb\nc", removed: 0 },
  { name: "bell, NUL and DEL", given: "a\x07\x00\x7fb", want: "ab", removed: 3 },
  { name: "bidirectional override", given: "user\u202e\u2066nimda\u2069", want: "usernimda", removed: 3 },
  { name: "zero-width characters inside a word", given: "pass\u200bword", want: "password", removed: 1 },
  { name: "invisible tag characters", given: "hi\u{e0041}\u{e007f}", want: "hi", removed: 2 },
];

for (const { name, given, want, removed } of CASES) {
  Deno.test(`strip control: ${name}`, () => assert.deepEqual(stripControl(given), { text: want, removed }));
}

Deno.test("strip control: plain colours stay where they are our own, and nothing else does", () => {
  const given = "\x1b[31mred\x1b[39m \x1b[90mgray\x1b[39m \x1b[8mhidden\x1b[0m \x1b[30m\x1b[2J\x1b]0;owned\x07\u202eb";
  const want = "\x1b[31mred\x1b[39m \x1b[90mgray\x1b[39m hidden\x1b[0m b";
  assert.deepEqual(stripAllButColours(given), { text: want, removed: 5 });
});

Deno.test("strip control: nothing but newline and tab is left of the control characters, whatever comes", () => {
  const pieces = fc.constantFrom(
    "\x1b",
    "[",
    "]",
    "0",
    ";",
    "m",
    "\x07",
    "\\",
    "\x9b",
    "\x90",
    "\n",
    "\r",
    "a",
    "\u202e",
  );
  fc.assert(fc.property(fc.array(fc.oneof(pieces, fc.string({ unit: "binary" })), { maxLength: 20 }), (parts) => {
    const { text } = stripControl(parts.join(""));
    assert.doesNotMatch(text, /(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
    assert.deepEqual(stripControl(text), { text, removed: 0 });
  }));
});

for (const piece of ["\x1b", "\x1b]", "\x1b[", "\x1b[1;", "\x1b]0;\x1b]", "\x9d", "\x90aaaa"]) {
  Deno.test(`strip control: 2 MB of ${JSON.stringify(piece)} take linear time`, () => {
    const timeOf = (size: number) => {
      const text = piece.repeat(size / piece.length);
      const startedMs = performance.now();
      stripControl(text);
      return performance.now() - startedMs;
    };
    // Quadratic time would make this minutes, whatever the machine.
    assert.ok(timeOf(2_000_000) < 5000);
  });
}
