import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { createUser } from "@nats-io/nkeys";
import type { BusOptions } from "../../src/bus/bus_options.ts";
import { createHeartbeat } from "../../src/bus/heartbeat.ts";
import { AgentError, type FailureKind } from "../../src/lifecycle/errors.ts";
import { agentInfoSchema } from "../../src/wire/agent_info.ts";
import { heartbeatSchema } from "../../src/wire/heartbeat.ts";
import { DEFAULT_SUBJECT_TEMPLATE } from "../../src/wire/subject.ts";
import { startBusRig } from "../support/bus_rig.ts";
import { createTestCa, type TestCa } from "../support/certificates.ts";
import { collectNats } from "../support/collect_nats.ts";
import { createMovableClock } from "../support/pipeline_rig.ts";
import { eventually } from "../support/eventually.ts";
import { freePort } from "../support/free_port.ts";
import { type NatsServerOptions, startNatsServer } from "../support/nats_server.ts";
import { createTempDir, type TempDir } from "../support/temp_dir.ts";

/** A server, and how the agent is to reach it. */
interface Setup {
  readonly server: NatsServerOptions;
  readonly bus: Partial<BusOptions>;
}

async function file(dir: TempDir, name: string, content: string | Uint8Array): Promise<string> {
  await writeFile(dir.file(name), content);
  return dir.file(name);
}

async function tlsSetup(dir: TempDir, ca: TestCa, serverCa: TestCa, client: boolean): Promise<Setup> {
  const pair = serverCa.issue({ commonName: "server" });
  const mine = ca.issue({ commonName: "agent", usage: "client" });
  return {
    server: { tls: { ...pair, ca: ca.cert, verify: client } },
    bus: {
      tls: {
        caFile: await file(dir, "ca.crt", ca.cert),
        certFile: client ? await file(dir, "tls.crt", mine.cert) : null,
        keyFile: client ? await file(dir, "tls.key", mine.key) : null,
        serverName: null,
      },
    },
  };
}

async function nkeySetup(dir: TempDir, known: boolean): Promise<Setup> {
  const pair = createUser();
  const listed = known ? pair : createUser();
  return {
    server: { config: `authorization { users: [{nkey: ${listed.getPublicKey()}}] }` },
    // With a newline at the end, as editors and `nk` leave it.
    bus: { auth: { kind: "nkey", seedFile: await file(dir, "seed", new TextDecoder().decode(pair.getSeed()) + "\n") } },
  };
}

async function passwordSetup(dir: TempDir, password: string): Promise<Setup> {
  return {
    server: { config: 'authorization { user: agent, password: "right" }' },
    bus: { auth: { kind: "user_password", user: "agent", passwordFile: await file(dir, "password", password) } },
  };
}

const WORKS: readonly { readonly name: string; readonly given: (dir: TempDir) => Promise<Setup> }[] = [
  { name: "without credentials", given: () => Promise.resolve({ server: {}, bus: {} }) },
  { name: "with a password from a file that ends in a newline", given: (dir) => passwordSetup(dir, "right\n") },
  {
    name: "with a token from a file",
    given: async (dir) => ({
      server: { config: 'authorization { token: "t0ken" }' },
      bus: { auth: { kind: "token", file: await file(dir, "token", "t0ken\n") } },
    }),
  },
  { name: "with an NKey", given: (dir) => nkeySetup(dir, true) },
  {
    name: "over TLS with an authority of its own",
    given: (dir) => {
      const ca = createTestCa();
      return tlsSetup(dir, ca, ca, false);
    },
  },
  {
    name: "over TLS with a client certificate",
    given: (dir) => {
      const ca = createTestCa();
      return tlsSetup(dir, ca, ca, true);
    },
  },
];

for (const { name, given } of WORKS) {
  Deno.test(`bus connection: ${name} it connects and delivers`, async () => {
    await using dir = await createTempDir();
    const { server: serverOptions, bus } = await given(dir);
    await using server = await startNatsServer(serverOptions);
    await using rig = startBusRig(server.url, { bus, maxRetries: 0 });
    await rig.put("a");
    await rig.left(1);
    assert.deepEqual(rig.settled, ["a delivered"]);
    assert.equal(rig.connection.status().lastError, null);
  });
}

const FAILS: readonly {
  readonly name: string;
  readonly given: (dir: TempDir) => Promise<Setup>;
  readonly want: readonly [FailureKind, RegExp];
}[] = [
  {
    name: "a wrong password fails as not permitted",
    given: (dir) => passwordSetup(dir, "wr0ng-secret"),
    want: ["not_permitted", /refused the credentials .*nats\.password_file/],
  },
  {
    name: "an NKey that the server does not know fails as not permitted",
    given: (dir) => nkeySetup(dir, false),
    want: ["not_permitted", /nats\.nkey_seed_file/],
  },
  {
    name: "a server of another authority fails as TLS",
    given: (dir) => tlsSetup(dir, createTestCa(), createTestCa("another"), false),
    want: ["unreachable", /TLS handshake with NATS failed .*nats\.tls\.ca_file/],
  },
  {
    name: "a missing token file fails as bad configuration, with its name",
    given: (dir) => Promise.resolve({ server: {}, bus: { auth: { kind: "token", file: dir.file("gone") } } }),
    want: ["bad_configuration", /Cannot read the NATS token file .*gone/],
  },
];

for (const { name, given, want: [kind, message] } of FAILS) {
  Deno.test(`bus connection: ${name}`, async () => {
    await using dir = await createTempDir();
    const { server: serverOptions, bus } = await given(dir);
    await using server = await startNatsServer(serverOptions);
    await using rig = startBusRig(server.url, { bus, maxRetries: 1 });
    const error = await rig.ended;
    assert.ok(error instanceof AgentError, String(error));
    assert.equal(error.kind, kind);
    assert.match(error.message, message);
    assert.match(error.message, /after 2 tries/);
    assert.doesNotMatch(error.message + rig.connection.status().lastError, /wr0ng-secret/);
  });
}

Deno.test("bus connection: nobody there fails as unreachable once max_retries are used up", async () => {
  await using rig = startBusRig(`nats://127.0.0.1:${await freePort()}`, { maxRetries: 3 });
  const error = await rig.ended;
  assert.ok(error instanceof AgentError, String(error));
  assert.equal(error.kind, "unreachable");
  assert.match(error.message, /after 4 tries: NATS refused the connection/);
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

Deno.test("bus connection: a token rotated on disk and on the server is used at the next connect", async () => {
  await using dir = await createTempDir();
  const path = await file(dir, "token", "first");
  const tokenIs = (token: string) => ({ config: `authorization { token: ${JSON.stringify(token)} }` });
  await using server = await startNatsServer(tokenIs("first"));
  await using rig = startBusRig(server.url, { bus: { auth: { kind: "token", file: path } } });
  await rig.connected();
  await server.restart(tokenIs("second"));
  await eventually("the old token is refused", () => rig.errors.has("authorization"));
  await rig.put("a");
  await writeFile(path, "second");
  await rig.connected(2);
  await rig.left(1);
  assert.deepEqual(rig.settled, ["a delivered"]);
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
    subjects: { prefix: "agent", template: DEFAULT_SUBJECT_TEMPLATE },
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
