import assert from "node:assert/strict";
import { systemClock } from "./clock.ts";
import { waitAtMost } from "./wait_at_most.ts";

const quiet = new AbortController().signal;

Deno.test("waitAtMost: ends with the work and leaves no timer", async () => {
  await waitAtMost(Promise.resolve(), 60_000, systemClock, quiet);
});

Deno.test("waitAtMost: ends at the limit when the work does not", async () => {
  const began = systemClock.monotonic();
  await waitAtMost(new Promise(() => {}), 20, systemClock, quiet);
  assert.ok(systemClock.monotonic() - began >= 15);
});

Deno.test("waitAtMost: ends when the signal fires", async () => {
  await waitAtMost(new Promise(() => {}), 60_000, systemClock, AbortSignal.abort(new Error("stop")));
});

Deno.test("waitAtMost: passes the work's failure on", async () => {
  await assert.rejects(waitAtMost(Promise.reject(new Error("broken")), 60_000, systemClock, quiet), /broken/);
});
