import assert from "node:assert/strict";
import type { Condition } from "../lifecycle/condition.ts";
import type { AgentPart } from "../lifecycle/part.ts";
import { foldHealth } from "./health_source.ts";

const fine: Condition = { name: "nats", ok: true, detail: "connected" };
const broken: Condition = { name: "spool", ok: false, detail: "the disk is full" };

function part(fields: Partial<AgentPart>): AgentPart {
  return { name: "x", services: [], conditions: () => [], status: () => ({}), refreshGauges() {}, ...fields };
}

const expose = () => Promise.resolve({ body: "", contentType: "text/plain" });

Deno.test("health: without parts the process lives and is ready", () => {
  const health = foldHealth(() => [], expose);
  assert.deepEqual(health.live(), [{ name: "process", ok: true, detail: "answers" }]);
  assert.deepEqual(health.ready(), []);
  assert.deepEqual(health.status(), { ready: true, problems: [] });
});

Deno.test("health: the conditions of all parts are asked in their order, at each request", () => {
  const parts = [part({ conditions: () => [fine] })];
  const health = foldHealth(() => parts, expose);
  assert.deepEqual(health.ready(), [fine]);
  parts.push(part({ conditions: () => [broken] }));
  assert.deepEqual(health.ready(), [fine, broken]);
  assert.deepEqual(health.status(), { ready: false, problems: ["spool: the disk is full"] });
});

Deno.test("health: what is not ready still lives, unless a part says that a restart helps", () => {
  const health = foldHealth(() => [part({ conditions: () => [broken] })], expose);
  assert.equal(health.live().every(({ ok }) => ok), true);
  const stuck = { name: "watch", ok: false, detail: "stuck" };
  assert.deepEqual(foldHealth(() => [part({ liveConditions: () => [stuck] })], expose).live().at(-1), stuck);
});

Deno.test("health: the status holds the keys of every part", () => {
  const parts = [part({ status: () => ({ version: "1" }) }), part({ status: () => ({ nats: { connected: true } }) })];
  assert.deepEqual(foldHealth(() => parts, expose).status(), {
    ready: true,
    problems: [],
    version: "1",
    nats: { connected: true },
  });
});

Deno.test("health: every part sets its gauges before a scrape is answered", async () => {
  const order: string[] = [];
  const parts = ["a", "b"].map((name) => part({ refreshGauges: () => void order.push(name) }));
  await foldHealth(() => parts, () => {
    order.push("expose");
    return expose();
  }).metrics();
  assert.deepEqual(order, ["a", "b", "expose"]);
});
