import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, request } from "node:https";
import type { Socket } from "node:net";
import type { KubeError } from "../../src/kube/kube_error.ts";
import { createKubeHttpClient } from "../../src/kube/kube_http_client.ts";
import { pullBody } from "../../src/kube/pull_body.ts";
import { createTlsAgent } from "../../src/kube/tls_agent.ts";
import { createTestCa } from "../../sandbox/certificates.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { compact } from "../../src/lifecycle/compact.ts";
import { openTestClient } from "../support/kube_client.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";

const signal = new AbortController().signal;
const LINE = `${
  JSON.stringify({ type: "ADDED", object: { metadata: { resourceVersion: "1" }, note: "x".repeat(900) } })
}\n`;

/** A server over TLS that answers as the test says, and the program's own client on it. */
async function openConnectionRig(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  { hosts = ["127.0.0.1"], timeoutMs }: { readonly hosts?: readonly string[]; readonly timeoutMs?: number } = {},
) {
  const ca = createTestCa();
  const dir = await createTempDir("kube-connection");
  await writeFile(dir.file("ca.crt"), ca.cert);
  await writeFile(dir.file("token"), "a-token");
  const server = createServer(ca.issue({ commonName: "api", hosts }), answer);
  server.keepAliveTimeout = 0; // as kube-apiserver, which names no time either
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const client = await openTestClient(
    { port: address.port, serviceAccountDir: dir.path },
    compact({ timeoutMs }),
  );
  const cut = () => sockets.forEach((socket) => socket.destroy());
  return {
    client,
    cut,
    connections: () => sockets.size,
    port: address.port,
    ca,
    async [Symbol.asyncDispose]() {
      client.close();
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
      await dir[Symbol.asyncDispose]();
    },
  };
}

const watchRequest = { path: "/api/v1/events", resourceVersion: "1", timeoutSeconds: 60, onSkippedLine: () => {} };

Deno.test("kube connection: a certificate for another name is refused, and the error says so", async () => {
  await using rig = await openConnectionRig((_, response) => response.end("{}"), { hosts: ["api.example.com"] });
  await assert.rejects(
    rig.client.request({ path: "/version", signal }),
    (error: KubeError) => error.status === 0 && /name|127\.0\.0\.1|certificate/i.test(error.message),
  );
});

for (const piecesRead of [0, 1]) {
  Deno.test(`kube connection: a reader that stops after ${piecesRead} pieces makes the server wait`, async () => {
    const offered = 40 * 1024 * 1024;
    let sent = 0;
    await using rig = await openConnectionRig((_, response) => {
      const piece = LINE.repeat(64);
      const more = () => {
        while (sent < offered && !response.destroyed) {
          sent += piece.length;
          if (!response.write(piece)) return void response.once("drain", more);
        }
      };
      more();
    });
    const stop = new AbortController();
    const stream = await rig.client.watch({ ...watchRequest, signal: stop.signal });
    const lines = stream.lines[Symbol.asyncIterator]();
    for (let read = 0; read < piecesRead; read++) await lines.next();
    let seen = -1;
    await eventually("the server waits, or has sent all", () => {
      const still = seen === sent;
      seen = sent;
      return still;
    });
    // What the kernel's buffers on both sides hold is not ours to limit.
    assert.ok(sent < offered / 2, `the server could send ${sent} of ${offered} bytes to a reader that stopped`);
    stop.abort();
    await assert.rejects(async () => {
      while (!(await lines.next()).done);
    });
  });
}

Deno.test("kube connection: a flood is read in pieces of a bounded size", async () => {
  const offered = 24 * 1024 * 1024;
  await using rig = await openConnectionRig((_, response) => void response.end("x".repeat(offered)));
  const agent = createTlsAgent({ ca: rig.ca.cert });
  const got = request({ port: rig.port, host: "127.0.0.1", agent });
  got.end();
  const [incoming]: IncomingMessage[] = await once(got, "response");
  assert.ok(incoming !== undefined);
  let [read, largest] = [0, 0];
  for await (const { length } of pullBody(incoming, { paceMs: () => 0, onBytes: () => {} })) {
    read += length;
    largest = Math.max(largest, length);
    const until = performance.now() + 5; // the sender is ahead of whoever does something with what it sends
    while (performance.now() < until);
  }
  agent.destroy();
  assert.equal(read, offered);
  assert.ok(largest <= 512 * 1024, `${largest} bytes were in memory before the reader had the first`);
});

