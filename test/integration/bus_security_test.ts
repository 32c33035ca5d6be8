import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { createUser } from "@nats-io/nkeys";
import type { BusOptions } from "../../src/bus/bus_options.ts";
import type { NatsErrorKind } from "../../src/telemetry/label_values.ts";
import { type Clock, systemClock } from "../../src/lifecycle/clock.ts";
import { AgentError, type FailureKind } from "../../src/lifecycle/errors.ts";
import { startBusRig } from "../support/bus_rig.ts";
import { createTestCa, type IssueOptions, type TestCa } from "../../sandbox/certificates.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { createNatsOperator } from "../support/nats_jwt.ts";
import { type NatsServerOptions, startNatsServer } from "../../sandbox/nats_server.ts";
import { startTcpProxy } from "../support/tcp_proxy.ts";
import { createTempDir, type TempDir } from "../../sandbox/temp_dir.ts";

/** A server, the files that open it, and how the agent is told to use them. */
interface Lock {
  readonly server: NatsServerOptions;
  readonly files: Readonly<Record<string, string>>;
  readonly bus: (dir: TempDir) => Partial<BusOptions>;
}

const DAY_MS = 86_400_000;
const ca = createTestCa();
const otherCa = createTestCa("another");

const password = (server: string, mine = server): Lock => ({
  server: { config: `authorization { user: agent, password: ${JSON.stringify(server)} }` },
  files: { password: `${mine}\n` },
  bus: (dir) => ({ auth: { kind: "user_password", user: "agent", passwordFile: dir.file("password") } }),
});

const token = (server: string, mine = server): Lock => ({
  server: { config: `authorization { token: ${JSON.stringify(server)} }` },
  files: { token: `${mine}\n` },
  bus: (dir) => ({ auth: { kind: "token", file: dir.file("token") } }),
});

function nkey(known = true, seed?: string): Lock {
  const pair = createUser();
  const listed = known ? pair : createUser();
  return {
    server: { config: `authorization { users: [{nkey: ${listed.getPublicKey()}}] }` },
    files: { seed: seed ?? `${new TextDecoder().decode(pair.getSeed())}\n` },
    bus: (dir) => ({ auth: { kind: "nkey", seedFile: dir.file("seed") } }),
  };
}

function credentials(mine?: (operator: ReturnType<typeof createNatsOperator>) => string): Lock {
  const operator = createNatsOperator();
  return {
    server: { config: operator.serverConfig },
    files: { "agent.creds": mine?.(operator) ?? operator.createCredentials() },
    bus: (dir) => ({ auth: { kind: "credentials", file: dir.file("agent.creds") } }),
  };
}

interface TlsOptions {
  readonly serverCa?: TestCa;
  readonly server?: Partial<IssueOptions>;
  /** Signs the client's certificate; absent: the server asks for none. */
  readonly clientCa?: TestCa;
  /** The client shows none although the server asks. */
  readonly silent?: boolean;
  readonly serverName?: string;
  readonly trusted?: string;
}

function tls(
  { serverCa = ca, server, clientCa, silent = false, serverName, trusted = ca.cert }: TlsOptions = {},
): Lock {
  const mine = (clientCa ?? ca).issue({ commonName: "agent", usage: "client" });
  const shows = clientCa !== undefined && !silent;
  const pair = serverCa.issue({ commonName: "server", ...server });
  return {
    server: { tls: { ...pair, ca: ca.cert, verify: clientCa !== undefined } },
    files: { "ca.crt": trusted, "tls.crt": mine.cert, "tls.key": mine.key },
    bus: (dir) => ({
      tls: {
        caFile: dir.file("ca.crt"),
        certFile: shows ? dir.file("tls.crt") : null,
        keyFile: shows ? dir.file("tls.key") : null,
        serverName: serverName ?? null,
        handshakeFirst: false,
      },
    }),
  };
}

async function place(dir: TempDir, { files }: Lock): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(dir.file(name), text, { mode: 0o600 });
}

