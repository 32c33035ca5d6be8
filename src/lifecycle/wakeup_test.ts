import assert from "node:assert/strict";
import { createWakeup } from "./wakeup.ts";

Deno.test("wakeup: waiting a thousand times leaves one reaction on a promise that stays pending", async () => {
  const pending = Promise.withResolvers<void>();
  let reactions = 0;
  const then = pending.promise.then.bind(pending.promise);
  pending.promise.then = (...reaction) => {
    reactions++;
    return then(...reaction);
  };
  const wakeup = createWakeup();
  for (let turn = 0; turn < 1_000; turn++) {
    wakeup.watch(pending.promise);
    wakeup.fire();
    await wakeup.next();
  }
  assert.equal(reactions, 1);
});

Deno.test("wakeup: a watched promise wakes, whether it resolves or rejects", async () => {
  for (const promise of [Promise.resolve(), Promise.reject(new Error("no"))]) {
    const wakeup = createWakeup();
    wakeup.watch(promise);
    await wakeup.next();
  }
});

Deno.test("wakeup: what fired before the wait is not lost, and wakes once", async () => {
  const wakeup = createWakeup();
  wakeup.fire();
  wakeup.fire();
  await wakeup.next();
  let again = false;
  const next = wakeup.next().then(() => again = true);
  await Promise.resolve();
  assert.equal(again, false);
  wakeup.fire();
  await next;
});
