import assert from "node:assert/strict";
import { type BusRig, startBusRig } from "../support/bus_rig.ts";
import { collectNats, type NatsCollector } from "../support/collect_nats.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { startNatsServer } from "../../sandbox/nats_server.ts";
import { AgentError } from "../../src/lifecycle/errors.ts";
import { REPLIED_HEADER } from "../../src/wire/replied_header.ts";

const EVENTS = "agent.event.prod";
const idsOn = (collector: NatsCollector, subject = EVENTS) =>
  collector.on(subject).map(({ headers }) => headers["Nats-Msg-Id"] ?? "");
const numbered = (from: number, to: number) => [...Array(to - from).keys()].map((number) => `e${from + number}`);
const delivered = (ids: readonly string[]) => ids.map((id) => `${id} delivered`);

async function putAll(rig: BusRig, ids: readonly string[]): Promise<void> {
  for (const id of ids) await rig.put(id);
}

Deno.test("core delivery: messages arrive in order under their ids, and are delivered only then", async () => {
  await using server = await startNatsServer();
  await using collector = await collectNats(server.url, ["agent.>"]);
  await using rig = startBusRig(server.url);
  const ids = numbered(0, 2_500);
  await putAll(rig, ids);
  await rig.left(ids.length);
  await collector.waitForCount(ids.length, () => true);
  assert.deepEqual(idsOn(collector), ids);
  assert.deepEqual(rig.settled, delivered(ids));
});

