import "../support/ignore_stray_socket_errors.ts";
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createUser, type KeyPair } from "@nats-io/nkeys";
import { connect, headers as createHeaders, type NatsConnection, nkeyAuthenticator } from "@nats-io/transport-node";
import * as z from "zod";
import { createTestCa } from "../../sandbox/certificates.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { findTool } from "../../sandbox/find_tool.ts";
import { type NatsServer, startNatsServer } from "../../sandbox/nats_server.ts";
import { PROGRAM } from "../support/program_under_test.ts";
import { runTool } from "../../sandbox/run_tool.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";

const SAMPLES = new URL("../../deploy/nats/", import.meta.url);
const STORE_BYTES = 20 * 1024 ** 3;
const SAID = ["register", "heartbeat", "event", "events", "metrics", "result", "update"];

const readSample = (name: string) => readFile(new URL(name, SAMPLES), "utf8");
const ackSchema = z.object({ stream: z.string(), seq: z.number(), duplicate: z.boolean().default(false) });
const createdSchema = z.object({ config: z.object({ duplicate_window: z.number(), subjects: z.array(z.string()) }) });

/** The shipped accounts on a real server, and a way in for each user. */
interface Fleet extends AsyncDisposable {
  readonly url: string;
  /** The NKey seed of the agent of prod-eu-1. */
  readonly euSeed: Uint8Array;
  readonly central: NatsConnection;
  readonly eu: NatsConnection;
  readonly us: NatsConnection;
}

