import assert from "node:assert/strict";
import type { ClusterState } from "../../../src/fleet/cluster_view.ts";
import { createStateLog, diedInOrder, firstToBe, lastToBe, stayed } from "./state_log.ts";

function logOf(...looks: readonly ClusterState[]) {
  const log = createStateLog();
  looks.forEach((state, at) => log.look([{ id: "a", state }], at * 1_000));
  return log.changesOf("a");
}

const WAYS: readonly { name: string; looks: readonly ClusterState[]; died: boolean; fresh: boolean }[] = [
  { name: "it stays", looks: ["fresh", "fresh", "fresh"], died: false, fresh: true },
  { name: "it dies", looks: ["fresh", "fresh", "stale", "stale", "lost"], died: true, fresh: false },
  { name: "it flickers", looks: ["fresh", "stale", "fresh", "stale", "lost"], died: false, fresh: false },
  { name: "it is lost at once", looks: ["fresh", "lost"], died: false, fresh: false },
  { name: "it comes back", looks: ["fresh", "stale", "lost", "fresh"], died: false, fresh: false },
  { name: "it is never seen", looks: [], died: false, fresh: false },
  { name: "it is degraded for a moment", looks: ["fresh", "degraded", "fresh"], died: false, fresh: false },
];

for (const { name, looks, died, fresh } of WAYS) {
  Deno.test(`fleet states: ${name}`, () => {
    const changes = logOf(...looks);
    assert.deepEqual([diedInOrder(changes), stayed(changes, "fresh")], [died, fresh]);
  });
}

Deno.test("fleet states: the first and the last of several to be stale", () => {
  const all = [logOf("fresh", "stale"), logOf("fresh", "fresh", "fresh", "stale")];
  assert.deepEqual([firstToBe("stale", 500, all), lastToBe("stale", 500, all)], [500, 2_500]);
  assert.equal(lastToBe("lost", 0, all), null);
  assert.equal(lastToBe("stale", 0, [...all, logOf("fresh")]), null, "one never was");
});
