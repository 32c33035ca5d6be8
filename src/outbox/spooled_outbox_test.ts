import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { eventually } from "../../sandbox/eventually.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { systemClock } from "../lifecycle/clock.ts";
import { createMemoryOutbox } from "./memory_outbox.ts";
import type { OutboundMessage } from "./outbound_message.ts";
import { openSpool } from "./spool/open_spool.ts";
import type { Eviction, Spool } from "./spool/spool.ts";
import { createSpooledOutbox } from "./spooled_outbox.ts";

const never = new AbortController().signal;

async function openBox(
  dir: string,
  windowLimit = 10,
  around: (spool: Spool) => Spool = (spool) => spool,
  maxBytes = 4 * 1024 * 1024,
  maxWaitingBytes = 2 ** 20,
) {
  const memory = createMemoryOutbox({
    clock: systemClock,
    limit: windowLimit,
    maxBytes: 2 ** 30,
    draining: () => false,
    onSettled: () => {},
  });
  const stop = new AbortController();
  const evictions: Eviction[] = [];
  const dropped: string[] = [];
  const { spool } = await openSpool({ dir, maxBytes, clock: systemClock, signal: never });
  const box = createSpooledOutbox({
    memory,
    spool: around(spool),
    windowLimit,
    maxWaitingBytes,
    onEvicted: (eviction) => evictions.push(eviction),
    onDropped: (kind, reason) => dropped.push(`${kind} ${reason}`),
  });
  const run = box.service.run(stop.signal);
  stop.signal.addEventListener("abort", memory.wake, { once: true });
  return {
    memory,
    box,
    evictions,
    dropped,
    signal: stop.signal,
    settled: [] as string[],
    async [Symbol.asyncDispose]() {
      stop.abort();
      await run;
    },
  };
}

function event(id: string, settled: string[]): OutboundMessage {
  const body = new TextEncoder().encode(`body of ${id}`);
  return {
    kind: "event",
    id,
    subject: "s",
    body,
    severity: "low",
    onSettled: ({ kind }) => settled.push(`${id} ${kind}`),
  };
}

const idsOf = (entries: readonly { message: OutboundMessage }[]) => entries.map(({ message }) => message.id);

Deno.test("spooled outbox: a message is vouched for once it is on disk, and comes into the window", async () => {
  await using dir = await createTempDir("spooled");
  await using rig = await openBox(dir.file("spool"));
  await rig.box.writer.put(event("a", rig.settled), never);
  await eventually("it is in the window", () => rig.memory.pending("event") === 1);
  await eventually("it is vouched for", () => rig.settled.join() === "a stored");
  assert.equal(rig.box.size("event"), 1);
  rig.memory.settle("event", rig.memory.take("event", 1), { kind: "delivered" });
  await eventually("it is gone", () => rig.box.size("event") === 0);
});

Deno.test("spooled outbox: what was not delivered is delivered by the next process, in order, what was is not", async () => {
  await using dir = await createTempDir("spooled");
  await using first = await openBox(dir.file("spool"));
  for (const id of ["a", "b", "c", "d"]) await first.box.writer.put(event(id, first.settled), never);
  await eventually("all are in the window", () => first.memory.pending("event") === 4);
  first.memory.settle("event", first.memory.take("event", 2), { kind: "delivered" });
  await first[Symbol.asyncDispose]();
  await using second = await openBox(dir.file("spool"));
  await eventually("the rest is in the window", () => second.memory.pending("event") === 2);
  assert.deepEqual(idsOf(second.memory.take("event", 10)), ["c", "d"]);
});

Deno.test("spooled outbox: more than the window holds waits on disk, and none is pushed out", async () => {
  await using dir = await createTempDir("spooled");
  await using rig = await openBox(dir.file("spool"), 10);
  for (let number = 0; number < 50; number++) await rig.box.writer.put(event(String(number), rig.settled), never);
  await eventually("all are stored", () => rig.settled.length === 50);
  const delivered: string[] = [];
  while (delivered.length < 50) {
    await eventually("something to deliver", () => rig.memory.pending("event") > 0);
    assert.ok(rig.memory.size("event") <= 10);
    const entries = rig.memory.take("event", 10);
    delivered.push(...idsOf(entries));
    rig.memory.settle("event", entries, { kind: "delivered" });
  }
  assert.deepEqual(delivered, Array.from({ length: 50 }, (_, number) => String(number)));
});

Deno.test("spooled outbox: what waits for a slow disk is bounded in bytes", async () => {
  await using dir = await createTempDir("spooled");
  const written = Promise.withResolvers<void>();
  const slow = (spool: Spool): Spool => ({
    async append(messages) {
      await written.promise;
      return await spool.append(messages);
    },
    read: (limits) => spool.read(limits),
    rewind: () => spool.rewind(),
    acknowledge: (positions) => spool.acknowledge(positions),
    flush: () => spool.flush(),
    status: () => spool.status(),
    close: () => spool.close(),
  });
  await using rig = await openBox(dir.file("spool"), 10, slow, 4 * 2 ** 20, 10_000);
  const large = (id: string) => ({ ...event(id, rig.settled), body: new Uint8Array(6_000) });
  await rig.box.writer.put(large("a"), never);
  await rig.box.writer.put(large("b"), never);
  let taken = false;
  const third = Promise.resolve(rig.box.writer.put(large("c"), never)).then(() => taken = true);
  await eventually("the first ones are on their way", () => rig.box.waitingBytes() > 12_000);
  assert.equal(taken, false);
  written.resolve();
  await third;
  await eventually("all are stored", () => rig.settled.length === 3);
  assert.equal(rig.box.waitingBytes(), 0);
});