/** Works only with a server whose TLS comes before its greeting. */
function handshakeFirst(): Lock {
  const lock = tls();
  return {
    ...lock,
    server: { ...lock.server, tlsFirst: true },
    bus: (dir) => {
      const bus = lock.bus(dir);
      return { ...bus, tls: bus.tls ? { ...bus.tls, handshakeFirst: true } : null };
    },
  };
}

const WORKS: readonly (readonly [name: string, lock: () => Lock])[] = [
  ["without credentials", () => ({ server: {}, files: {}, bus: () => ({}) })],
  ["user and a password from a file that ends in a newline", () => password("right")],
  ["a token from a file", () => token("t0ken")],
  ["an NKey seed from a file that ends in a newline", () => nkey()],
  ["a credentials file: a JWT that the account signed, and its seed", () => credentials()],
  ["TLS with an authority of its own", () => tls()],
  ["TLS before the greeting", handshakeFirst],
  ["TLS with a client certificate", () => tls({ clientCa: ca })],
  [
    "TLS with the name that the certificate has",
    () => tls({ server: { hosts: ["nats.example.org"] }, serverName: "nats.example.org" }),
  ],
];

for (const [name, given] of WORKS) {
  Deno.test(`link security: ${name} connects and delivers`, async () => {
    await using dir = await createTempDir();
    const lock = given();
    await place(dir, lock);
    await using server = await startNatsServer(lock.server);
    await using rig = startBusRig(server.url, { bus: lock.bus(dir), maxRetries: 0 });
    await rig.put("a", { kind: "metrics" });
    await rig.left(1);
    assert.deepEqual(rig.settled, ["a delivered"]);
    assert.equal(rig.connection.status().lastError, null);
  });
}

interface Wrong {
  readonly name: string;
  readonly lock: () => Lock;
  readonly kind: NatsErrorKind;
  readonly failure: FailureKind;
  /** What is wrong and what to change. */
  readonly words: RegExp;
}

const REFUSED = { kind: "authorization", failure: "not_permitted" } as const;
const BAD_FILE = { kind: "configuration", failure: "bad_configuration" } as const;
const BAD_TLS = { kind: "tls", failure: "unreachable" } as const;

