import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { TLSSocket } from "node:tls";
import { createTestCa } from "../../sandbox/certificates.ts";
import { createTempDir, type TempDir } from "../../sandbox/temp_dir.ts";
import { openKubeAccess } from "../../src/kube/open_kube_access.ts";
import { createKubeHttpClient } from "../../src/kube/kube_http_client.ts";
import { compact } from "../../src/lifecycle/compact.ts";
import { writeProgram } from "../../sandbox/write_program.ts";

const signal = new AbortController().signal;
const ca = createTestCa();
const EXEC_V1 = "client.authentication.k8s.io/v1";

/** What one request carried, as it came over the wire. */
interface Heard {
  readonly authorization: string | undefined;
  /** Header lines whose names begin with `impersonate-`. */
  readonly impersonation: readonly string[];
  /** Whose client certificate was shown; `null` without one. */
  readonly certificate: string | null;
}

interface Rig extends AsyncDisposable {
  readonly dir: TempDir;
  readonly url: string;
  readonly heard: Heard[];
  /** What the next answers are; 200 when there are none. */
  readonly statuses: number[];
  /** Writes a kubeconfig of one context, and returns its path. */
  write(user: object | null, cluster?: object): Promise<string>;
  /** A program that prints `lines`, made executable. */
  plugin(name: string, ...lines: readonly string[]): Promise<string>;
  /** Sends `count` requests one after the other as the agent does, by these files. */
  send(kubeconfig: string, count?: number, context?: string | null): Promise<readonly Heard[]>;
}