Deno.test("spooled outbox: while the disk takes nothing, messages wait in memory", async () => {
  await using dir = await createTempDir("spooled");
  await writeFile(dir.file("spool"), "a file where the folder should be");
  await using rig = await openBox(dir.file("spool"));
  await rig.box.writer.put(event("a", rig.settled), never);
  await eventually("it is in the window", () => rig.memory.pending("event") === 1);
  assert.deepEqual(rig.settled, []);
  rig.memory.settle("event", rig.memory.take("event", 1), { kind: "delivered" });
  assert.deepEqual(rig.settled, ["a delivered"]);
});

Deno.test("spooled outbox: a message that is stored while the disk is being read comes into the window", async () => {
  await using dir = await createTempDir("spooled");
  const stored = Promise.withResolvers<void>();
  let reads = 0;
  await using rig = await openBox(dir.file("spool"), 10, (spool) => ({
    append: (messages) => spool.append(messages),
    // The first read finds nothing, and is slow to say so.
    async read(limits) {
      const records = await spool.read(limits);
      if (reads++ === 0) await stored.promise;
      return records;
    },
    rewind: () => spool.rewind(),
    acknowledge: (positions) => spool.acknowledge(positions),
    flush: () => spool.flush(),
    status: () => spool.status(),
    close: () => spool.close(),
  }));
  await rig.box.writer.put(event("a", rig.settled), never);
  await eventually("it is stored", () => rig.settled.join() === "a stored");
  stored.resolve();
  await eventually("it is in the window", () => rig.memory.pending("event") === 1, 2_000);
});

Deno.test("spooled outbox: the service ends when the signal fires on which messages were put", async () => {
  await using dir = await createTempDir("spooled");
  const rig = await openBox(dir.file("spool"));
  for (let number = 0; number < 10; number++) await rig.box.writer.put(event(String(number), rig.settled), rig.signal);
  await eventually("all are in the window", () => rig.memory.pending("event") === 10);
  let ended = false;
  const ending = rig[Symbol.asyncDispose]().then(() => ended = true);
  await eventually("the service ends", () => ended, 2_000);
  await ending;
});

Deno.test("spooled outbox: a full spool tells each loss once: what was stored by its time, what was turned away by its own word", async () => {
  await using dir = await createTempDir("spooled");
  await using rig = await openBox(dir.file("spool"), 10, (spool) => spool, 256 * 1024);
  const filler = (id: string, severity: "low" | "high"): OutboundMessage => ({
    ...event(id, rig.settled),
    body: new Uint8Array(20_000),
    severity,
  });
  for (let number = 0; number < 40; number++) await rig.box.writer.put(filler(`high-${number}`, "high"), never);
  await eventually("all are settled", () => rig.settled.length === 40);
  await rig.box.writer.put(filler("low", "low"), never);
  await eventually("the low one is turned away", () => rig.settled.at(-1) === "low dropped");
  const lost = (stored: boolean) =>
    rig.evictions.filter((eviction) => eviction.stored === stored).reduce((sum, { records }) => sum + records, 0);
  assert.equal(rig.box.status().records, 41 - lost(true) - lost(false));
  assert.equal(lost(false), rig.settled.filter((each) => each.endsWith(" dropped")).length);
  assert.ok(rig.evictions.every(({ reason }) => reason === "spool_full"));
});

Deno.test("spooled outbox: a stored message that the bus never takes is told, and not kept", async () => {
  await using dir = await createTempDir("spooled");
  await using rig = await openBox(dir.file("spool"));
  await rig.box.writer.put(event("a", rig.settled), never);
  await eventually("it is in the window", () => rig.memory.pending("event") === 1);
  rig.memory.settle("event", rig.memory.take("event", 1), { kind: "dropped", reason: "too_large" });
  assert.deepEqual(rig.dropped, ["event too_large"]);
  await eventually("it is gone", () => rig.box.size("event") === 0);
});

Deno.test("spooled outbox: what messages in memory push out of the window comes again from the disk", async () => {
  await using dir = await createTempDir("spooled");
  let refuses = false;
  const fault = { code: "ENOSPC", message: "full" };
  await using rig = await openBox(dir.file("spool"), 3, (spool) => ({
    append: (messages) =>
      refuses ? Promise.resolve({ kind: "degraded", fault, evictions: [] }) : spool.append(messages),
    read: (limits) => spool.read(limits),
    rewind: () => spool.rewind(),
    acknowledge: (positions) => spool.acknowledge(positions),
    flush: () => spool.flush(),
    status: () => spool.status(),
    close: () => spool.close(),
  }));
  for (const id of ["a", "b", "c"]) await rig.box.writer.put(event(id, rig.settled), never);
  await eventually("all are in the window", () => rig.memory.pending("event") === 3);
  refuses = true;
  for (const id of ["d", "e"]) await rig.box.writer.put({ ...event(id, rig.settled), severity: "critical" }, never);
  const delivered: string[] = [];
  await eventually("all are delivered", () => {
    const entries = rig.memory.take("event", 10);
    delivered.push(...idsOf(entries));
    rig.memory.settle("event", entries, { kind: "delivered" });
    return new Set(delivered).size === 5 && rig.box.size("event") === 0;
  });
  assert.deepEqual(delivered.toSorted(), ["a", "b", "c", "d", "e"]);
  assert.deepEqual(rig.dropped, []);
});
