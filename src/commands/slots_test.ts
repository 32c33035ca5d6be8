import assert from "node:assert/strict";
import { createSlots } from "./slots.ts";

const never = new AbortController().signal;

Deno.test("slots: places go to those who wait, in the order of asking", async () => {
  const slots = createSlots(1);
  const order: string[] = [];
  await slots.take(never);
  const waiting = ["a", "b"].map((name) => slots.take(never).then(() => order.push(name)));
  slots.release();
  await waiting[0];
  assert.deepEqual(order, ["a"]);
  slots.release();
  await waiting[1];
  slots.release();
  assert.deepEqual([order, slots.taken], [["a", "b"], 0]);
});

Deno.test("slots: who gives up waiting takes no place", async () => {
  const slots = createSlots(1);
  const controller = new AbortController();
  await slots.take(never);
  const gone = slots.take(controller.signal);
  const patient = slots.take(never);
  controller.abort();
  await assert.rejects(gone);
  await assert.rejects(slots.take(controller.signal));
  slots.release();
  await patient;
  slots.release();
  assert.equal(slots.taken, 0);
});
