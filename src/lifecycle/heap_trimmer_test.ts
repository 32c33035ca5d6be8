import assert from "node:assert/strict";
import { eventually } from "../../sandbox/eventually.ts";
import { createMovableClock } from "../../test/support/pipeline_rig.ts";
import { createHeapTrimmer, openHeap } from "./heap_trimmer.ts";
import { nextTurn } from "./next_turn.ts";

const MIB = 2 ** 20;

/** A trimmer over a heap whose size the test sets; a collection leaves `aliveBytes`. */
function startTrimmer(aliveBytes: number) {
  const clock = createMovableClock();
  const stop = new AbortController();
  const heap = { bytes: aliveBytes, heldBytes: 0, looks: 0, trims: 0, ms: 0, collectMs: 0, wasCollected: false };
  const done = createHeapTrimmer({
    heap: {
      committedBytes: () => {
        heap.looks++;
        return heap.bytes;
      },
      wasCollected() {
        const { wasCollected } = heap;
        heap.wasCollected = false;
        return wasCollected;
      },
      collect() {
        heap.bytes = aliveBytes + heap.heldBytes;
        heap.ms += heap.collectMs;
      },
    },
    heldBytes: () => heap.heldBytes,
    clock: { ...clock, monotonic: () => heap.ms },
    onTrim: () => heap.trims++,
  }).run(stop.signal);
  /** Lets the trimmer look once more. */
  const look = async () => {
    const { looks } = heap;
    await eventually("a look at the heap", () => heap.looks > looks);
  };
  const end = async () => {
    stop.abort();
    await done;
  };
  return { heap, look, end };
}

Deno.test("the garbage of the start is collected first", async () => {
  const { heap, look, end } = startTrimmer(15 * MIB);
  await look();
  assert.equal(heap.trims, 1);
  await look();
  assert.equal(heap.trims, 1, "nothing has grown since");
  await end();
});

Deno.test("the heap is collected when it has grown by 9 MiB, not before", async () => {
  const { heap, look, end } = startTrimmer(15 * MIB);
  await look();
  heap.bytes = 23 * MIB;
  await look();
  assert.equal(heap.trims, 1);
  heap.bytes = 24 * MIB;
  await look();
  assert.equal(heap.trims, 2);
  assert.equal(heap.bytes, 15 * MIB);
  await end();
});

Deno.test("what waits in a store is no garbage, until it has left the store", async () => {
  const { heap, look, end } = startTrimmer(15 * MIB);
  await look();
  heap.heldBytes = 60 * MIB;
  heap.bytes = 80 * MIB;
  await look();
  assert.equal(heap.trims, 1);
  heap.heldBytes = 0;
  await look();
  assert.equal(heap.trims, 2);
  assert.equal(heap.bytes, 15 * MIB);
  await end();
});

Deno.test("what the engine has collected by itself is not collected again, and growth counts from there", async () => {
  const { heap, look, end } = startTrimmer(15 * MIB);
  await look();
  heap.bytes = 45 * MIB;
  heap.wasCollected = true;
  await look();
  assert.equal(heap.trims, 1);
  heap.bytes = 30 * MIB; // its buffers are given back later
  await look();
  heap.bytes = 38 * MIB;
  await look();
  assert.equal(heap.trims, 1);
  heap.bytes = 39 * MIB;
  await look();
  assert.equal(heap.trims, 2);
  await end();
});

Deno.test("after a slow collection comes a rest, unless the heap grows by 20 MiB", async () => {
  const { heap, look, end } = startTrimmer(15 * MIB);
  heap.collectMs = 300;
  await look();
  assert.equal(heap.trims, 1);
  heap.bytes = 34 * MIB;
  await look();
  assert.equal(heap.trims, 1, "it rests");
  heap.ms += 8 * 300;
  await look();
  assert.equal(heap.trims, 2, "the rest is over");
  heap.bytes = 35 * MIB;
  await look();
  assert.equal(heap.trims, 3, "it can't wait");
  await end();
});

Deno.test("what a burst left is collected once the heap has been calm for 20 s", async () => {
  const { heap, look, end } = startTrimmer(15 * MIB);
  await look();
  heap.bytes = 20 * MIB;
  await look();
  heap.ms += 19_000;
  heap.bytes = 20.5 * MIB;
  await look();
  assert.equal(heap.trims, 1, "it may go on");
  heap.ms += 1_000;
  await look();
  assert.equal(heap.trims, 2);
  heap.bytes = 16.5 * MIB;
  await look();
  heap.ms += 60_000;
  await look();
  assert.equal(heap.trims, 2, "too little to collect");
  await end();
});

Deno.test("the process's own heap gives garbage back", () => {
  const heap = openHeap();
  heap.collect();
  const floor = heap.committedBytes();
  let garbage: unknown[] | null = [];
  for (let i = 0; i < 500_000; i++) garbage.push({ i });
  assert.ok(heap.committedBytes() > floor + 9 * MIB, "half a million objects fill the heap");
  garbage = null;
  heap.collect();
  assert.ok(heap.committedBytes() < floor + 9 * MIB, "and leave it");
});

Deno.test("the process's own heap gives buffers back that nobody holds", async () => {
  const heap = openHeap();
  heap.collect();
  const floor = heap.committedBytes();
  let garbage: Uint8Array[] | null = [];
  for (let i = 0; i < 200; i++) garbage.push(new Uint8Array(64 * 1024).fill(1));
  assert.ok(heap.committedBytes() > floor + 9 * MIB, "buffers count as much as objects");
  garbage = null;
  heap.collect();
  await eventually("they are gone", () => heap.committedBytes() < floor + 9 * MIB);
});

Deno.test("the process's own heap tells of a collection by the engine, not of ours and not of the young generation's", async () => {
  const heap = openHeap();
  heap.wasCollected();
  heap.collect();
  await nextTurn();
  await nextTurn();
  assert.equal(heap.wasCollected(), false, "that was ours");
  let alive: unknown[] = [];
  for (let i = 0; i < 2_000_000; i++) alive = [i, alive.length];
  await nextTurn();
  assert.equal(heap.wasCollected(), false, "garbage that never grew old");
  await eventually("the engine collects", () => {
    for (let i = 0; i < 100_000; i++) alive.push({ i });
    return heap.wasCollected();
  });
});
