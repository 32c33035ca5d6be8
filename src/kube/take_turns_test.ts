import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Readable } from "node:stream";
import { createGunzip, gzipSync } from "node:zlib";
import { takeTurns } from "./take_turns.ts";

Deno.test("turns: a small answer that inflates to 40 MB leaves the event loop to others", async () => {
  const bytes = 40_000_000;
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  try {
    let read = 0;
    const zipped = Readable.from([gzipSync(Buffer.alloc(bytes, "v"))]);
    for await (const chunk of takeTurns(zipped.pipe(createGunzip()))) read += chunk.length;
    assert.equal(read, bytes);
    assert.ok(turns >= 10, `${turns} turns`);
  } finally {
    clearInterval(timer);
  }
});
