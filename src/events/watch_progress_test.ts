import assert from "node:assert/strict";
import fc from "fast-check";
import { createWatchProgress } from "./watch_progress.ts";

Deno.test("watch progress: it moves only past what is finished", () => {
  const progress = createWatchProgress("1", () => 0);
  const two = progress.open("2");
  const three = progress.open("3");
  progress.finish(three);
  assert.equal(progress.safeVersion(), "1");
  progress.finish(two);
  assert.equal(progress.safeVersion(), "3");
});

Deno.test("watch progress: an ignored event does not jump over one that waits", () => {
  const progress = createWatchProgress(null, () => 0);
  const one = progress.open("1");
  progress.pass("2");
  assert.equal(progress.safeVersion(), null);
  progress.finish(one);
  assert.equal(progress.safeVersion(), "2");
});

Deno.test("watch progress: the objects of a list carry no version, its end does", () => {
  const progress = createWatchProgress("5", () => 0);
  const first = progress.open(null);
  const second = progress.open(null);
  progress.pass("9");
  progress.finish(second);
  assert.equal(progress.safeVersion(), "5");
  progress.finish(first);
  assert.equal(progress.safeVersion(), "9");
});

Deno.test("watch progress: a cluster restored from a backup goes on with lower versions", () => {
  const progress = createWatchProgress("900", () => 0);
  progress.pass("100");
  assert.equal(progress.safeVersion(), "100");
});

Deno.test("watch progress: in whatever order steps finish, the safe version is the last of the finished beginning", () => {
  fc.assert(fc.property(fc.shuffledSubarray([...Array(60).keys()]), (order) => {
    const progress = createWatchProgress("0", () => 0);
    const steps = [...Array(60).keys()].map((number) => progress.open(String(number + 1)));
    const done = new Set<number>();
    for (const number of order) {
      const step = steps[number];
      if (step !== undefined) progress.finish(step);
      done.add(number);
      let beginning = 0;
      while (done.has(beginning)) beginning++;
      assert.equal(progress.safeVersion(), String(beginning));
      assert.equal(progress.pending(), 60 - beginning);
    }
  }));
});

Deno.test("watch progress: it knows since when something is not safe", () => {
  let now = 100;
  const progress = createWatchProgress("1", () => now);
  assert.equal(progress.unsafeSinceMs(), null);
  const two = progress.open("2");
  now = 200;
  const three = progress.open("3");
  assert.equal(progress.unsafeSinceMs(), 100);
  progress.finish(two);
  assert.equal(progress.unsafeSinceMs(), 200);
  progress.finish(three);
  assert.equal(progress.unsafeSinceMs(), null);
});
