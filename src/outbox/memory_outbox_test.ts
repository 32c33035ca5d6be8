import assert from "node:assert/strict";
import fc from "fast-check";
import { systemClock } from "../lifecycle/clock.ts";
import { SEVERITIES, type Severity, severityRank } from "../wire/severity.ts";
import { MESSAGE_KINDS, type MessageKind } from "../wire/message_kind.ts";
import type { OutboxEntry } from "./lane.ts";
import { createMemoryOutbox, LANE_SHARES } from "./memory_outbox.ts";
import { messageBytes, type OutboundMessage } from "./outbound_message.ts";

const never = new AbortController().signal;

function createBox(limit: number, draining = false, maxBytes = 2 ** 30) {
  const log: string[] = [];
  const state = { draining };
  const box = createMemoryOutbox({
    clock: systemClock,
    limit,
    maxBytes,
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

function message(kind: MessageKind, id: string, bodyBytes: number, severity?: Severity): OutboundMessage {
  const plain = { kind, id, subject: "s", body: new Uint8Array(bodyBytes) };
  return severity === undefined ? plain : { ...plain, severity };
}

const KIB = 1024;
/** What the objects of a message are counted as. */
const OBJECTS = messageBytes({ body: new Uint8Array() });

Deno.test("outbox: full in bytes and the bus away, the least severe and oldest goes first, whatever the count", async () => {
  const { box, log } = createBox(1_000, false, 40 * KIB); // events: 30 KiB
  for (const [id, severity] of [["a", "high"], ["b", "low"], ["c", "low"]] as const) {
    await box.put(message("event", id, 9 * KIB, severity), never);
  }
  await box.put(message("event", "d", 9 * KIB, "medium"), never);
  assert.deepEqual(log, ["b memory"]);
  assert.deepEqual(idsOf(box.take("event", 10)), ["a", "c", "d"]);
});

Deno.test("outbox: when all kinds together are full, metrics go before low events and those before results", async () => {
  const { box, log } = createBox(1_000, false, 40 * KIB);
  await box.put(message("metrics", "m", 9 * KIB), never);
  await box.put(message("event", "low", 12 * KIB, "low"), never);
  await box.put(message("event", "high", 12 * KIB, "high"), never);
  for (const id of ["r1", "r2"]) await box.put(message("result", id, 4 * KIB), never);
  assert.deepEqual(log.splice(0), ["m memory"]);
  await box.put(message("event", "worst", 18 * KIB, "critical"), never);
  assert.deepEqual(log.splice(0), ["low memory", "high memory"]);
  await box.put(message("metrics", "on its way", 9 * KIB), never);
  box.take("metrics", 1);
  await box.put(message("event", "worst too", 7 * KIB, "critical"), never);
  assert.deepEqual(log, ["r1 memory"]);
});

Deno.test("outbox: a full outbox pushes nothing out for what is worth less", async () => {
  const { box, log } = createBox(1_000, false, 40 * KIB);
  await box.put(message("event", "worst", 29 * KIB, "critical"), never);
  await box.put(message("metrics", "on its way", 5 * KIB), never);
  box.take("metrics", 1);
  const stop = new AbortController();
  const waiting = Promise.resolve(box.put(message("result", "r", 9 * KIB), stop.signal));
  stop.abort(new Error("over"));
  await assert.rejects(waiting, /over/);
  assert.deepEqual(log, []);
  assert.deepEqual(idsOf(box.take("event", 1)), ["worst"]);
});

Deno.test("outbox: a kind that is stuck does not keep another one out while the bus is there", async () => {
  const { box, log } = createBox(1_000, true, 40 * KIB);
  for (const id of ["a", "b", "c"]) await box.put(message("event", id, 9 * KIB, "low"), never);
  await box.put(message("metrics", "m", 9 * KIB), never);
  await box.put(message("result", "r", 9 * KIB), never);
  assert.deepEqual(log, ["m memory"]);
});

Deno.test("outbox: a message above the bytes of its kind is dropped at once, and does not wait for ever", async () => {
  const { box, log } = createBox(1_000, true, 40 * KIB);
  assert.deepEqual(await box.put(message("metrics", "m", 11 * KIB), never), { kind: "turned_away" });
  assert.deepEqual(log, ["m too_large"]);
  assert.equal(box.isEmpty(), true);
});

Deno.test("outbox: one producer waits for room; what more of them would hold pushes the oldest out", async () => {
  const { box, log } = createBox(1_000, true, 80 * KIB); // results: 20 KiB, and little beside it
  const puts = ["a", "b", "c", "d", "e"].map((id) => Promise.resolve(box.put(message("result", id, 9 * KIB), never)));
  await puts[4];
  assert.deepEqual(log, ["a memory", "b memory"]);
  box.settle("result", box.take("result", 10), { kind: "delivered" });
  await Promise.all(puts);
});

Deno.test("outbox: what is safe elsewhere waits for room and pushes nothing out", async () => {
  const { box, log, state } = createBox(1_000, false, 40 * KIB);
  await box.put(message("event", "a", 25 * KIB, "low"), never);
  const waiting = box.putWhenRoom(message("event", "b", 9 * KIB, "critical"), never);
  state.draining = true;
  box.settle("event", box.take("event", 1), { kind: "delivered" });
  assert.deepEqual(await waiting, { kind: "accepted" });
  assert.deepEqual(log, ["a delivered"]);
});

Deno.test("outbox: taking stops at its bytes, but takes one at least", async () => {
  const { box } = createBox(1_000);
  for (const id of ["a", "b", "c", "d"]) await box.put(message("event", id, 9 * KIB, "low"), never);
  assert.deepEqual(idsOf(box.take("event", 10, 2 * (9 * KIB + OBJECTS))), ["a", "b"]);
  assert.deepEqual(idsOf(box.take("event", 10, 10)), ["c"]);
  assert.equal(box.inFlightBytes(), 3 * (9 * KIB + OBJECTS));
  assert.equal(box.waitingBytes("event"), 9 * KIB + OBJECTS);
});

type Step =
  | { readonly do: "put"; readonly kind: MessageKind; readonly bytes: number; readonly severity: Severity }
  | { readonly do: "take" | "put back" | "deliver"; readonly kind: MessageKind };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("put" as const),
      kind: fc.constantFrom(...MESSAGE_KINDS),
      bytes: fc.integer({ min: 0, max: 12 * KIB }),
      severity: fc.constantFrom(...SEVERITIES),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom("take" as const, "put back" as const, "deliver" as const),
      kind: fc.constantFrom(...MESSAGE_KINDS),
    }),
  },
);

