import assert from "node:assert/strict";
import fc from "fast-check";
import { readLines } from "./read_lines.ts";

const encoder = new TextEncoder();

async function read(chunks: readonly Uint8Array[], limitBytes = 1_000) {
  const skipped: string[] = [];
  const lines: string[] = [];
  async function* source() {
    yield* chunks;
  }
  for await (const batch of readLines(source(), { limitBytes, onSkipped: (reason) => skipped.push(reason) })) {
    lines.push(...batch);
  }
  return { lines, skipped };
}

const text = (...parts: string[]) => parts.map((part) => encoder.encode(part));
const CASES: readonly { name: string; given: readonly Uint8Array[]; lines: string[]; skipped?: string[] }[] = [
  { name: "several lines in one chunk", given: text("a\nb\nc\n"), lines: ["a", "b", "c"] },
  { name: "a line over three chunks", given: text("one ", "two ", "three\n"), lines: ["one two three"] },
  { name: "a newline at a chunk's start", given: text("a", "\nb\n"), lines: ["a", "b"] },
  { name: "a line cut by the end is dropped", given: text("whole\nhal"), lines: ["whole"] },
  { name: "empty lines are passed over", given: text("\n\na\n \n"), lines: ["a"] },
  {
    name: "a line over the limit in one chunk is skipped, the next one lives",
    given: text("x".repeat(1_001) + "\nok\n"),
    lines: ["ok"],
    skipped: ["too_long"],
  },
  {
    name: "a line over the limit over many chunks is skipped",
    given: text(...Array(30).fill("y".repeat(100)), "\nok\n"),
    lines: ["ok"],
    skipped: ["too_long"],
  },
  { name: "a line of exactly the limit is kept", given: text("z".repeat(1_000) + "\n"), lines: ["z".repeat(1_000)] },
  {
    name: "a wide line is measured in bytes",
    given: text("\u20ac".repeat(334) + "\nok\n"),
    lines: ["ok"],
    skipped: ["too_long"],
  },
  {
    name: "a character cut between chunks survives",
    given: [encoder.encode("\u20ac\n").subarray(0, 1), encoder.encode("\u20ac\n").subarray(1)],
    lines: ["\u20ac"],
  },
  {
    name: "a line that is not UTF-8 is skipped, its neighbours live",
    given: [new Uint8Array([97, 10, 0xff, 0xfe, 10, 98, 10])],
    lines: ["a", "b"],
    skipped: ["invalid_utf8"],
  },
  { name: "a replacement character that was written is kept", given: text("\ufffd\n"), lines: ["\ufffd"] },
  { name: "nothing at all", given: [], lines: [] },
];

for (const { name, given, lines, skipped = [] } of CASES) {
  Deno.test(`readLines: ${name}`, async () => {
    assert.deepEqual(await read(given), { lines, skipped });
  });
}

Deno.test("readLines: however the bytes are cut, the lines are the same", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: "binary" })), fc.array(fc.nat(20)), async (parts, cuts) => {
      const lines = parts.map((part) => part.replaceAll("\n", "")).filter((part) => part.trim() !== "");
      const bytes = encoder.encode(lines.map((line) => line + "\n").join(""));
      const chunks: Uint8Array[] = [];
      let at = 0;
      for (const cut of cuts) {
        chunks.push(bytes.subarray(at, at + cut));
        at += cut;
      }
      chunks.push(bytes.subarray(at));
      const got = await read(chunks, 1_000_000);
      assert.deepEqual(got, {
        lines: lines.map((line) => new TextDecoder().decode(encoder.encode(line))),
        skipped: [],
      });
    }),
  );
});

Deno.test("readLines: any bytes never crash it", async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 200 })), async (chunks) => {
    const { lines } = await read(chunks, 50);
    assert.ok(lines.every((line) => encoder.encode(line).length <= 50));
  }));
});

Deno.test("readLines: a slow reader holds the source back", async () => {
  let pulled = 0;
  async function* source() {
    for (let number = 0; number < 100; number++) {
      pulled++;
      yield encoder.encode(`${number}\n`);
    }
  }
  const lines = readLines(source(), { limitBytes: 100, onSkipped: () => {} });
  await lines.next();
  await lines.next();
  assert.equal(pulled, 2);
  await lines.return(undefined);
});