/** An API server that tells what it hears, over TLS unless `plain`. */
async function startRig(plain = false): Promise<Rig> {
  const dir = await createTempDir("kubeconfig");
  const heard: Heard[] = [];
  const statuses: number[] = [];
  const pair = ca.issue({ commonName: "api", hosts: ["127.0.0.1"] });
  const options = { ...pair, ca: ca.cert, requestCert: true, rejectUnauthorized: false };
  const server = plain ? createHttpServer() : createHttpsServer(options);
  server.on("request", (request: IncomingMessage, response) => {
    heard.push(describe(request));
    response.writeHead(statuses.shift() ?? 200, { "content-type": "application/json" });
    response.end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const url = `${plain ? "http" : "https"}://127.0.0.1:${address.port}`;
  await writeFile(dir.file("ca.crt"), ca.cert);
  return {
    dir,
    url,
    heard,
    statuses,
    async write(user, cluster = { "certificate-authority": "ca.crt" }) {
      const path = dir.file("config");
      await writeFile(
        path,
        JSON.stringify({
          "current-context": "test",
          clusters: [{ name: "test", cluster: { server: url, ...cluster } }],
          users: user === null ? [] : [{ name: "test", user }],
          contexts: [{ name: "test", context: compact({ cluster: "test", user: user === null ? undefined : "test" }) }],
        }),
      );
      return path;
    },
    async plugin(name, ...lines) {
      const path = dir.file(name);
      await writeProgram(path, ["#!/bin/sh", ...lines, ""].join("\n"));
      return path;
    },
    async send(kubeconfig, count = 1, context = null) {
      const access = await openKubeAccess({ kubeconfig: null, context, env: { KUBECONFIG: kubeconfig } });
      const client = createKubeHttpClient({ access, userAgent: "agent/test", timeoutMs: 20_000 });
      try {
        for (let n = 0; n < count; n++) await client.request({ path: "/api", signal });
      } finally {
        client.close();
      }
      return heard;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await dir[Symbol.asyncDispose]();
    },
  };
}

function describe({ headers, rawHeaders, socket }: IncomingMessage): Heard {
  const impersonation = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 && name.toLowerCase().startsWith("impersonate-")
      ? [`${name.toLowerCase()}: ${Buffer.from(rawHeaders[index + 1] ?? "", "latin1").toString("utf8")}`]
      : []
  );
  const certificate = "getPeerCertificate" in socket
    ? (socket as TLSSocket).getPeerCertificate()?.subject?.CN ?? null
    : null;
  return { authorization: headers.authorization, impersonation, certificate: certificate?.toString() ?? null };
}

const exec = (command: string, more: object = {}) => ({ exec: { apiVersion: EXEC_V1, command, ...more } });
const credential = (status: object) => JSON.stringify({ apiVersion: EXEC_V1, kind: "ExecCredential", status });

Deno.test("kubeconfig on the wire: a cluster's CA counts where the context names nobody", async () => {
  await using rig = await startRig();
  const [heard] = await rig.send(await rig.write(null));
  assert.deepEqual(heard, { authorization: undefined, impersonation: [], certificate: null });
});

Deno.test("kubeconfig on the wire: CA data count for more than a CA file", async () => {
  await using rig = await startRig();
  const other = createTestCa("somebody else");
  await writeFile(rig.dir.file("other.crt"), other.cert);
  const data = { "certificate-authority": "other.crt", "certificate-authority-data": btoa(ca.cert) };
  assert.equal((await rig.send(await rig.write({ token: "t" }, data)))[0]?.authorization, "Bearer t");
  await assert.rejects(
    rig.send(await rig.write({ token: "t" }, { "certificate-authority": "other.crt" })),
    /certificate/,
  );
});

Deno.test("kubeconfig on the wire: a token's file beside it is sent without its line end, read anew after a 401", async () => {
  await using rig = await startRig();
  await mkdir(rig.dir.file("tokens"));
  await writeFile(rig.dir.file("tokens", "t"), "first\n");
  const path = await rig.write({ tokenFile: "tokens/t", token: "kept for need" });
  const access = await openKubeAccess({ kubeconfig: path, context: null, env: {} });
  const client = createKubeHttpClient({ access, userAgent: "agent/test" });
  await client.request({ path: "/api", signal });
  await writeFile(rig.dir.file("tokens", "t"), "second\n");
  await client.request({ path: "/api", signal }); // within the minute the first is good
  rig.statuses.push(401);
  await client.request({ path: "/api", signal });
  client.close();
  assert.deepEqual(rig.heard.map(({ authorization }) => authorization), [
    "Bearer first",
    "Bearer first",
    "Bearer first",
    "Bearer second",
  ]);
});

Deno.test("kubeconfig on the wire: where a token's file is missing the token beside it counts, and alone it is an error", async () => {
  await using rig = await startRig();
  const [heard] = await rig.send(await rig.write({ tokenFile: "missing", token: "kept for need" }));
  assert.equal(heard?.authorization, "Bearer kept for need");
  await assert.rejects(
    rig.send(await rig.write({ tokenFile: "missing" })),
    /\(context test\): it names .*missing, which can't be read \(ENOENT\); correct/,
  );
});

Deno.test("kubeconfig on the wire: all that a user is impersonated with is sent, a line each", async () => {
  await using rig = await startRig();
  const [heard] = await rig.send(
    await rig.write({
      token: "t",
      as: "jané",
      "as-uid": "42",
      "as-groups": ["viewers", "devs, ops"],
      "as-user-extra": { "example.com/Team 1%": ["a", "b"] },
    }),
  );
  assert.deepEqual(heard?.impersonation.toSorted(), [
    "impersonate-extra-example.com%2fteam%201%25: a",
    "impersonate-extra-example.com%2fteam%201%25: b",
    "impersonate-group: devs, ops",
    "impersonate-group: viewers",
    "impersonate-uid: 42",
    "impersonate-user: jané",
  ]);
});

Deno.test("kubeconfig on the wire: nobody's secret goes over plain HTTP", async () => {
  await using rig = await startRig(true);
  const marker = rig.dir.file("was-run");
  const plugin = await rig.plugin("plugin", `touch ${marker}`, `echo '${credential({ token: "x" })}'`);
  const users = [{ token: "t" }, { tokenFile: "missing" }, { username: "a", password: "b" }, exec(plugin)];
  for (const user of users) {
    const heard = await rig.send(await rig.write({ ...user, as: "jane" }, {}));
    assert.deepEqual(heard.at(-1), {
      authorization: undefined,
      impersonation: ["impersonate-user: jane"],
      certificate: null,
    });
  }
  await assert.rejects(Deno.stat(marker));
});

Deno.test("kubeconfig on the wire: a name and password are sent as UTF-8", async () => {
  await using rig = await startRig();
  const [heard] = await rig.send(await rig.write({ username: "jané", password: "p:w" }));
  assert.equal(heard?.authorization, `Basic ${Buffer.from("jané:p:w").toString("base64")}`);
});

Deno.test("kubeconfig on the wire: a name without a password has an empty one", async () => {
  await using rig = await startRig();
  const [heard] = await rig.send(await rig.write({ username: "jane" }));
  assert.equal(heard?.authorization, `Basic ${Buffer.from("jane:").toString("base64")}`);
});

Deno.test("kubeconfig on the wire: a token's file that is empty is an error, or the token beside it counts", async () => {
  await using rig = await startRig();
  await writeFile(rig.dir.file("empty"), "\n");
  const [heard] = await rig.send(await rig.write({ tokenFile: "empty", token: "beside" }));
  assert.equal(heard?.authorization, "Bearer beside");
  await assert.rejects(rig.send(await rig.write({ tokenFile: "empty" })), /its token's file .*empty is empty$/);
});

Deno.test("kubeconfig on the wire: a key that can't be read is an error, and nobody is asked as nobody", async () => {
  await using rig = await startRig();
  const { cert } = ca.issue({ commonName: "jane" });
  await writeFile(rig.dir.file("jane.crt"), cert);
  await writeFile(rig.dir.file("jane.key"), "-----BEGIN ENCRYPTED PRIVATE KEY-----\n");
  const path = await rig.write({ "client-certificate": "jane.crt", "client-key": "jane.key" });
  await assert.rejects(rig.send(path), /its client key is encrypted/);
  assert.deepEqual(rig.heard, []);
});

Deno.test("kubeconfig on the wire: a tls-server-name may be an address", async () => {
  await using rig = await startRig();
  const server = rig.url.replace("127.0.0.1", "localhost");
  const cluster = { server, "certificate-authority": "ca.crt" };
  await rig.send(await rig.write({ token: "t" }, { ...cluster, "tls-server-name": "127.0.0.1" }));
  assert.equal(rig.heard.length, 1);
  await assert.rejects(rig.send(await rig.write({ token: "t" }, { ...cluster, "tls-server-name": "127.0.0.2" })));
});

Deno.test("kubeconfig on the wire: an exec plugin beside the file gets its arguments, environment and the cluster", async () => {
  await using rig = await startRig();
  await mkdir(rig.dir.file("bin"));
  const info = rig.dir.file("info");
  await rig.plugin(
    "bin/plugin",
    `echo "$KUBERNETES_EXEC_INFO" > ${info}`,
    'echo "$1 $WHO" >&2',
    `printf '${credential({ token: "%s-%s" })}' "$1" "$WHO"`,
  );
  const user = exec("./bin/plugin", {
    args: ["login"],
    env: [{ name: "WHO", value: "me" }],
    provideClusterInfo: true,
    interactiveMode: "IfAvailable",
  });
  const extensions = [{ name: "client.authentication.k8s.io/exec", extension: { audience: "us" } }];
  const [heard] = await rig.send(await rig.write(user, { "certificate-authority": "ca.crt", extensions }));
  assert.equal(heard?.authorization, "Bearer login-me");
  assert.deepEqual(JSON.parse(await Deno.readTextFile(info)), {
    apiVersion: EXEC_V1,
    kind: "ExecCredential",
    spec: {
      cluster: { server: rig.url, "certificate-authority-data": btoa(ca.cert), config: { audience: "us" } },
      interactive: false,
    },
  });
});

/** A plugin that gives another token each time that it is asked. */
const countingPlugin = (rig: Rig, status: string) =>
  rig.plugin(
    "plugin",
    `n=$(( $(cat ${rig.dir.file("n")} 2>/dev/null || echo 0) + 1 ))`,
    `echo $n > ${rig.dir.file("n")}`,
    `printf '${credential({ token: "token-%s" }).replace(/}}$/, `${status}}}`)}' "$n"`,
  );
