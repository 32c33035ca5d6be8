import assert from "node:assert/strict";
import { systemClock } from "../lifecycle/clock.ts";
import { saveUntil } from "./save_loop.ts";

/** A loop whose saves are told, each ending when the test lets it. */
function startLoop(signal: AbortSignal) {
  const saves: { readonly signal: AbortSignal; readonly end: () => void }[] = [];
  const begun: (() => void)[] = [];
  const done = saveUntil(signal, {
    clock: systemClock,
    waitMs: () => 1,
    save: (given) =>
      new Promise((end) => {
        saves.push({ signal: given, end });
        begun.shift()?.();
      }),
  });
  return { saves, done, next: () => new Promise<void>((resolve) => void begun.push(resolve)) };
}

Deno.test("save loop: a save that is under way at the stop is waited for, and is followed by the last one", async () => {
  const stop = new AbortController();
  const loop = startLoop(stop.signal);
  await loop.next();
  stop.abort();
  await Promise.resolve();
  assert.deepEqual(loop.saves.map(({ signal }) => signal.aborted), [false]);
  const last = loop.next();
  loop.saves[0]?.end();
  await last;
  assert.deepEqual(loop.saves.map(({ signal }) => signal.aborted), [false, false]);
  loop.saves[1]?.end();
  await loop.done;
});

Deno.test("save loop: what has not ended in time after the stop is broken off", async () => {
  const stop = new AbortController();
  const loop = startLoop(stop.signal);
  await loop.next();
  const broken = new Promise<void>((resolve) => {
    loop.saves[0]?.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  stop.abort();
  await broken;
  const last = loop.next();
  loop.saves[0]?.end();
  await last;
  assert.equal(loop.saves[1]?.signal.aborted, true);
  loop.saves[1]?.end();
  await loop.done;
});