const WRONG: readonly Wrong[] = [
  {
    name: "a wrong password",
    lock: () => password("right", "wr0ng-secret"),
    ...REFUSED,
    words: /refused the credentials .*nats\.user and nats\.password_file/,
  },
  { name: "a wrong token", lock: () => token("right", "wr0ng-secret"), ...REFUSED, words: /nats\.token_file/ },
  { name: "an NKey that the server does not know", lock: () => nkey(false), ...REFUSED, words: /nats\.nkey_seed_file/ },
  {
    name: "a credentials file of another operator",
    lock: () => credentials(() => createNatsOperator().createCredentials()),
    ...REFUSED,
    words: /nats\.credentials_file/,
  },
  {
    name: "a credentials file whose JWT has expired",
    lock: () =>
      credentials((operator) => operator.createCredentials({ expiresAt: Math.floor(Date.now() / 1000) - 60 })),
    ...REFUSED,
    words: /have expired; put new ones/,
  },
  {
    name: "no credentials where the server wants some",
    lock: () => ({ ...password("right"), bus: () => ({}) }),
    ...REFUSED,
    words: /wants credentials|refused the credentials/,
  },
  {
    name: "a file that is no NKey seed",
    lock: () => nkey(true, "SUNOTASEED\n"),
    ...BAD_FILE,
    words: /Cannot use the NKey seed file .*seed.*: .*agent keygen/,
  },
  {
    name: "a file that holds no credentials",
    lock: () => credentials(() => "nothing of use"),
    ...BAD_FILE,
    words: /Cannot use the NATS credentials file .*agent\.creds: .*nsc generate creds.*; put the right one/,
  },
  {
    name: "a token file that is missing",
    lock: () => ({ ...token("right"), files: {} }),
    ...BAD_FILE,
    words: /Cannot read the NATS token file .*token/,
  },
  {
    name: "a CA file that holds no certificate",
    lock: () => tls({ trusted: "no certificate" }),
    ...BAD_FILE,
    words: /Cannot use the CA certificate file .*ca\.crt: .*PEM/,
  },
  {
    name: "an authority of its own for a WebSocket, which would not be used",
    lock: () => ({ ...tls(), bus: (dir) => ({ ...tls().bus(dir), servers: ["wss://127.0.0.1:1"] }) }),
    ...BAD_FILE,
    words: /nats\.tls has no effect on ws:\/\/ and wss:\/\/ addresses.*use tls:\/\//,
  },
  {
    name: "a server of another authority",
    lock: () => tls({ serverCa: otherCa }),
    ...BAD_TLS,
    words: /TLS handshake with NATS failed .*nats\.tls\.ca_file/,
  },
  {
    name: "a server with another name",
    lock: () => tls({ server: { hosts: ["nats.example.org"] } }),
    ...BAD_TLS,
    words: /TLS handshake with NATS failed .*nats\.tls\.server_name/,
  },
  {
    name: "a server whose certificate has expired",
    lock: () =>
      tls({ server: { notBefore: new Date(Date.now() - 2 * DAY_MS), notAfter: new Date(Date.now() - DAY_MS) } }),
    ...BAD_TLS,
    words: /TLS handshake with NATS failed .*certificate is valid today/,
  },
  {
    name: "a server that speaks no TLS although it must",
    lock: () => ({ ...tls(), server: {} }),
    ...BAD_TLS,
    words: /offers no TLS.*enable TLS there, or remove tls:\/\//,
  },
  {
    name: "a client certificate of another authority",
    lock: () => tls({ clientCa: otherCa }),
    ...BAD_TLS,
    words: /client certificate.*nats\.tls\.cert_file/,
  },
  {
    name: "no client certificate where the server wants one",
    lock: () => tls({ clientCa: ca, silent: true }),
    ...BAD_TLS,
    words: /client certificate.*nats\.tls\.cert_file/,
  },
];

/** Waits a hundredth of the time, and keeps what it was asked for. */
function createRecordingClock(): Clock & { readonly waits: readonly number[] } {
  const waits: number[] = [];
  return {
    ...systemClock,
    waits,
    sleep: (delayMs, signal) => {
      if (delayMs >= 500) waits.push(delayMs); // the publisher's pace is shorter
      return systemClock.sleep(delayMs / 100, signal);
    },
  };
}

const RETRIES = 2;

for (const { name, lock: given, kind, failure, words } of WRONG) {
  Deno.test(`link security: ${name} ends in words within the retries, and does not spin`, async () => {
    await using dir = await createTempDir();
    const lock = given();
    await place(dir, lock);
    await using server = await startNatsServer(lock.server);
    await using proxy = await startTcpProxy(server.port);
    const clock = createRecordingClock();
    const url = server.url.replace(/\d+$/, String(proxy.port));
    await using rig = startBusRig(url, { bus: lock.bus(dir), maxRetries: RETRIES, clock });
    const error = await rig.ended;
    assert.ok(error instanceof AgentError, String(error));
    assert.match(error.message, words);
    assert.match(error.message, /after 3 tries/);
    assert.deepEqual([[...rig.errors], error.kind], [[kind], failure]);
    assert.doesNotMatch(error.message + rig.connection.status().lastError, /wr0ng-secret|SUNOTASEED/);
    assert.equal(clock.waits.length, RETRIES);
    const shortest = kind === "authorization" ? 10_000 : 800;
    assert.ok(clock.waits.every((wait) => wait >= shortest), `it waited ${clock.waits}`);
    assert.ok(proxy.taken() <= RETRIES + 1, `${proxy.taken()} connections`);
  });
}

