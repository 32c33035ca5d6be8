import assert from "node:assert/strict";
import { type JetStreamManager, jetstreamManager, type StreamConfig } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import type { DeliveryFailure } from "../../src/bus/delivery.ts";
import { createJetStreamDelivery } from "../../src/bus/deliver_jetstream.ts";
import { type BusRig, type BusRigOptions, startBusRig } from "../support/bus_rig.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { startNatsCluster } from "../support/nats_cluster.ts";
import { type NatsServer, startNatsServer } from "../../sandbox/nats_server.ts";
import { startTcpProxy } from "../support/tcp_proxy.ts";

const SUBJECT = "agent.event.prod";
const numbered = (count: number) => [...Array(count).keys()].map((number) => `e${number}`);
const delivered = (ids: readonly string[]) => ids.map((id) => `${id} delivered`);

async function manage<T>(url: string, act: (manager: JetStreamManager) => Promise<T>): Promise<T> {
  const connection = await connect({ servers: url });
  try {
    return await act(await jetstreamManager(connection));
  } finally {
    await connection.close();
  }
}

const addStream = (url: string, config: Partial<StreamConfig> = {}) =>
  manage(url, (manager) => manager.streams.add({ name: "AGENT", subjects: ["agent.>"], ...config }));
const removeStream = (url: string) => manage(url, (manager) => manager.streams.delete("AGENT"));

/** The ids that the stream holds, in order. */
function storedIds(url: string): Promise<readonly string[]> {
  return manage(url, async (manager) => {
    const { state } = await manager.streams.info("AGENT");
    const ids: string[] = [];
    for (let seq = Math.max(state.first_seq, 1); seq <= state.last_seq; seq++) {
      ids.push((await manager.streams.getMessage("AGENT", { seq }))?.header.get("Nats-Msg-Id") ?? "");
    }
    return ids;
  });
}

function startRig(url: string, stream = "", options: BusRigOptions = {}): BusRig {
  const deliver = createJetStreamDelivery({ stream, inFlightLimit: 16, inFlightBytes: 2 ** 20, ackTimeoutMs: 1_500 });
  return startBusRig(url, { deliver, ...options });
}

interface Row {
  readonly name: string;
  /** Brings the server into trouble, once the first message is through where `before` says so. */
  readonly given: (server: NatsServer) => Promise<unknown>;
  readonly before?: (server: NatsServer) => Promise<unknown>;
  readonly stream?: string;
  readonly want: { readonly reason: DeliveryFailure["reason"]; readonly words: RegExp };
  /** Ends the trouble; the message must then arrive. */
  readonly mend: (server: NatsServer) => Promise<unknown>;
}

/** Somebody who listens and acknowledges nothing: then the server does not say "no responders". */
async function listen(server: NatsServer): Promise<AsyncDisposable> {
  const connection = await connect({ servers: server.url });
  connection.subscribe("agent.>");
  await connection.flush();
  return { [Symbol.asyncDispose]: () => connection.close() };
}

const ROWS: readonly Row[] = [
  {
    name: "no stream",
    given: () => Promise.resolve(),
    want: {
      reason: "no_stream",
      words: /^No stream takes agent\.event\.prod \(no responders\); create one that covers/,
    },
    mend: ({ url }) => addStream(url),
  },
  {
    name: "another stream than the configured one",
    given: ({ url }) => addStream(url),
    stream: "EVENTS",
    want: { reason: "wrong_stream", words: /belongs to another stream than nats\.stream says .*correct nats\.stream/ },
    mend: async ({ url }) => {
      await removeStream(url);
      await addStream(url, { name: "EVENTS" });
    },
  },
  {
    name: "a full stream",
    given: ({ url }) => addStream(url, { max_msgs: 1, discard: "new" }),
    before: () => Promise.resolve(),
    want: { reason: "stream_full", words: /^The stream is full \(maximum messages exceeded\); raise its limits/ },
    mend: ({ url }) => manage(url, (manager) => manager.streams.update("AGENT", { max_msgs: 10 })),
  },
  {
    name: "a stream that was removed",
    given: ({ url }) => addStream(url),
    before: ({ url }) => removeStream(url),
    want: {
      reason: "no_leader",
      words: /that took agent\.event\.prod does not answer \(no responders\); a new leader/,
    },
    mend: ({ url }) => addStream(url),
  },
];