Deno.test("outbox: no lane, nor all of them, ever holds more than its bytes, and each message is settled once", async () => {
  const maxBytes = 40 * KIB;
  const refused = AbortSignal.abort();
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 150 }), fc.boolean(), async (steps, draining) => {
    const { box, log } = createBox(20, draining, maxBytes);
    const inFlight: Record<MessageKind, OutboxEntry[]> = { event: [], metrics: [], result: [], update: [] };
    let put = 0;
    for (const [number, each] of steps.entries()) {
      const { kind } = each;
      if (each.do === "put") {
        const severity = kind === "event" ? each.severity : undefined;
        // A message that would have to wait is not put.
        await Promise.resolve(box.put(message(kind, String(number), each.bytes, severity), refused))
          .then(() => put++, () => {});
      } else if (each.do === "take") inFlight[kind].push(...box.take(kind, 3, 8 * KIB));
      else if (each.do === "put back") box.putBack(kind, inFlight[kind].splice(0));
      else box.settle(kind, inFlight[kind].splice(0), { kind: "delivered" });
      const held = MESSAGE_KINDS.map((one) =>
        box.waitingBytes(one) + inFlight[one].reduce((sum, { bytes }) => sum + bytes, 0)
      );
      for (const [index, one] of MESSAGE_KINDS.entries()) {
        assert.ok((held[index] ?? 0) <= maxBytes * LANE_SHARES[one], `${one} holds ${held[index]}`);
      }
      assert.ok(held.reduce((sum, bytes) => sum + bytes, 0) <= maxBytes);
    }
    for (const kind of MESSAGE_KINDS) {
      box.settle(kind, inFlight[kind], { kind: "delivered" });
      box.settle(kind, box.take(kind, 1_000), { kind: "delivered" });
      assert.equal(box.waitingBytes(kind), 0);
    }
    assert.equal(box.inFlightBytes(), 0);
    assert.equal(log.length, put);
    assert.equal(new Set(log.map((line) => line.split(" ")[0])).size, put);
  }));
});