const newCa = createTestCa("renewed");
/** Each form with a first secret and the one that follows it. */
const ROTATIONS: readonly (readonly [name: string, first: () => Lock, second: () => Lock])[] = [
  ["password", () => password("first"), () => password("second")],
  ["token", () => token("first"), () => token("second")],
  ["NKey seed", () => nkey(), () => nkey()],
  ["credentials", () => credentials(), () => credentials()],
  ["authority", () => tls(), () => tls({ serverCa: newCa, trusted: newCa.cert })],
  [
    "client certificate",
    () => tls({ clientCa: ca }),
    () => {
      const lock = tls({ clientCa: newCa });
      return { ...lock, server: { tls: { ...ca.issue({ commonName: "server" }), ca: newCa.cert, verify: true } } };
    },
  ],
];

for (const [name, givenFirst, givenSecond] of ROTATIONS) {
  Deno.test(`link security: a ${name} rotated on the server is refused, and its new file is used without a restart`, async () => {
    await using dir = await createTempDir();
    const [first, second] = [givenFirst(), givenSecond()];
    await place(dir, first);
    await using server = await startNatsServer(first.server);
    await using rig = startBusRig(server.url, { bus: first.bus(dir) });
    await rig.connected();
    await server.restart(second.server);
    await eventually("the old one is refused", () => rig.errors.has("authorization") || rig.errors.has("tls"));
    await rig.put("a", { kind: "metrics" });
    await place(dir, second);
    await rig.connected(2);
    await rig.left(1);
    assert.deepEqual(rig.settled, ["a delivered"]);
  });
}

Deno.test("link security: credentials that expire under a connection are told, and new ones connect again", async () => {
  await using dir = await createTempDir();
  const operator = createNatsOperator();
  const soon = operator.createCredentials({ expiresAt: Math.floor(Date.now() / 1000) + 2 });
  await writeFile(dir.file("agent.creds"), soon);
  await using server = await startNatsServer({ config: operator.serverConfig });
  await using rig = startBusRig(server.url, {
    bus: { auth: { kind: "credentials", file: dir.file("agent.creds") } },
  });
  await rig.connected();
  await eventually("the end is told", () => rig.errors.has("authorization"), 15_000);
  assert.match(rig.connection.status().lastError ?? "", /expired|refused the credentials/);
  await writeFile(dir.file("agent.creds"), operator.createCredentials());
  await rig.connected(2);
});

Deno.test("link security: nothing below TLS 1.2 is offered", async () => {
  const hello = Promise.withResolvers<Buffer>();
  const server = createServer((socket) => {
    socket.write(`INFO ${JSON.stringify({ server_id: "x", version: "2.12.0", proto: 1, tls_required: true })}\r\n`);
    socket.once("data", (bytes) => {
      hello.resolve(bytes);
      socket.destroy();
    });
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  await using dir = await createTempDir();
  const lock = tls();
  await place(dir, lock);
  {
    await using _rig = startBusRig(`tls://127.0.0.1:${port}`, { bus: lock.bus(dir) });
    const versions = supportedVersions(await hello.promise);
    assert.ok(versions.length > 0);
    assert.ok(versions.every((version) => version >= 0x0303), versions.map((version) => version.toString(16)).join());
  }
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

/** The versions of a ClientHello's supported_versions extension (RFC 8446, 4.2.1): 0x0303 is TLS 1.2, 0x0304 is 1.3. */
function supportedVersions(hello: Buffer): number[] {
  const EXTENSION = 43;
  let at = 5 + 4 + 2 + 32; // record and handshake headers, legacy version, random
  at += 1 + hello.readUInt8(at); // session id
  at += 2 + hello.readUInt16BE(at); // cipher suites
  at += 1 + hello.readUInt8(at); // compression
  for (at += 2; at + 4 <= hello.length; at += 4 + hello.readUInt16BE(at + 2)) {
    if (hello.readUInt16BE(at) !== EXTENSION) continue;
    const count = hello.readUInt8(at + 4) / 2;
    return Array.from({ length: count }, (_, index) => hello.readUInt16BE(at + 5 + 2 * index));
  }
  return [];
}
