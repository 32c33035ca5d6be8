import assert from "node:assert/strict";
import fc from "fast-check";
import { systemClock } from "../lifecycle/clock.ts";
import { SEVERITIES, type Severity, severityRank } from "../wire/severity.ts";
import { createMemoryOutbox } from "./memory_outbox.ts";
import type { OutboundMessage } from "./outbound_message.ts";

const never = new AbortController().signal;

function createBox(limit: number, draining = false) {
  const log: string[] = [];
  const state = { draining };
  const box = createMemoryOutbox({
    clock: systemClock,
    limit,
    draining: () => state.draining,
    onSettled: ({ message }, settlement) =>
      log.push(`${message.id} ${settlement.kind === "dropped" ? settlement.reason : settlement.kind}`),
  });
  return { box, log, state };
}

function event(id: string, severity: Severity = "low"): OutboundMessage {
  return { kind: "event", id, subject: "s", body: new Uint8Array(), severity };
}

const idsOf = (entries: readonly { message: OutboundMessage }[]) => entries.map(({ message }) => message.id);

Deno.test("outbox: delivery is in the order of arrival, whatever the severity", async () => {
  const { box } = createBox(10);
  for (const [id, severity] of [["a", "low"], ["b", "critical"], ["c", "medium"]] as const) {
    await box.put(event(id, severity), never);
  }
  assert.deepEqual(idsOf(box.take("event", 10)), ["a", "b", "c"]);
});

Deno.test("outbox: what is put back comes again in its old place", async () => {
  const { box } = createBox(10);
  for (const id of ["a", "b", "c", "d"]) await box.put(event(id, id === "b" ? "high" : "low"), never);
  const taken = box.take("event", 3);
  box.putBack("event", taken);
  assert.deepEqual(idsOf(box.take("event", 10)), ["a", "b", "c", "d"]);
});

Deno.test("outbox: full and the bus away, the least severe and oldest goes first", async () => {
  const { box, log } = createBox(3);
  for (const [id, severity] of [["a", "high"], ["b", "low"], ["c", "low"]] as const) {
    await box.put(event(id, severity), never);
  }
  assert.deepEqual(await box.put(event("d", "medium"), never), { kind: "accepted_evicting", evicted: 1 });
  assert.deepEqual(log, ["b overflow"]);
  assert.deepEqual(idsOf(box.take("event", 10)), ["a", "c", "d"]);
});

Deno.test("outbox: among equals the oldest goes", async () => {
  const { box, log } = createBox(2);
  for (const id of ["a", "b", "c"]) await box.put(event(id), never);
  assert.deepEqual(log, ["a overflow"]);
});

Deno.test("outbox: a message less severe than all that wait, waits itself", async () => {
  const { box } = createBox(2);
  await box.put(event("a", "critical"), never);
  await box.put(event("b", "high"), never);
  let done = false;
  const waiting = Promise.resolve(box.put(event("c", "low"), never)).then(() => done = true);
  await Promise.resolve();
  assert.equal(done, false);
  box.settle("event", box.take("event", 1), { kind: "delivered" });
  await waiting;
  assert.deepEqual(idsOf(box.take("event", 10)), ["b", "c"]);
});

Deno.test("outbox: while the bus drains a full lane holds the producer back and loses nothing", async () => {
  const { box, log } = createBox(1, true);
  await box.put(event("a"), never);
  const waiting = box.put(event("b", "critical"), never);
  box.settle("event", box.take("event", 1), { kind: "delivered" });
  assert.deepEqual(await waiting, { kind: "accepted" });
  assert.deepEqual(log, ["a delivered"]);
});

Deno.test("outbox: what is in flight is never evicted", async () => {
  const { box, log } = createBox(2);
  await box.put(event("a"), never);
  const taken = box.take("event", 1);
  await box.put(event("b"), never);
  await box.put(event("c"), never);
  assert.deepEqual(log, ["b overflow"]);
  box.settle("event", taken, { kind: "delivered" });
  assert.equal(box.size("event"), 1);
});

Deno.test("outbox: a waiting producer ends with its signal, its message not taken", async () => {
  const { box } = createBox(1, true);
  await box.put(event("a"), never);
  const stop = new AbortController();
  const waiting = box.put(event("b"), stop.signal);
  stop.abort(new Error("over"));
  await assert.rejects(async () => await waiting, /over/);
  assert.equal(box.size("event"), 1);
});

Deno.test("outbox: kinds have lanes of their own", async () => {
  const { box } = createBox(1);
  await box.put(event("a"), never);
  await box.put({ ...event("r"), kind: "result", severity: undefined }, never);
  assert.deepEqual([box.size("event"), box.size("result"), box.size("metrics")], [1, 1, 0]);
});

Deno.test("outbox: each message is settled exactly once, and the kept ones are the most severe", async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(fc.constantFrom(...SEVERITIES), { maxLength: 200 }),
    fc.integer({ min: 1, max: 20 }),
    async (severities, limit) => {
      const { box, log } = createBox(limit);
      const refused = new AbortController();
      refused.abort();
      const put: Severity[] = [];
      for (const [number, severity] of severities.entries()) {
        // A message that would have to wait is not put.
        await Promise.resolve(box.put(event(String(number), severity), refused.signal))
          .then(() => put.push(severity), () => {});
      }
      const dropped = log.length;
      const left = box.take("event", 1_000);
      assert.equal(dropped + left.length, put.length);
      const ranksKept = left.map(({ message }) => severityRank(message.severity ?? "low")).sort();
      const best = put.map(severityRank).sort().slice(0, left.length);
      assert.deepEqual(ranksKept, best);
    },
  ));
});