for (const { name, given, before, stream, want, mend } of ROWS) {
  Deno.test(`jetstream trouble: ${name} has its own words, keeps messages, and mends`, async () => {
    await using server = await startNatsServer({ jetstream: true });
    await given(server);
    await using rig = startRig(server.url, stream);
    if (before !== undefined) {
      await rig.put("first");
      await rig.left(1);
      await before(server);
    }
    await rig.put("a");
    await eventually("it is told", () => rig.failures.has(want.reason));
    assert.deepEqual([...rig.failures], [want.reason]);
    assert.match([...rig.details].join("\n"), want.words);
    assert.match(rig.publisher.troubles().map(({ detail }) => detail).join(), want.words);
    assert.equal(rig.outbox.size("event"), 1);
    await mend(server);
    await eventually("it is delivered", () => rig.settled.at(-1) === "a delivered", 20_000);
    await eventually("all is well", () => rig.publisher.troubles().length === 0);
  });
}

Deno.test("jetstream trouble: a subject that only a subscriber hears is told as not acknowledged, with what to check", async () => {
  await using server = await startNatsServer({ jetstream: true });
  await using _listener = await listen(server);
  await using rig = startRig(server.url);
  await rig.put("a");
  await eventually("it is told", () => rig.failures.has("ack_timeout"));
  assert.match(
    [...rig.details].join(),
    /although somebody listens there; check with `agent validate-config --connect`/,
  );
  await addStream(server.url);
  await rig.left(1);
  assert.deepEqual(await storedIds(server.url), ["a"]);
});

Deno.test("jetstream trouble: a message above the stream's max_msg_size is dropped as too large and holds up no other", async () => {
  await using server = await startNatsServer({ jetstream: true });
  await addStream(server.url, { max_msg_size: 500 });
  await using rig = startRig(server.url);
  await rig.put("before");
  await rig.put("large", { bytes: 2_000 });
  await rig.put("after");
  await rig.left(3);
  assert.deepEqual(rig.settled.toSorted(), ["after delivered", "before delivered", "large too_large"]);
  assert.deepEqual(await storedIds(server.url), ["before", "after"]);
});

Deno.test("jetstream trouble: the leader is killed in the middle of a burst: each message once", async () => {
  await using cluster = await startNatsCluster(3);
  const [url = ""] = cluster.urls;
  await eventually("a stream with three replicas", async () => {
    await addStream(url, { num_replicas: 3 });
    return true;
  }, 30_000);
  const leaderOf = () =>
    manage(url, async (manager) => (await manager.streams.info("AGENT")).cluster?.leader || undefined);
  const leader = await eventually("a leader", leaderOf);
  const other = [...cluster.servers].find(([name]) => name !== leader)?.[1].url ?? "";
  await using rig = startRig(other);
  await rig.connected();
  const ids = numbered(400);
  for (const [count, id] of ids.entries()) {
    await rig.put(id);
    if (count !== 200) continue;
    await rig.left(100);
    await cluster.servers.get(leader)?.kill();
  }
  await eventually("all have left the outbox", () => rig.settled.length >= ids.length, 40_000);
  assert.deepEqual(rig.settled.toSorted(), delivered(ids).toSorted());
  assert.ok(
    [...rig.failures].every((reason) => reason === "no_leader" || reason === "ack_timeout"),
    `${[...rig.failures]}`,
  );
  // The servers' own management may still be electing a leader.
  const stored = await eventually("the stream tells what it holds", () => storedIds(other), 30_000);
  assert.deepEqual(stored.toSorted(), ids.toSorted());
});

Deno.test("jetstream trouble: a partition is noticed by a ping, and the connection is made again", async () => {
  await using server = await startNatsServer({ jetstream: true });
  await addStream(server.url);
  await using proxy = await startTcpProxy(server.port);
  await using rig = startRig(`nats://127.0.0.1:${proxy.port}`);
  await rig.put("before");
  await rig.left(1);
  proxy.partition();
  await rig.put("a");
  await eventually("it is told", () => rig.failures.has("flush_timeout"), 15_000);
  assert.match([...rig.details].join(), /NATS has not answered a ping within 1500 ms; the agent reconnects/);
  proxy.cut(); // what was held back is lost, as in a partition that ends with new connections
  proxy.heal();
  await rig.connected(2);
  await rig.left(2);
  assert.deepEqual(await storedIds(server.url), ["before", "a"]);
});

Deno.test("jetstream trouble: a slow link is no failure as long as acknowledgements come", async () => {
  await using server = await startNatsServer({ jetstream: true });
  await addStream(server.url);
  await using proxy = await startTcpProxy(server.port);
  await using rig = startRig(`nats://127.0.0.1:${proxy.port}`);
  await rig.connected();
  proxy.slow(20_000);
  const ids = numbered(60);
  for (const id of ids) await rig.put(id, { subject: SUBJECT, bytes: 1_000 });
  await rig.left(ids.length);
  assert.deepEqual([rig.settled, [...rig.failures]], [delivered(ids), []]);
});
