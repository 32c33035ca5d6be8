import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { Socket } from "node:net";
import type { KubeError } from "../../src/kube/kube_error.ts";
import { createTestCa } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { openTestClient } from "../support/kube_client.ts";
import { createTempDir } from "../support/temp_dir.ts";

const signal = new AbortController().signal;
const LINE = `${
  JSON.stringify({ type: "ADDED", object: { metadata: { resourceVersion: "1" }, note: "x".repeat(900) } })
}\n`;

/** A server over TLS that answers as the test says, and the program's own client on it. */
async function openConnectionRig(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  hosts: readonly string[] = ["127.0.0.1"],
) {
  const ca = createTestCa();
  const dir = await createTempDir("kube-connection");
  await writeFile(dir.file("ca.crt"), ca.cert);
  await writeFile(dir.file("token"), "a-token");
  const server = createServer(ca.issue({ commonName: "api", hosts }), answer);
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const client = await openTestClient({ port: address.port, serviceAccountDir: dir.path });
  const cut = () => sockets.forEach((socket) => socket.destroy());
  return {
    client,
    cut,
    connections: () => sockets.size,
    async [Symbol.asyncDispose]() {
      client.close();
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
      await dir[Symbol.asyncDispose]();
    },
  };
}

const watchRequest = { path: "/api/v1/events", resourceVersion: "1", timeoutSeconds: 60 };

Deno.test("kube connection: a certificate for another name is refused, and the error says so", async () => {
  await using rig = await openConnectionRig((_, response) => response.end("{}"), ["api.example.com"]);
  await assert.rejects(
    rig.client.request({ path: "/version", signal }),
    (error: KubeError) => error.status === 0 && /name|127\.0\.0\.1|certificate/i.test(error.message),
  );
});

Deno.test("kube connection: a reader that takes its time makes the server wait", async () => {
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
  const stream = await rig.client.watch({ ...watchRequest, signal });
  const lines = stream.lines[Symbol.asyncIterator]();
  await lines.next();
  let seen = -1;
  await eventually("the server waits, or has sent all", () => {
    const still = seen === sent;
    seen = sent;
    return still;
  });
  // What the kernel's buffers on both sides hold is not ours to limit.
  assert.ok(sent < offered / 2, `the server could send ${sent} of ${offered} bytes to a reader that read one piece`);
  await lines.return?.();
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
