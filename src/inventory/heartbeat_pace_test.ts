import assert from "node:assert/strict";
import { createHeartbeatPace } from "./heartbeat_pace.ts";

const MINUTE = 60_000;

Deno.test("heartbeat pace: the kubelet's five minutes are known, give or take its look every ten seconds", () => {
  const pace = createHeartbeatPace();
  assert.ok(pace.explains(5 * MINUTE));
  assert.ok(pace.explains(5 * MINUTE + 20_000));
  assert.ok(!pace.explains(2 * MINUTE));
  assert.ok(!pace.explains(10 * MINUTE));
});

Deno.test("heartbeat pace: another pace is learnt from writes that came to nothing", () => {
  const pace = createHeartbeatPace();
  pace.learn(MINUTE);
  pace.learn(MINUTE + 2_000);
  assert.ok(!pace.explains(MINUTE));
  pace.learn(MINUTE - 3_000);
  assert.ok(pace.explains(MINUTE));
});

Deno.test("heartbeat pace: random gaps never become a pace and never push out a known one", () => {
  const pace = createHeartbeatPace();
  for (let gapMs = 1_000; gapMs < 100_000_000; gapMs *= 1.3) pace.learn(gapMs);
  assert.ok(pace.explains(5 * MINUTE));
  assert.ok(!pace.explains(2 * MINUTE));
});

Deno.test("heartbeat pace: more kinds of kubelet than it can hold do no harm", () => {
  const pace = createHeartbeatPace();
  for (let gapMs = 1_000; gapMs < 100_000_000; gapMs *= 1.3) for (let hit = 0; hit < 3; hit++) pace.learn(gapMs);
  assert.ok(pace.explains(5 * MINUTE));
});
