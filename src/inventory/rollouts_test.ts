import assert from "node:assert/strict";
import { createRollouts } from "./rollouts.ts";

const WORDINGS: readonly (readonly [message: string, isNew: boolean])[] = [
  ["Scaled up replica set web-b from 0 to 3", true],
  ["Scaled up replica set web-b to 3 from 0", true],
  ["Scaled up replica set web-b to 3", true],
  ["Scaled up replica set web-b from 1 to 3", false],
  ["Scaled up replica set web-b to 3 from 1", false],
  ["Scaled down replica set web-b from 3 to 0", false],
  ["Scaled up replica set web-b", false],
  ["", false],
];

for (const [message, isNew] of WORDINGS) {
  Deno.test(`rollouts: "${message}" ${isNew ? "is" : "is not"} a new template`, () => {
    const rollouts = createRollouts();
    rollouts.sawPods("shop", "web", "web-a", 1_000);
    rollouts.sawEvent("shop", "web", message, 2_000);
    assert.equal(rollouts.newestOf("shop", "web")?.replicaSet, isNew ? "web-b" : "web-a");
  });
}

Deno.test("rollouts: the same template again is no change, and an older one seen late is not the newest", () => {
  const rollouts = createRollouts();
  rollouts.sawPods("shop", "web", "web-b", 2_000);
  rollouts.sawPods("shop", "web", "web-a", 1_000); // listed after the newer one
  rollouts.sawPods("shop", "web", "web-b", 9_000); // its pods moved
  assert.deepEqual(rollouts.newestOf("shop", "web"), { replicaSet: "web-b", atMs: 2_000, seenBy: "pods" });
  rollouts.sawEvent("shop", "web", "Scaled up replica set web-a from 0 to 1", 10_000); // rolled back
  assert.deepEqual(rollouts.newestOf("shop", "web"), { replicaSet: "web-a", atMs: 10_000, seenBy: "event" });
});

Deno.test("rollouts: the memory is bounded, and what changed last stays", () => {
  const rollouts = createRollouts(3);
  for (let index = 0; index < 5; index++) rollouts.sawPods("shop", `web-${index}`, "a", index);
  assert.equal(rollouts.size(), 3);
  assert.equal(rollouts.newestOf("shop", "web-1"), null);
  assert.equal(rollouts.newestOf("shop", "web-4")?.replicaSet, "a");
});
