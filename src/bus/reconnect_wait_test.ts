import assert from "node:assert/strict";
import { reconnectWaitMs } from "./reconnect_wait.ts";

const ROWS: readonly { name: string; attempt: number; random: number; want: number }[] = [
  { name: "the first may be at once", attempt: 0, random: 0, want: 0 },
  { name: "the first is twice the delay at most", attempt: 0, random: 1, want: 10_000 },
  { name: "the second is half of the doubled delay at least", attempt: 1, random: 0, want: 5_000 },
  { name: "the second is the doubled delay at most", attempt: 1, random: 1, want: 10_000 },
  { name: "the third doubles", attempt: 2, random: 1, want: 20_000 },
  { name: "none is longer than a minute", attempt: 40, random: 1, want: 60_000 },
];

for (const { name, attempt, random, want } of ROWS) {
  Deno.test(`reconnect wait: ${name}`, () => assert.equal(reconnectWaitMs(attempt, 5_000, () => random), want));
}

Deno.test("reconnect wait: a thousand agents come back evenly spread", () => {
  const slots = new Map<number, number>();
  for (let agent = 0; agent < 1_000; agent++) {
    const slot = Math.floor(reconnectWaitMs(0, 5_000) / 500);
    slots.set(slot, (slots.get(slot) ?? 0) + 1);
  }
  assert.ok(Math.max(...slots.values()) <= 100, `${Math.max(...slots.values())} in half a second`);
});
