import assert from "node:assert/strict";
import { createStormMeter, STORM_WINDOW_MS } from "./storm_meter.ts";

const report = (index: number) => ({
  category: index % 3 === 0 ? "oom" : "image",
  node: `node-${index % 7}`,
  namespace: "shop",
  shared: "",
  isNew: index < 10,
});

Deno.test("storm: a window with more reports than the limit is summed up, with the most frequent five", () => {
  const meter = createStormMeter(60, 0);
  for (let index = 0; index < 30; index++) meter.count(report(index));
  assert.equal(meter.isStorm(), false);
  for (let index = 30; index < 90; index++) meter.count(report(index));
  assert.equal(meter.isStorm(), true);
  assert.equal(meter.tick(STORM_WINDOW_MS - 1), null);
  const storm = meter.tick(STORM_WINDOW_MS);
  assert.deepEqual([storm?.reports, storm?.incidents, storm?.categories], [90, 10, [
    { name: "image", reports: 60 },
    { name: "oom", reports: 30 },
  ]]);
  assert.equal(storm?.nodes.length, 5);
  assert.deepEqual(storm?.sharedCauses, []);
  assert.equal(meter.isStorm(), false);
});

Deno.test("storm: few reports are none, and a clock that goes back ends the window", () => {
  const meter = createStormMeter(60, 1_000_000);
  for (let index = 0; index < 30; index++) meter.count(report(index));
  assert.equal(meter.tick(1_000_000 + STORM_WINDOW_MS), null);
  for (let index = 0; index < 31; index++) meter.count(report(index));
  assert.equal(meter.tick(5)?.reports, 31);
});