Deno.test("core delivery: a refused subject is not delivered, told with its remedy, and stops no other kind", async () => {
  const config = `authorization { users: [
    {user: agent, password: p, permissions: {publish: ["agent.metrics.>"]}},
    {user: central, password: p}
  ]}`;
  await using server = await startNatsServer({ config });
  await using collector = await collectNats(server.url, ["agent.>"], { user: "central", pass: "p" });
  await using rig = startBusRig(server.url, {
    bus: { auth: { kind: "address_password", user: "agent", password: "p" } },
  });
  await rig.put("refused");
  await rig.put("fine", { kind: "metrics", subject: "agent.metrics.prod" });
  await collector.waitFor("the metrics", ({ subject }) => subject === "agent.metrics.prod");
  await eventually("the refusal is known", () => rig.failures.has("refused"));
  await rig.left(1);
  assert.deepEqual(rig.settled, ["fine delivered"]);
  assert.equal(rig.outbox.size("event"), 1);
  assert.deepEqual(collector.on(EVENTS), []);
  assert.match(rig.connection.status().refusals.join(), /publish "agent\.event\.prod"; add the subject to the user's/);
  await server.restart({ config: "" }); // the permission is granted
  await rig.left(2);
  assert.deepEqual(rig.settled, ["fine delivered", "refused delivered"]);
  assert.deepEqual(rig.connection.status().refusals, []);
});

Deno.test("core delivery: a killed and restarted server loses nothing that comes while it is away", async () => {
  await using server = await startNatsServer();
  await using _central = await collectNats(server.url, ["agent.>"]);
  await using rig = startBusRig(server.url);
  await putAll(rig, numbered(0, 10));
  await rig.left(10);
  await server.kill();
  await eventually("the loss is noticed", () => !rig.connection.status().connected);
  const away = numbered(10, 60);
  await putAll(rig, away);
  await server.restart();
  await rig.left(60);
  assert.deepEqual(rig.settled, delivered(numbered(0, 60)));
});

Deno.test("core delivery: killed in the middle of a burst, nothing is lost, order is kept, copies have the same id", async () => {
  await using server = await startNatsServer();
  await using collector = await collectNats(server.url, ["agent.>"]);
  await using rig = startBusRig(server.url);
  await rig.connected();
  const ids = numbered(0, 6_000);
  for (const [count, id] of ids.entries()) {
    await rig.put(id, { bytes: 500 });
    if (count === 3_000) await rig.left(500);
    if (count === 3_000) await server.kill();
  }
  await server.restart();
  await rig.connected(2);
  await rig.left(ids.length);
  assert.deepEqual(rig.settled, delivered(ids));
  // The subscriber was away as well: what the first server took before it was killed may have died with it.
  const heard = idsOn(collector);
  const firsts = heard.filter((id, at) => heard.indexOf(id) === at);
  assert.deepEqual(firsts, ids.filter((id) => firsts.includes(id)));
});

Deno.test("core delivery: a server that hangs is given up, and its batch goes out again", async () => {
  await using server = await startNatsServer();
  await using _central = await collectNats(server.url, ["agent.>"]);
  await using rig = startBusRig(server.url);
  await rig.connected();
  server.pause();
  let puts = 0;
  await eventually("the flush is given up", async () => {
    // The signal takes its time: what the server still takes before it hangs is followed by another.
    if (rig.outbox.isEmpty()) await rig.put(`e${puts++}`);
    return rig.failures.has("flush_timeout");
  }, 20_000);
  assert.deepEqual(rig.settled, delivered(numbered(0, puts - 1)));
  server.resume();
  await rig.connected(2);
  await rig.left(puts);
  assert.deepEqual(rig.publisher.failures(), { flush_timeout: 1 });
  assert.deepEqual(rig.settled, delivered(numbered(0, puts)));
});

Deno.test("core delivery: a message above max_payload is dropped as too large and holds up no other", async () => {
  await using server = await startNatsServer({ config: "max_payload: 1000" });
  await using collector = await collectNats(server.url, ["agent.>"]);
  await using rig = startBusRig(server.url);
  await rig.put("before");
  await rig.put("large", { bytes: 2_000 });
  await rig.put("after");
  await rig.left(3);
  assert.deepEqual(rig.settled.toSorted(), ["after delivered", "before delivered", "large too_large"]);
  await collector.waitForCount(2, () => true);
  assert.deepEqual(idsOn(collector), ["before", "after"]);
});

Deno.test("core delivery: a batch is cut to what a server with a small max_payload takes", async () => {
  await using server = await startNatsServer({ config: "max_payload: 2000" });
  await using collector = await collectNats(server.url, ["agent.>"]);
  await using rig = startBusRig(server.url, {
    compose: { batch: { maxEvents: 100, subject: "agent.events.prod" }, gzipMinBytes: null },
  });
  const ids = numbered(0, 20);
  for (const id of ids) await rig.put(id, { bytes: 300 });
  await rig.left(ids.length);
  assert.deepEqual(rig.settled, delivered(ids));
  const lines = () =>
    collector.on("agent.events.prod").flatMap(({ bytes }) => new TextDecoder().decode(bytes).trim().split("\n"));
  await eventually("every line", () => lines().length >= ids.length);
  assert.deepEqual(lines().map((line) => JSON.parse(line)), ids.map((id) => ({ id })));
});

Deno.test("core delivery: metrics that waited too long are dropped as stale, events are not", async () => {
  await using server = await startNatsServer();
  await server.kill();
  await using rig = startBusRig(server.url, { staleMetricsMs: 0 });
  await rig.put("old", { kind: "metrics", subject: "agent.metrics.prod" });
  await rig.put("event");
  await server.restart();
  await using _central = await collectNats(server.url, ["agent.>"]);
  await rig.left(2);
  assert.deepEqual(rig.settled.toSorted(), ["event delivered", "old stale"]);
});

Deno.test("core delivery: a stop sends what waits for its batch to fill", async () => {
  await using server = await startNatsServer();
  await using collector = await collectNats(server.url, ["agent.>"]);
  const rig = startBusRig(server.url, {
    compose: { batch: { maxEvents: 100, subject: "agent.events.prod" }, gzipMinBytes: null },
    drainMs: 5_000,
  });
  await rig.connected();
  const ids = numbered(0, 3);
  await putAll(rig, ids);
  await rig[Symbol.asyncDispose]();
  assert.deepEqual(rig.settled, delivered(ids));
  const batch = await collector.waitFor("the batch", ({ subject }) => subject === "agent.events.prod");
  assert.equal(batch.headers["Agent-Count"], "3");
});

Deno.test("core delivery: a stop while the bus is away ends in time, and what waits is not called delivered", async () => {
  await using server = await startNatsServer();
  await server.kill();
  const rig = startBusRig(server.url, { drainMs: 100 });
  await rig.put("a");
  await rig[Symbol.asyncDispose]();
  assert.deepEqual([rig.settled, rig.outbox.size("event")], [[], 1]);
});

Deno.test("core delivery: events and results that nobody subscribes to are held until somebody does, metrics are not", async () => {
  await using server = await startNatsServer();
  await using rig = startBusRig(server.url);
  await rig.put("event");
  await rig.put("result", { kind: "result", subject: "agent.result.prod" });
  await rig.put("metrics", { kind: "metrics", subject: "agent.metrics.prod" });
  await eventually("both are found unheard", () => rig.details.size === 2);
  assert.deepEqual([...rig.details].toSorted(), [
    "nobody is subscribed to agent.event.prod; start the central program, or check its subject",
    "nobody is subscribed to agent.result.prod; start the central program, or check its subject",
  ]);
  await rig.left(1);
  assert.deepEqual(rig.settled, ["metrics delivered"]);
  await using central = await collectNats(server.url, ["agent.>"]);
  await rig.left(3);
  assert.deepEqual(rig.settled.toSorted(), ["event delivered", "metrics delivered", "result delivered"]);
  assert.deepEqual(idsOn(central), ["event"]);
});

Deno.test("core delivery: a result that was sent to its command's reply subject waits for nobody", async () => {
  await using server = await startNatsServer();
  await using rig = startBusRig(server.url);
  await rig.put("result", { kind: "result", subject: "agent.result.prod", headers: { [REPLIED_HEADER]: "true" } });
  await rig.left(1);
  assert.deepEqual([rig.settled, [...rig.failures]], [["result delivered"], []]);
});

Deno.test("core delivery: a user without an inbox delivers as before, and is no less ready for it", async () => {
  const config = `authorization { users: [
    {user: agent, password: p, permissions: {publish: ["agent.>"], subscribe: ["agent.command.>"]}},
  ]}`;
  await using server = await startNatsServer({ config });
  await using rig = startBusRig(server.url, {
    bus: { auth: { kind: "address_password", user: "agent", password: "p" } },
  });
  await rig.put("event");
  await rig.left(1);
  assert.deepEqual([rig.settled, rig.connection.status().refusals], [["event delivered"], []]);
});

Deno.test("bus: one of two servers that is up is enough, at once", async () => {
  await using up = await startNatsServer();
  await using down = await startNatsServer();
  await down.stop();
  for (let round = 0; round < 10; round++) {
    await using rig = startBusRig(up.url, { bus: { servers: [down.url, up.url] }, maxRetries: 0 });
    await rig.connected();
    assert.deepEqual([rig.connection.status().failures, rig.connection.status().lastError], [0, null]);
  }
});

Deno.test("bus: a server that hangs holds up the next one by a second at most", async () => {
  await using up = await startNatsServer();
  await using hung = await startNatsServer();
  hung.pause();
  try {
    for (let round = 0; round < 3; round++) {
      await using rig = startBusRig(up.url, { bus: { servers: [hung.url, up.url] }, maxRetries: 0 });
      await rig.connected();
      assert.equal(rig.connection.status().server?.includes(String(up.port)), true);
    }
  } finally {
    hung.resume();
  }
});

Deno.test("bus: of several servers none of which can be used, each is told with its reason", async () => {
  await using secured = await startNatsServer({ config: "authorization { token: right }" });
  await using down = await startNatsServer();
  await down.stop();
  await using rig = startBusRig(down.url, { bus: { servers: [down.url, secured.url] }, maxRetries: 0 });
  const error = await rig.ended;
  assert.ok(error instanceof AgentError);
  assert.equal(error.kind, "not_permitted", "what a person has to mend says more than a server that is away");
  assert.match(error.message, /None of 2 NATS servers can be used\./);
  assert.match(error.message, new RegExp(`127.0.0.1:${down.port}: NATS refused the connection`));
  assert.match(error.message, new RegExp(`127.0.0.1:${secured.port}: NATS refused the credentials`));
});

Deno.test("core delivery: answers come to an inbox below the user's own prefix", async () => {
  const config = `authorization { users: [
    {user: agent, password: p, permissions: {publish: ["agent.>"], subscribe: ["_INBOX.prod.>"]}},
    {user: central, password: p}
  ]}`;
  await using server = await startNatsServer({ config });
  await using rig = startBusRig(server.url, {
    bus: { auth: { kind: "address_password", user: "agent", password: "p" }, inboxPrefix: "_INBOX.prod" },
  });
  await rig.put("event");
  await eventually("nobody is subscribed", () => rig.failures.has("no_listener"));
  await using central = await collectNats(server.url, ["agent.>"], { user: "central", pass: "p" });
  await rig.left(1);
  assert.deepEqual([idsOn(central), rig.connection.status().refusals], [["event"], []]);
});