const tokens = (heard: readonly Heard[]) => heard.map(({ authorization }) => authorization);

Deno.test("kubeconfig on the wire: an exec plugin is asked again when what it gave has expired, and not before", async () => {
  await using rig = await startRig();
  const past = await rig.write(exec(await countingPlugin(rig, ',"expirationTimestamp":"2026-01-02T03:04:05Z"')));
  assert.deepEqual(tokens(await rig.send(past, 2)), ["Bearer token-1", "Bearer token-2"]);
  const future = await rig.write(exec(await countingPlugin(rig, ',"expirationTimestamp":"2999-01-02T03:04:05Z"')));
  assert.deepEqual(tokens(await rig.send(future, 2)).slice(2), ["Bearer token-3", "Bearer token-3"]);
});

Deno.test("kubeconfig on the wire: what an exec plugin gave is given up when the server refuses it", async () => {
  await using rig = await startRig();
  const path = await rig.write(exec(await countingPlugin(rig, "")));
  rig.statuses.push(200, 401);
  assert.deepEqual(tokens(await rig.send(path, 2)), ["Bearer token-1", "Bearer token-1", "Bearer token-2"]);
});

Deno.test("kubeconfig on the wire: requests at once ask an exec plugin once", async () => {
  await using rig = await startRig();
  const path = await rig.write(exec(await countingPlugin(rig, "")));
  const access = await openKubeAccess({ kubeconfig: path, context: null, env: {} });
  const client = createKubeHttpClient({ access, userAgent: "agent/test" });
  await Promise.all([1, 2, 3].map(() => client.request({ path: "/api", signal })));
  client.close();
  assert.deepEqual(new Set(tokens(rig.heard)), new Set(["Bearer token-1"]));
});

