import assert from "node:assert/strict";
import { createHeartbeat } from "../../src/bus/heartbeat.ts";
import { AgentError } from "../../src/lifecycle/errors.ts";
import { agentInfoSchema } from "../../src/wire/agent_info.ts";
import { heartbeatSchema } from "../../src/wire/heartbeat.ts";
import { startBusRig } from "../support/bus_rig.ts";
import { collectNats } from "../support/collect_nats.ts";
import { createMovableClock } from "../support/pipeline_rig.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { freePort } from "../support/free_port.ts";
import { startNatsServer } from "../../sandbox/nats_server.ts";

Deno.test("bus connection: nobody there fails as unreachable once max_retries are used up", async () => {
  const url = `nats://127.0.0.1:${await freePort()}`;
  await using rig = startBusRig(url, { maxRetries: 3 });
  const error = await rig.ended;
  assert.ok(error instanceof AgentError, String(error));
  assert.equal(error.kind, "unreachable");
  assert.ok(error.message.includes(`after 4 tries: NATS refused the connection at ${url}; check`), error.message);
  assert.deepEqual([...rig.errors], ["refused"]);
});

Deno.test("bus connection: a connect in between starts the count of failed tries anew", async () => {
  await using server = await startNatsServer();
  await using rig = startBusRig(server.url, { maxRetries: 1_000 });
  await rig.connected();
  await server.kill();
  await eventually("tries fail", () => rig.connection.status().failures > 1);
  await server.restart();
  await rig.connected(2);
  assert.equal(rig.connection.status().failures, 0);
});

Deno.test("bus connection: the status names the server, and none when the connection is lost", async () => {
  await using server = await startNatsServer();
  await using rig = startBusRig(server.url);
  await rig.connected();
  assert.equal(rig.connection.status().server, `127.0.0.1:${server.port}`);
  await server.kill();
  await eventually("the loss is noticed", () => !rig.connection.status().connected);
  assert.equal(rig.connection.status().server, null);
});

Deno.test("heartbeat: it registers after each connect, beats, and drops beats while the bus is away", async () => {
  await using server = await startNatsServer();
  await using collector = await collectNats(server.url, ["agent.>"]);
  await using rig = startBusRig(server.url);
  const stop = new AbortController();
  let stale = 0;
  const heartbeat = createHeartbeat({
    clock: createMovableClock(),
    intervalMs: 50,
    subject: (kind) => `agent.${kind}.prod`,
    session: rig.connection.session,
    sessionChanged: rig.connection.changed,
    agentInfo: () => ({ cluster_id: "prod", version: "1", start_time: new Date().toISOString(), capabilities: [] }),
    heartbeat: () => ({
      cluster_id: "prod",
      timestamp: new Date().toISOString(),
      status: "healthy",
      metrics: { event_queue_size: 0, metrics_queue_size: 0, command_queue_size: 0, uptime_seconds: 1 },
    }),
    onStale: () => stale++,
  });
  const run = heartbeat.run(stop.signal);
  await collector.waitForCount(3, ({ subject }) => subject === "agent.heartbeat.prod");
  const [register, first] = collector.messages;
  assert.equal(register?.subject, "agent.register.prod");
  agentInfoSchema.parse(register?.json);
  heartbeatSchema.parse(first?.json);
  assert.equal(collector.on("agent.register.prod").length, 1);
  await rig.connection.session()?.nats.close(); // only the agent's connection: the collector hears all of it
  await collector.waitForCount(2, ({ subject }) => subject === "agent.register.prod");
  await server.kill();
  await eventually("a beat is dropped", () => stale > 0);
  stop.abort();
  await run;
  assert.equal(collector.on("agent.register.prod").length, 2);
});

Deno.test("heartbeat: it registers again every five minutes, so that a central program that forgot comes right", async () => {
  await using server = await startNatsServer();
  await using collector = await collectNats(server.url, ["agent.>"]);
  await using rig = startBusRig(server.url);
  const stop = new AbortController();
  const clock = createMovableClock();
  const heartbeat = createHeartbeat({
    clock: { ...clock, monotonic: () => clock.monotonic() * 1_000 }, // a millisecond is a second
    intervalMs: 30_000,
    subject: (kind) => `agent.${kind}.prod`,
    session: rig.connection.session,
    sessionChanged: rig.connection.changed,
    agentInfo: () => ({ cluster_id: "prod", version: "1", start_time: new Date().toISOString(), capabilities: [] }),
    heartbeat: () => ({
      cluster_id: "prod",
      timestamp: new Date().toISOString(),
      status: "healthy",
      metrics: { event_queue_size: 0, metrics_queue_size: 0, command_queue_size: 0, uptime_seconds: 1 },
    }),
    onStale: () => {},
  });
  const run = heartbeat.run(stop.signal);
  await collector.waitForCount(3, ({ subject }) => subject === "agent.register.prod");
  const beats = collector.on("agent.heartbeat.prod").length;
  assert.ok(beats > 3, `${beats} beats`);
  stop.abort();
  await run;
});

Deno.test("bus connection: a refused subscription is named with its remedy, one that nothing depends on is not", async () => {
  const config = `authorization { users: [
    {user: agent, password: p, permissions: {publish: [">"], subscribe: ["_INBOX.>"]}}
  ]}`;
  await using server = await startNatsServer({ config });
  await using rig = startBusRig(server.url, {
    bus: { auth: { kind: "address_password", user: "agent", password: "p" } },
    optionalSubjects: ["agent.register.prod"],
  });
  await rig.connected();
  const nats = rig.connection.session()?.nats;
  for (const subject of ["agent.register.prod", "agent.command.prod"]) nats?.subscribe(subject, { callback: () => {} });
  await eventually("the refusal is known", () => rig.connection.status().refusals.length > 0);
  const [refusal, ...more] = rig.connection.status().refusals;
  assert.match(
    refusal ?? "",
    /does not allow this user to subscri.* "agent\.command\.prod"; add the subject to the user's/,
  );
  assert.deepEqual(more, []);
});
