import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { AgentPart } from "../lifecycle/part.ts";
import { planServices, SERVICE_PLAN, stopBudgetMs } from "./service_plan.ts";

function partWith(...names: string[]): AgentPart {
  const services = names.map((name) => ({ name, run: () => Promise.resolve() }));
  return { name: "x", services, conditions: () => [], status: () => ({}), refreshGauges() {} };
}

Deno.test("service plan: services start phase by phase, in the order of the parts within one", () => {
  const entries = planServices([partWith("event_watcher", "publisher"), partWith("spool", "bus", "heartbeat")]);
  assert.deepEqual(entries.map(({ service }) => service.name), [
    "spool",
    "bus",
    "publisher",
    "heartbeat",
    "event_watcher",
  ]);
});

Deno.test("service plan: a service without a place in it is an error that names it", () => {
  assert.throws(() => planServices([partWith("stray")]), /The service stray has no place in SERVICE_PLAN/);
});

Deno.test("service plan: all deadlines together leave room in the shortest usual grace period", () => {
  const graceMs = 30_000; // terminationGracePeriodSeconds unless a manifest says otherwise
  assert.ok(stopBudgetMs() <= 5_000, `${stopBudgetMs()} ms`);
  assert.ok(stopBudgetMs() * 5 < graceMs);
});

Deno.test("service plan: what delivers stops after what produces and before what it delivers over", () => {
  const phaseOf = (name: string) => SERVICE_PLAN[name]?.phase;
  for (const producer of ["event_watcher", "commands", "report"]) assert.equal(phaseOf(producer), "watch");
  assert.equal(phaseOf("publisher"), "deliver");
  for (const carrier of ["bus", "spool", "checkpoint_saver"]) assert.equal(phaseOf(carrier), "link");
});

Deno.test("service plan: the table in docs/architecture.md has each service, in its phase", async () => {
  const page = await readFile(new URL("../../docs/architecture.md", import.meta.url), "utf8");
  const rows = page.split("\n").filter((line) => line.startsWith("| `"));
  for (const [name, { phase }] of Object.entries(SERVICE_PLAN)) {
    assert.ok(rows.some((row) => row.startsWith(`| \`${phase}\``) && row.includes(`\`${name}\``)), name);
  }
});
