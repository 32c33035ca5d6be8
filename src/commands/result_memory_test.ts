import assert from "node:assert/strict";
import { createResultMemory } from "./result_memory.ts";

/** What an entry of one letter takes beside its answer. */
const ENTRY = 160 + "a".length + "digest".length;

const bytes = (length: number): Uint8Array => new Uint8Array(length);

function settleNew(memory: ReturnType<typeof createResultMemory>, id: string, body: Uint8Array): void {
  const claim = memory.claim(id, "digest");
  assert.equal(claim.kind, "first");
  if (claim.kind === "first") claim.settle(body);
}

async function answerOf(memory: ReturnType<typeof createResultMemory>, id: string): Promise<Uint8Array | null> {
  const claim = memory.claim(id, "digest");
  assert.equal(claim.kind, "again");
  return claim.kind === "again" ? await claim.answer : null;
}

Deno.test("result memory: past its bytes the oldest answers go, and their ids stay claimed", async () => {
  let dropped = 0;
  const memory = createResultMemory({ now: () => 0, byteLimit: 100 + 3 * ENTRY, onDropped: () => dropped++ });
  for (const id of ["a", "b", "c"]) settleNew(memory, id, bytes(40));
  assert.equal(await answerOf(memory, "a"), null);
  assert.equal((await answerOf(memory, "b"))?.length, 40);
  assert.equal((await answerOf(memory, "c"))?.length, 40);
  settleNew(memory, "huge", bytes(1000));
  assert.equal(await answerOf(memory, "huge"), null);
  assert.equal(dropped, 4);
});

Deno.test("result memory: what it holds is counted, ids included, and given back", () => {
  let nowMs = 0;
  const memory = createResultMemory({ now: () => nowMs, windowMs: 1000, idLimit: 100 });
  for (let i = 0; i < 1_000; i++) {
    settleNew(memory, `id-${i}`, bytes(10));
    assert.ok(memory.bytes() <= 100 * 200, `${memory.bytes()} bytes after ${i}`);
  }
  const claim = memory.claim("released", "digest");
  const before = memory.bytes();
  if (claim.kind === "first") claim.release();
  assert.ok(memory.bytes() < before);
  nowMs = 2_000;
  settleNew(memory, "last", bytes(10));
  assert.ok(memory.bytes() < 200, `${memory.bytes()} bytes`);
});

Deno.test("result memory: an id is forgotten after the window", () => {
  let nowMs = 0;
  const memory = createResultMemory({ now: () => nowMs, windowMs: 1000 });
  settleNew(memory, "a", bytes(1));
  nowMs = 999;
  assert.equal(memory.claim("a", "digest").kind, "again");
  nowMs = 1000;
  assert.equal(memory.claim("a", "digest").kind, "first");
});

Deno.test("result memory: ids are bounded", () => {
  const memory = createResultMemory({ now: () => 0, idLimit: 3 });
  for (const id of ["a", "b", "c", "d"]) settleNew(memory, id, bytes(1));
  assert.equal(memory.claim("d", "digest").kind, "again");
  assert.equal(memory.claim("a", "digest").kind, "first");
});

Deno.test("result memory: who waits for an answer gets it, also when its bytes are dropped at once", async () => {
  const memory = createResultMemory({ now: () => 0, byteLimit: 10 + ENTRY });
  const first = memory.claim("a", "digest");
  const again = memory.claim("a", "digest");
  if (first.kind === "first") first.settle(bytes(50));
  assert.equal(again.kind === "again" && (await again.answer)?.length, 50);
});

Deno.test("result memory: a released id can be claimed again, another content can't take a claimed one", () => {
  const memory = createResultMemory({ now: () => 0 });
  const first = memory.claim("a", "digest");
  assert.equal(memory.claim("a", "other").kind, "other");
  if (first.kind === "first") first.release();
  assert.equal(memory.claim("a", "other").kind, "first");
});