Deno.test("kube connection: an answer that has ended holds up no other, however long its reader takes", async () => {
  await using rig = await openConnectionRig((request, response) => {
    response.writeHead(200).end(request.url === "/version" ? "{}" : LINE); // chunked, as watches are
  }, { timeoutMs: 2_000 });
  const stream = await rig.client.watch({ ...watchRequest, signal });
  const lines = stream.lines[Symbol.asyncIterator]();
  assert.equal((await lines.next()).value?.length, 1);
  const ask = () => rig.client.request({ path: "/version", signal });
  await ask(); // opens a connection, or takes the one that has become free
  await Promise.all([ask(), ask()]); // take both
  assert.ok(rig.connections() <= 2, `${rig.connections()} connections: the watch's own was not used again`);
  assert.equal((await lines.next()).done, true);
});

Deno.test("kube connection: a request that is given up on a connection that was used before is sent once", async () => {
  let posts = 0;
  await using rig = await openConnectionRig((request, response) => {
    if (request.method === "POST") posts++;
    else response.end("{}");
  }, { timeoutMs: 300 });
  await rig.client.request({ path: "/version", signal });
  await assert.rejects(
    rig.client.request({ method: "POST", path: "/api/v1/namespaces/default/configmaps", body: {}, signal }),
    (error: KubeError) => error.reason === "Timeout",
  );
  await rig.client.request({ path: "/version", signal });
  assert.equal(posts, 1);
});

Deno.test("kube connection: a client certificate beside another one's key is a refused request, and no more", async () => {
  await using rig = await openConnectionRig((_, response) => response.end("{}"));
  const { cert } = rig.ca.issue({ commonName: "one" });
  const { key } = rig.ca.issue({ commonName: "another" });
  const agent = createTlsAgent({ ca: rig.ca.cert, cert, key, keepAlive: true });
  const client = createKubeHttpClient({
    access: {
      server: `https://127.0.0.1:${rig.port}`,
      source: "test",
      namespace: null,
      kubeconfig: null,
      credentials: () => Promise.resolve({ agent, headers: {} }),
      close: () => agent.destroy(),
    },
    userAgent: "agent/test",
  });
  await assert.rejects(client.request({ path: "/version", signal }), (error: KubeError) => error.status === 0);
  client.close();
});

Deno.test("kube connection: one change is read at once, a flood of them in few pieces, and none is lost", async () => {
  const flood = 400;
  let push: (text: string) => void = () => {};
  await using rig = await openConnectionRig((_, response) => {
    response.flushHeaders();
    push = (text) => void response.write(text);
  });
  const stream = await rig.client.watch({ ...watchRequest, signal });
  const lines = stream.lines[Symbol.asyncIterator]();
  const first = lines.next();
  push(LINE);
  assert.equal((await first).value?.length, 1);
  let pushed = 0;
  const flooding = setInterval(() => pushed++ < flood ? push(LINE) : clearInterval(flooding), 1);
  let pieces = 0;
  let read = 0;
  while (read < flood) {
    const next = await lines.next();
    assert.ok(!next.done);
    pieces++;
    read += next.value.length;
  }
  assert.equal(read, flood);
  assert.ok(pieces < flood / 3, `${flood} changes came in ${pieces} pieces`);
  clearInterval(flooding);
  await lines.return?.();
});

Deno.test("kube connection: large objects in a watch are read slowly, so that they are not all that the agent does", async () => {
  const large = JSON.stringify({
    type: "ADDED",
    object: { metadata: { resourceVersion: "1" }, note: "x".repeat(1e6) },
  });
  await using rig = await openConnectionRig((_, response) => response.end(`${large}\n`.repeat(4)));
  const startedMs = performance.now();
  const { lines } = await rig.client.watch({ ...watchRequest, signal });
  let count = 0;
  for await (const batch of lines) count += batch.length;
  assert.equal(count, 4);
  const tookMs = performance.now() - startedMs;
  assert.ok(tookMs > 250, `four of them took ${tookMs.toFixed(0)} ms: as fast as they came`);
});

Deno.test("kube connection: a connection that the server closed while it was idle gives way to a new one", async () => {
  await using rig = await openConnectionRig((_, response) => response.end("{}"));
  await rig.client.request({ path: "/version", signal });
  await rig.client.request({ path: "/version", signal });
  assert.equal(rig.connections(), 1, "the second request goes over the first one's connection");
  rig.cut();
  await eventually("an answer over a new connection", async () => {
    await rig.client.request({ path: "/version", signal });
    return rig.connections() === 2;
  });
});

Deno.test("kube connection: an end while nothing is read is told to the next reader", async () => {
  await using rig = await openConnectionRig((_, response) => response.write(LINE));
  const stream = await rig.client.watch({ ...watchRequest, signal });
  const lines = stream.lines[Symbol.asyncIterator]();
  await lines.next();
  rig.cut();
  await assert.rejects(lines.next(), (error: KubeError) => error.status === 0);
});
