import assert from "node:assert/strict";
// @ts-types="./client_types/registry.d.ts"
import Registry from "@prometheus-io/client/lib/registry.js";
import { createTally } from "./tally.ts";

function createRig() {
  const registry = new Registry();
  const tally = createTally({
    name: "agent_seen_total",
    help: "Seen.",
    labelNames: ["severity", "category"],
    bound: (labels: Readonly<Record<"severity" | "category", string>>) =>
      labels.category === "one too many" ? { ...labels, category: "other" } : labels,
    registers: [registry],
  });
  return {
    tally,
    samples: async () => (await registry.metrics()).split("\n").filter((line) => line.startsWith("agent_seen_total")),
  };
}

Deno.test("tally: what was counted is told by labels", async () => {
  const { tally, samples } = createRig();
  for (const category of ["crash", "image", "crash"]) tally.inc({ severity: "high", category });
  tally.inc({ severity: "low", category: "crash" });
  assert.deepEqual(await samples(), [
    'agent_seen_total{severity="high",category="crash"} 2',
    'agent_seen_total{severity="high",category="image"} 1',
    'agent_seen_total{severity="low",category="crash"} 1',
  ]);
});

Deno.test("tally: each scrape tells all since the start, once", async () => {
  const { tally, samples } = createRig();
  tally.inc({ severity: "high", category: "crash" });
  await samples();
  await samples();
  tally.inc({ severity: "high", category: "crash" });
  assert.deepEqual(await samples(), ['agent_seen_total{severity="high",category="crash"} 2']);
});

Deno.test("tally: nothing counted is no sample", async () => {
  assert.deepEqual(await createRig().samples(), []);
});

Deno.test("tally: combinations above the bound share one count", async () => {
  const { tally, samples } = createRig();
  for (let round = 0; round < 3; round++) tally.inc({ severity: "low", category: "one too many" }, 2);
  await samples();
  tally.inc({ severity: "low", category: "one too many" });
  assert.deepEqual(await samples(), ['agent_seen_total{severity="low",category="other"} 7']);
});
