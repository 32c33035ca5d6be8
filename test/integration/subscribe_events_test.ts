import assert from "node:assert/strict";
import { connect, headers } from "@nats-io/transport-node";
import { subscribeEvents } from "../../src/bus/subscribe_events.ts";
import { clusterOfSubject, DEFAULT_SUBJECT_TEMPLATE } from "../../src/wire/subject.ts";
import { gapEvent } from "../../src/events/gap.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { startNatsServer } from "../../sandbox/nats_server.ts";

const SUBJECT = "agent.event.prod";
const numbered = (number: number) =>
  JSON.stringify(gapEvent("prod", { reason: "OutboxOverflow", fromMs: number, toMs: number, lost: number }, 0));
const BYTES = new TextEncoder().encode(numbered(1)).length;

/** A reader that stops after its first event until it is told to go on; it began when `central` said so. */
async function startReader(queueBytes: number) {
  const server = await startNatsServer();
  const [reader, central] = await Promise.all([connect({ servers: server.url }), connect({ servers: server.url })]);
  const stop = new AbortController();
  const gate = Promise.withResolvers<void>();
  const read: number[] = [];
  const log: string[] = [];
  const reading = (async () => {
    const options = {
      subjects: [SUBJECT],
      queueBytes,
      clusterOf: (subject: string) =>
        clusterOfSubject(subject, { prefix: "agent", template: DEFAULT_SUBJECT_TEMPLATE }),
      onForeign: (subject: string) => void log.push(`foreign ${subject}`),
      onUnreadable: () => void log.push("unreadable"),
      onDropped: (events: number) => void log.push(`dropped ${events}`),
    };
    for await (const event of subscribeEvents(reader, options, stop.signal)) {
      read.push(event.raw_data.count ?? 0);
      await gate.promise;
    }
  })();
  await reader.flush(); // the subscription is made when the reader first asks, which it has
  central.publish(SUBJECT, numbered(0));
  await eventually("the first one is read", () => read.length === 1);
  return {
    central,
    /** Resolves when everything published so far has come to the reader. */
    async arrived() {
      await central.flush();
      await reader.flush();
    },
    open: gate.resolve,
    read,
    log,
    async [Symbol.asyncDispose]() {
      stop.abort();
      gate.resolve();
      await reading;
      await Promise.all([reader.close(), central.close()]);
      await server[Symbol.asyncDispose]();
    },
  };
}

Deno.test("subscribe events: what a slow reader does not take is bounded, the oldest go, and their number is told", async () => {
  await using reader = await startReader(BYTES * 4 + 10);
  for (let number = 1; number <= 9; number++) reader.central.publish(SUBJECT, numbered(number));
  await reader.arrived();
  reader.open();
  await eventually("the newest is read", () => reader.read.at(-1) === 9);
  assert.deepEqual(reader.log, [`dropped ${9 - (reader.read.length - 1)}`]);
  assert.deepEqual(reader.read, [0, ...[...Array(10).keys()].slice(-(reader.read.length - 1))]);
  assert.ok(reader.read.length >= 4 && reader.read.length <= 6, String(reader.read));
});

Deno.test("subscribe events: a batch above the bound is read whole, and what is no event is told", async () => {
  await using reader = await startReader(BYTES);
  const lines = headers();
  lines.set("Content-Type", "application/x-ndjson");
  reader.central.publish(SUBJECT, [1, 2, 3].map(numbered).join("\n"), { headers: lines });
  reader.central.publish(SUBJECT, "nonsense");
  await reader.arrived();
  reader.open();
  await eventually("the batch is read", () => reader.read.length === 4);
  assert.deepEqual(reader.read, [0, 1, 2, 3]);
  assert.deepEqual(reader.log, ["unreadable"]);
});

Deno.test("subscribe events: a message that names another cluster than its subject is left out, and that is told", async () => {
  await using reader = await startReader(BYTES * 10);
  reader.central.publish(SUBJECT, numbered(1).replace('"prod"', '"other"'));
  reader.central.publish(SUBJECT, numbered(2));
  await reader.arrived();
  reader.open();
  await eventually("the next is read", () => reader.read.at(-1) === 2);
  assert.deepEqual([reader.read, reader.log], [[0, 2], [`foreign ${SUBJECT}`]]);
});