async function openFleet(): Promise<Fleet> {
  const keys = { CENTRAL_NKEY: createUser(), PROD_EU_1_NKEY: createUser(), PROD_US_1_NKEY: createUser() };
  const server = await startNatsServer({
    jetstream: { maxFileBytes: STORE_BYTES },
    config: `${variables(keys)}\n${await readSample("accounts.conf")}`,
  });
  const [central, eu, us] = await Promise.all([
    enter(server, keys.CENTRAL_NKEY),
    enter(server, keys.PROD_EU_1_NKEY),
    enter(server, keys.PROD_US_1_NKEY),
  ]);
  return {
    url: server.url,
    euSeed: keys.PROD_EU_1_NKEY.getSeed(),
    central,
    eu,
    us,
    async [Symbol.asyncDispose]() {
      await Promise.all([central.close(), eu.close(), us.close()]);
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Variables of the configuration file stand in for those of the environment. */
function variables(keys: Readonly<Record<string, KeyPair>>): string {
  return Object.entries(keys).map(([name, key]) => `${name}: ${key.getPublicKey()}`).join("\n");
}

function enter(server: NatsServer, key: KeyPair): Promise<NatsConnection> {
  return connect({ servers: server.url, authenticator: nkeyAuthenticator(key.getSeed()), reconnect: false });
}

/** The subjects that `nats` hears on `subject`, as they come. */
function listen(nats: NatsConnection, subject: string): string[] {
  const heard: string[] = [];
  nats.subscribe(subject, { callback: (error, message) => void heard.push(error?.message ?? message.subject) });
  return heard;
}

/** What the server objects to, as it says it. */
function listenToViolations(nats: NatsConnection): string[] {
  const violations: string[] = [];
  void (async () => {
    for await (const status of nats.status()) {
      if (status.type === "error") violations.push(status.error.message);
    }
  })();
  return violations;
}

Deno.test("nats accounts: the central side hears each subject of an agent", async () => {
  await using fleet = await openFleet();
  const heard = listen(fleet.central, "agent.*.*");
  await fleet.central.flush();
  const want = SAID.map((kind) => `agent.${kind}.prod-eu-1`);
  for (const subject of want) fleet.eu.publish(subject, "{}");
  await fleet.eu.flush();
  await eventually("all messages", () => heard.length >= want.length);
  assert.deepEqual(heard, want);
});

const FORBIDDEN_TO_SAY = [
  ...SAID.map((kind) => `agent.${kind}.prod-us-1`),
  "agent.command.prod-eu-1",
  "agent.command.prod-us-1",
  "agent.event",
  "agent.event.prod-eu-1.more",
  "_INBOX.guessed",
  "$JS.API.STREAM.DELETE.AGENT",
  "$SYS.REQ.SERVER.PING",
];
for (const subject of FORBIDDEN_TO_SAY) {
  Deno.test(`nats accounts: an agent may not publish to ${subject}`, async () => {
    await using fleet = await openFleet();
    const heard = [listen(fleet.central, ">"), listen(fleet.us, "_INBOX.>")];
    await Promise.all([fleet.central.flush(), fleet.us.flush()]);
    const violations = listenToViolations(fleet.eu);
    fleet.eu.publish(subject, "{}");
    await eventually("a violation", () => /Permissions Violation for Publish/.test(violations.join()));
    await Promise.all([fleet.central.flush(), fleet.us.flush()]);
    assert.deepEqual(heard, [[], []]);
  });
}

const FORBIDDEN_TO_HEAR = [
  "agent.command.prod-us-1",
  "agent.command.*",
  "agent.event.prod-eu-1",
  "agent.*.prod-us-1",
  "agent.>",
  ">",
  "$JS.>",
  "$SYS.>",
];
for (const subject of FORBIDDEN_TO_HEAR) {
  Deno.test(`nats accounts: an agent may not subscribe to ${subject}`, async () => {
    await using fleet = await openFleet();
    const violations = listenToViolations(fleet.eu);
    const answers = listen(fleet.eu, subject);
    await eventually("a violation", () => /Permissions Violation for Subscription/.test(violations.join()));
    assert.match(answers.join(), /Permissions Violation/);
  });
}

Deno.test("nats accounts: the sample stream acknowledges an agent's events and drops copies", async () => {
  await using fleet = await openFleet();
  const created = await fleet.central.request("$JS.API.STREAM.CREATE.AGENT", await readSample("agent-stream.json"));
  const { config } = createdSchema.parse(created.json());
  assert.equal(config.duplicate_window, 3_600_000_000_000);
  const headers = createHeaders();
  headers.set("Nats-Msg-Id", "one");
  for (const [index, kind] of ["event", "events", "metrics", "result"].entries()) {
    const subject = `agent.${kind}.prod-eu-1`;
    const ack = ackSchema.parse((await fleet.eu.request(subject, "{}")).json());
    assert.deepEqual(ack, { stream: "AGENT", seq: index + 1, duplicate: false });
  }
  const answers = [];
  for (let copy = 0; copy < 2; copy++) {
    answers.push(
      ackSchema.parse((await fleet.eu.request("agent.event.prod-eu-1", "{}", { headers, timeout: 2000 })).json()),
    );
  }
  assert.deepEqual(answers.map(({ seq, duplicate }) => ({ seq, duplicate })), [
    { seq: 5, duplicate: false },
    { seq: 5, duplicate: true },
  ]);
});

Deno.test("nats accounts: the program itself delivers to the sample stream with an agent's key", async () => {
  await using fleet = await openFleet();
  await using folder = await createTempDir("nkey");
  await fleet.central.request("$JS.API.STREAM.CREATE.AGENT", await readSample("agent-stream.json"));
  await writeFile(folder.file("agent.nk"), fleet.euSeed, { mode: 0o600 });
  const env = { CLUSTER_ID: "prod-eu-1" };
  const args = ["send-event", "--nats", fleet.url, "--nkey", folder.file("agent.nk"), "--wait"];
  const run = await runTool(PROGRAM.command, [...PROGRAM.args, ...args], { env });
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stdout + run.stderr, /AGENT/);
});

Deno.test("nats accounts: without a stream an agent is told at once that nobody takes its event", async () => {
  await using fleet = await openFleet();
  await assert.rejects(fleet.eu.request("agent.event.prod-eu-1", "{}"), /no responders/i);
});

Deno.test("nats accounts: a command reaches its agent alone, whose one answer no other agent hears", async () => {
  await using fleet = await openFleet();
  const violations = listenToViolations(fleet.eu);
  const [inboxes, commands] = [listen(fleet.us, "_INBOX.>"), listen(fleet.us, "agent.command.prod-us-1")];
  fleet.eu.subscribe("agent.command.prod-eu-1", {
    callback: (_, message) => {
      message.respond("the result");
      message.respond("another");
    },
  });
  await Promise.all([fleet.us.flush(), fleet.eu.flush()]);
  assert.equal((await fleet.central.request("agent.command.prod-eu-1", "{}")).string(), "the result");
  await eventually("a violation", () => /Permissions Violation for Publish/.test(violations.join()));
  await fleet.us.flush();
  assert.deepEqual([...inboxes, ...commands], []);
});

Deno.test("nats accounts: an unknown key is refused", async () => {
  await using server = await startNatsServer({
    jetstream: true,
    config: `${
      variables({ CENTRAL_NKEY: createUser(), PROD_EU_1_NKEY: createUser(), PROD_US_1_NKEY: createUser() })
    }\n${await readSample("accounts.conf")}`,
  });
  await assert.rejects(enter(server, createUser()), /Authorization Violation/i);
});

Deno.test("nats-server itself accepts the sample configuration", async () => {
  await using folder = await createTempDir("nats-conf");
  const { cert, key } = createTestCa().issue({ commonName: "nats" });
  await mkdir(folder.file("tls"));
  await writeFile(folder.file("tls", "tls.crt"), cert);
  await writeFile(folder.file("tls", "tls.key"), key, { mode: 0o600 });
  const text = await readSample("nats-server.conf");
  await writeFile(folder.file("nats-server.conf"), text.replaceAll("/etc/nats/", `${folder.path}/`));
  await writeFile(folder.file("accounts.conf"), await readSample("accounts.conf"));
  const env = Object.fromEntries(
    ["CENTRAL_NKEY", "PROD_EU_1_NKEY", "PROD_US_1_NKEY"].map((name) => [name, createUser().getPublicKey()]),
  );
  const run = await runTool(await findTool("nats-server"), ["-t", "-c", folder.file("nats-server.conf")], { env });
  assert.equal(run.code, 0, run.stderr);
});
