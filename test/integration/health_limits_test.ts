import assert from "node:assert/strict";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { eventually } from "../../sandbox/eventually.ts";
import { createHealthServer } from "../../src/health/health_server.ts";
import { limitConnections } from "../../src/health/limit_connections.ts";

const SOURCE = {
  live: () => [{ name: "process", ok: true, detail: "answers" }],
  ready: () => [],
  status: () => ({}),
  tables: () => [],
  metrics: () => Promise.resolve({ body: "", contentType: "text/plain" }),
};

interface Client extends Disposable {
  readonly socket: Socket;
  readonly answer: () => string;
  readonly closed: () => boolean;
}

function open(port: number, sends: string): Client {
  let answer = "";
  let closed = false;
  const socket = connect(port, "127.0.0.1");
  socket.on("data", (chunk) => answer += chunk.toString());
  socket.on("error", () => closed = true);
  socket.on("close", () => closed = true);
  socket.write(sends);
  return { socket, answer: () => answer, closed: () => closed, [Symbol.dispose]: () => socket.destroy() };
}

const GET = "GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n";
const UNFINISHED = "GET /health/live HTTP/1.1\r\nHost: a\r\nX: ";

async function serve() {
  const stop = new AbortController();
  const server = createHealthServer({ port: 0, source: SOURCE, page: false });
  const run = server.run(stop.signal);
  const port = await server.listening();
  return {
    port,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await run;
    },
  };
}

Deno.test("health limits: three hundred connections with unfinished headers leave 64, and a probe is answered", async () => {
  await using rig = await serve();
  using clients = new DisposableStack();
  const hostile = Array.from({ length: 300 }, () => clients.use(open(rig.port, UNFINISHED + "a".repeat(1_000))));
  await eventually("all but 64 are closed", () => hostile.filter(({ closed }) => closed()).length >= 236);
  const probe = clients.use(open(rig.port, GET));
  await eventually("the probe is answered", () => probe.answer().startsWith("HTTP/1.1 200"));
  assert.ok(hostile.filter(({ closed }) => !closed()).length <= 64);
});

Deno.test("health limits: a header above 4 kB is refused", async () => {
  await using rig = await serve();
  using client = open(rig.port, `${UNFINISHED}${"a".repeat(5_000)}\r\n\r\n`);
  await eventually("it is refused", () => client.answer().startsWith("HTTP/1.1 431"));
});

async function serveLimited(requestMs: number, connections = 2) {
  const server = createServer((_request, response) => void response.end("x"));
  limitConnections(server, { connections, requestMs });
  await new Promise<void>((resolve) => server.listen(0, () => resolve()));
  const address: AddressInfo | string | null = server.address();
  assert.ok(address !== null && typeof address === "object");
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

Deno.test("health limits: a request that drips in does not keep its connection beyond the deadline", async () => {
  await using rig = await serveLimited(300);
  using client = open(rig.port, UNFINISHED);
  const drip = setInterval(() => client.socket.write("a"), 20);
  try {
    await eventually("it is closed", client.closed);
    assert.equal(client.answer(), "");
  } finally {
    clearInterval(drip);
  }
});

Deno.test("health limits: a connection that goes on asking stays open, and the longest idle one gives way", async () => {
  await using rig = await serveLimited(60_000);
  using idle = open(rig.port, GET);
  await eventually("the first answer", () => idle.answer() !== "");
  using asking = open(rig.port, GET);
  await eventually("the second answer", () => asking.answer() !== "");
  using third = open(rig.port, GET);
  await eventually("the third is answered", () => third.answer() !== "");
  await eventually("the longest idle one is closed", idle.closed);
  asking.socket.write(GET);
  await eventually("another answer", () => asking.answer().split("HTTP/1.1 200").length === 3);
});
