import assert from "node:assert/strict";
import { type JetStreamManager, jetstreamManager, type StreamConfig } from "@nats-io/jetstream";
import { connect, type Msg } from "@nats-io/transport-node";
import { createJetStreamDelivery } from "../../src/bus/deliver_jetstream.ts";
import { type BusRig, type BusRigOptions, startBusRig } from "../support/bus_rig.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { type NatsServer, startNatsServer } from "../../sandbox/nats_server.ts";

const numbered = (from: number, to: number) => [...Array(to - from).keys()].map((number) => `e${from + number}`);
const delivered = (ids: readonly string[]) => ids.map((id) => `${id} delivered`);

/** What one test does to the server's streams. */
async function manage<T>(server: NatsServer, act: (manager: JetStreamManager) => Promise<T>): Promise<T> {
  const connection = await connect({ servers: server.url, ...CENTRAL });
  try {
    return await act(await jetstreamManager(connection));
  } finally {
    await connection.close();
  }
}

const CENTRAL = { user: "central", pass: "p" };
const addStream = (server: NatsServer, config: Partial<StreamConfig> = {}) =>
  manage(server, (manager) => manager.streams.add({ name: "AGENT", subjects: ["agent.>"], ...config }));

/** The ids that the stream holds, in order. */
function storedIds(server: NatsServer): Promise<readonly string[]> {
  return manage(server, async (manager) => {
    const { state } = await manager.streams.info("AGENT");
    const ids: string[] = [];
    for (let seq = Math.max(state.first_seq, 1); seq <= state.last_seq; seq++) {
      ids.push((await manager.streams.getMessage("AGENT", { seq }))?.header.get("Nats-Msg-Id") ?? "");
    }
    return ids;
  });
}

function startRig(server: NatsServer, stream = "", options: BusRigOptions = {}): BusRig {
  return startBusRig(server.url, {
    deliver: createJetStreamDelivery({ stream, inFlightLimit: 16, inFlightBytes: 2 ** 20, ackTimeoutMs: 1_500 }),
    ...options,
  });
}

Deno.test("jetstream delivery: the stream holds every message once and in order, and acknowledged each", async () => {
  await using server = await startNatsServer({ jetstream: true });
  await addStream(server);
  await using rig = startRig(server, "AGENT");
  const ids = numbered(0, 200);
  for (const id of ids) await rig.put(id);
  await rig.left(ids.length);
  assert.deepEqual(rig.settled, delivered(ids));
  assert.deepEqual(await storedIds(server), ids);
  assert.deepEqual([...rig.failures], []);
});

Deno.test("jetstream delivery: bytes ahead of the acknowledgements are bounded, and a larger message goes alone", async () => {
  await using server = await startNatsServer();
  const stream = await connect({ servers: server.url });
  const due: Msg[] = [];
  const bytesDue = () => due.reduce((sum, { data }) => sum + data.length, 0);
  stream.subscribe("agent.event.prod", { callback: (_, message) => void due.push(message) });
  await stream.flush();
  await using rig = startBusRig(server.url, {
    deliver: createJetStreamDelivery({ stream: "", inFlightLimit: 16, inFlightBytes: 10_000, ackTimeoutMs: 10_000 }),
  });
  const sizes = [4_000, 4_000, 4_000, 20_000, 4_000, 4_000];
  for (const [number, bytes] of sizes.entries()) await rig.put(`e${number}`, { bytes });
  const seen: number[] = [];
  for (const [acknowledged] of sizes.entries()) {
    const wanted = acknowledged < 2 || acknowledged === 4 ? 2 : 1;
    await eventually(`${wanted} are due`, () => due.length >= wanted);
    seen.push(bytesDue());
    due.shift()?.respond(JSON.stringify({ stream: "AGENT", seq: acknowledged + 1 }));
  }
  await rig.left(sizes.length);
  await stream.close();
  assert.deepEqual(rig.settled, delivered(numbered(0, sizes.length)));
  assert.deepEqual(seen, [8_000, 8_000, 4_000, 20_000, 8_000, 4_000]);
});

Deno.test("jetstream delivery: a copy of what the stream has counts as delivered and is stored once", async () => {
  await using server = await startNatsServer({ jetstream: true });
  await addStream(server);
  await using rig = startRig(server);
  for (const id of ["a", "b", "a"]) await rig.put(id);
  await rig.left(3);
  assert.deepEqual(rig.settled, delivered(["a", "b", "a"]));
  assert.deepEqual(await storedIds(server), ["a", "b"]);
});

Deno.test("jetstream delivery: killed in the middle of a burst, the stream has every message once and in order", async () => {
  await using server = await startNatsServer({ jetstream: true });
  await addStream(server);
  await using rig = startRig(server);
  await rig.connected();
  const ids = numbered(0, 400);
  for (const [count, id] of ids.entries()) {
    await rig.put(id);
    if (count !== 200) continue;
    await rig.left(100);
    await server.kill();
  }
  await server.restart();
  await rig.left(ids.length);
  const stored = await storedIds(server);
  assert.deepEqual([...new Set(stored)].toSorted(), [...ids].toSorted(), "every message is there");
  assert.equal(stored.length, ids.length, "no message is there twice");
  // Messages that were ahead when one failed may stand before it; apart from those the order holds.
  const late = stored.filter((id, at) => at > 0 && ids.indexOf(id) < ids.indexOf(stored[at - 1] ?? ""));
  assert.ok(late.length <= 1, `out of order: ${late}`);
});

Deno.test("jetstream delivery: a subject that is not allowed is told as refused, not as a slow stream", async () => {
  const config = `authorization { users: [
    {user: agent, password: p, permissions: {publish: ["agent.metrics.>"], subscribe: ["_INBOX.>"]}},
    {user: central, password: p}
  ]}`;
  await using server = await startNatsServer({ jetstream: true, config });
  await addStream(server);
  await using rig = startRig(server, "", { bus: { auth: { kind: "address_password", user: "agent", password: "p" } } });
  await rig.put("a");
  await eventually("it is told", () => rig.failures.has("refused"));
  assert.deepEqual([rig.settled, [...rig.failures]], [[], ["refused"]]);
});

Deno.test("jetstream delivery: a user that may not subscribe to its inbox has no acknowledgement, and no loss", async () => {
  const config = `authorization { users: [
    {user: agent, password: p, permissions: {publish: [">"], subscribe: {deny: ["_INBOX.>"]}}},
    {user: central, password: p}
  ]}`;
  await using server = await startNatsServer({ jetstream: true, config });
  await addStream(server);
  await using rig = startRig(server, "", { bus: { auth: { kind: "address_password", user: "agent", password: "p" } } });
  await rig.put("a");
  await eventually("it is told", () => rig.failures.has("ack_timeout"));
  assert.match([...rig.details].join(), /may not subscribe to its inbox; allow _INBOX\.>/);
  assert.deepEqual([rig.settled, rig.outbox.size("event")], [[], 1]);
});

Deno.test("jetstream delivery: a message above max_payload is dropped as too large, those around it arrive", async () => {
  await using server = await startNatsServer({ jetstream: true, config: "max_payload: 1000" });
  await addStream(server);
  await using rig = startRig(server);
  await rig.put("before");
  await rig.put("large", { bytes: 2_000 });
  await rig.put("after");
  await rig.left(3);
  assert.deepEqual(rig.settled.toSorted(), ["after delivered", "before delivered", "large too_large"]);
  assert.deepEqual(await storedIds(server), ["before", "after"]);
});
