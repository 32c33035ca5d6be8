import assert from "node:assert/strict";
import { connect, headers } from "@nats-io/transport-node";
import { createCommandSubscription } from "../../src/bus/command_subscription.ts";
import type { CommandDelivery } from "../../src/commands/command_source.ts";
import { startBusRig } from "../support/bus_rig.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { startNatsServer } from "../../sandbox/nats_server.ts";

const SUBJECT = "agent.command.prod";

/** A subscription whose reader takes nothing after the first delivery until it is told to. */
async function startSlowReader(maxBytes: number) {
  const server = await startNatsServer();
  const rig = startBusRig(server.url);
  await rig.connected();
  const dropped: string[] = [];
  const subscription = createCommandSubscription(rig.connection, {
    subject: SUBJECT,
    maxBytes,
    onDropped: (reason) => dropped.push(reason),
  });
  const stop = new AbortController();
  const gate = Promise.withResolvers<void>();
  const taken: CommandDelivery[] = [];
  const reading = (async () => {
    for await (const delivery of subscription.source(stop.signal)) {
      taken.push(delivery);
      await gate.promise;
    }
  })();
  const central = await connect({ servers: server.url });
  await eventually("the agent listens", async () => {
    central.publish(SUBJECT, "{}");
    await central.flush();
    return taken.length > 0;
  });
  return {
    central,
    dropped,
    subscription,
    taken,
    open: gate.resolve,
    async [Symbol.asyncDispose]() {
      stop.abort();
      gate.resolve();
      await reading;
      await central.close();
      await rig[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

Deno.test("command subscription: what waits is bounded in bytes, headers included, and the newest are dropped", async () => {
  await using reader = await startSlowReader(100 * 1024);
  const waitedBytes = reader.subscription.waitingBytes();
  const carried = headers();
  carried.set("Agent-Padding", "x".repeat(9 * 1024));
  for (let number = 0; number < 20; number++) reader.central.publish(SUBJECT, `{"n":${number}}`, { headers: carried });
  await eventually("some are dropped", () => reader.dropped.length > 8);
  assert.ok(reader.subscription.waitingBytes() <= 100 * 1024, String(reader.subscription.waitingBytes()));
  assert.ok(reader.subscription.waitingBytes() > waitedBytes);
  assert.deepEqual([...new Set(reader.dropped)], ["flood"]);
  reader.open();
  await eventually(
    "the first of them is taken",
    () => reader.taken.some(({ body }) => new TextDecoder().decode(body) === '{"n":0}'),
  );
  await eventually("nothing waits", () => reader.subscription.waitingBytes() === 0);
});

Deno.test("command subscription: what is far too large for a command is dropped before it is kept, by headers or body", async () => {
  await using reader = await startSlowReader(8 * 1024 * 1024);
  const carried = headers();
  carried.set("Agent-Padding", "x".repeat(200 * 1024));
  reader.central.publish(SUBJECT, "{}", { headers: carried });
  reader.central.publish(SUBJECT, "x".repeat(200 * 1024));
  await eventually("both are dropped", () => reader.dropped.length === 2);
  assert.deepEqual(reader.dropped, ["too_large", "too_large"]);
  assert.ok(reader.subscription.waitingBytes() < 100 * 1024);
});