Deno.test("kubeconfig on the wire: a certificate that an exec plugin renews is shown from then on", async () => {
  await using rig = await startRig();
  for (const name of ["jane-1", "jane-2"]) {
    const { cert, key } = ca.issue({ commonName: name });
    const status = { clientCertificateData: cert, clientKeyData: key, expirationTimestamp: "2026-01-02T03:04:05Z" };
    await writeFile(rig.dir.file(name), credential(status));
  }
  const plugin = await rig.plugin(
    "plugin",
    `n=$(( $(cat ${rig.dir.file("n")} 2>/dev/null || echo 0) + 1 ))`,
    `echo $n > ${rig.dir.file("n")}`,
    `cat ${rig.dir.file("jane-")}$n`,
  );
  const heard = await rig.send(await rig.write(exec(plugin)), 2);
  assert.deepEqual(heard.map(({ certificate }) => certificate), ["jane-1", "jane-2"]);
});

const FAILING = [
  {
    name: "that is not installed",
    lines: null,
    more: { installHint: "Get it with:\n  our-installer plugin" },
    want: /: its exec plugin .*plugin can't be started \(ENOENT\): Get it with: our-installer plugin$/,
  },
  {
    name: "that is not installed and has no hint",
    lines: null,
    more: {},
    want: /\(ENOENT\); install it, or put it in \$PATH$/,
  },
  {
    name: "that fails",
    lines: ["echo 'no session: token=s3cr3t-s3cr3t-s3cr3t' >&2", "exit 3"],
    more: {},
    want: /: its exec plugin .*plugin ended with an error: no session: token=\[REDACTED:\w+\]$/,
  },
  { name: "that fails without a word", lines: ["exit 3"], more: {}, want: /plugin ended with an error$/ },
  { name: "that prints no status", lines: ["echo '{}'"], more: {}, want: /is no ExecCredential with a status/ },
  {
    name: "that gives nothing",
    lines: [`echo '${credential({})}'`],
    more: {},
    want: /neither a token nor a certificate/,
  },
  {
    name: "that gives half a pair",
    lines: [`echo '${credential({ clientCertificateData: "s3cr3t" })}'`],
    more: {},
    want: /only one of certificate and key/,
  },
  {
    name: "that gives no token's text",
    lines: [`echo '${credential({ token: "s3cr3t ü" })}'`],
    more: {},
    want: /its token holds a line end/,
  },
  { name: "that prints something else", lines: ["echo s3cr3t"], more: {}, want: /or not JSON/ },
];

for (const { name, lines, more, want } of FAILING) {
  Deno.test(`kubeconfig on the wire: an exec plugin ${name} is told in words`, async () => {
    await using rig = await startRig();
    if (lines !== null) await rig.plugin("plugin", ...lines);
    const path = await rig.write(exec("./plugin", more));
    await assert.rejects(rig.send(path), ({ message }: Error) => {
      assert.match(message, /^Cannot log in with the kubeconfig \(context test\): /);
      assert.match(message, want);
      assert.doesNotMatch(message, /s3cr3t/);
      return true;
    });
  });
}

Deno.test("kubeconfig on the wire: of several files the first counts, missing and empty ones are passed over", async () => {
  await using rig = await startRig();
  const path = await rig.write({ token: "first" });
  await writeFile(rig.dir.file("empty"), "");
  await writeFile(
    rig.dir.file("second"),
    JSON.stringify({
      "current-context": "second",
      clusters: [{ name: "test", cluster: { server: "https://127.0.0.1:1" } }],
      users: [{ name: "test", user: { token: "second" } }],
      contexts: [{ name: "second", context: { cluster: "test", user: "test" } }],
    }),
  );
  const list = [rig.dir.file("missing"), "", rig.dir.file("empty"), path, rig.dir.file("second")].join(":");
  assert.deepEqual(tokens(await rig.send(list)), ["Bearer first"]);
  assert.deepEqual(tokens(await rig.send(list, 1, "second")), ["Bearer first", "Bearer first"]);
  await assert.rejects(rig.send(rig.dir.file("missing")), /Cannot find a kubeconfig: none of .*missing is there$/);
});

Deno.test("kubeconfig on the wire: it is said which one file holds the context, for kubectl", async () => {
  await using rig = await startRig();
  const path = await rig.write({ token: "t" });
  await writeFile(
    rig.dir.file("names"),
    JSON.stringify({ contexts: [{ name: "mine", context: { cluster: "test", user: "test" } }] }),
  );
  const open = async (context: string | null) => {
    const access = await openKubeAccess({
      kubeconfig: null,
      context,
      env: { KUBECONFIG: `${rig.dir.file("names")}:${path}` },
    });
    return access.kubeconfig;
  };
  assert.deepEqual(await open(null), { path, context: "test" });
  assert.deepEqual(await open("mine"), { path: null, context: "mine" });
});
