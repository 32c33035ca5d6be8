import assert from "node:assert/strict";
import { createSlots } from "./slots.ts";

const never = new AbortController().signal;

Deno.test("slots: places go to those who wait, in the order of asking", async () => {
  const slots = createSlots({ count: 1, bytes: 10 });
  const order: string[] = [];
  const release = await slots.take(1, never);
  const waiting = ["a", "b"].map((name) =>
    slots.take(1, never).then((next) => {
      order.push(name);
      return next;
    })
  );
  release();
  const releaseFirst = await waiting[0];
  assert.deepEqual(order, ["a"]);
  releaseFirst?.();
  const releaseSecond = await waiting[1];
  releaseSecond?.();
  assert.deepEqual([order, slots.taken], [["a", "b"], 0]);
});

Deno.test("slots: who gives up waiting takes no place", async () => {
  const slots = createSlots({ count: 1, bytes: 10 });
  const controller = new AbortController();
  const release = await slots.take(1, never);
  const gone = slots.take(1, controller.signal);
  const patient = slots.take(1, never);
  controller.abort();
  await assert.rejects(gone);
  await assert.rejects(slots.take(1, controller.signal));
  release();
  (await patient)();
  assert.equal(slots.taken, 0);
});

Deno.test("slots: memory is shared, nobody overtakes, and who needs more than all of it runs alone", async () => {
  const slots = createSlots({ count: 4, bytes: 100 });
  const controller = new AbortController();
  const releases = await Promise.all([slots.take(60, never), slots.take(40, never)]);
  const order: string[] = [];
  const wait = (name: string, bytes: number, signal = never) =>
    slots.take(bytes, signal).then((release) => {
      order.push(name);
      return release;
    });
  const large = wait("large", 500);
  const patient = wait("patient", 70, controller.signal);
  const small = wait("small", 1);
  releases[0]?.();
  assert.equal(slots.taken, 1);
  releases[1]?.();
  const releaseLarge = await large;
  assert.deepEqual([order, slots.taken], [["large"], 1]);
  // Who leaves the queue lets those behind go on.
  controller.abort();
  await assert.rejects(patient);
  releaseLarge();
  (await small)();
  assert.deepEqual([order, slots.taken], [["large", "small"], 0]);
});
