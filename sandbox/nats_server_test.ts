import assert from "node:assert/strict";
import { connect } from "@nats-io/transport-node";
import { createTestCa } from "./certificates.ts";
import { collectNats } from "../test/support/collect_nats.ts";
import { startNatsServer } from "./nats_server.ts";

Deno.test("nats_server: a killed server comes back on its port with its streams", async () => {
  await using server = await startNatsServer({ jetstream: true });
  const { jetstreamManager } = await import("@nats-io/jetstream");
  const first = await connect({ servers: server.url });
  await (await jetstreamManager(first)).streams.add({ name: "KEPT", subjects: ["kept.>"] });
  await first.close();
  await server.kill();
  assert.equal(server.running(), false);
  await server.restart();
  const second = await connect({ servers: server.url });
  assert.equal((await (await jetstreamManager(second)).streams.info("KEPT")).config.name, "KEPT");
  await second.close();
});

Deno.test("nats_server: a collector hears subjects, headers and bodies", async () => {
  await using server = await startNatsServer({ config: "max_payload: 1000" });
  await using collector = await collectNats(server.url, ["a.>"]);
  assert.equal(collector.connection.info?.max_payload, 1000);
  const { headers } = await import("@nats-io/transport-node");
  const messageHeaders = headers();
  messageHeaders.set("Nats-Msg-Id", "1");
  collector.connection.publish("a.b", JSON.stringify({ x: 1 }), { headers: messageHeaders });
  collector.connection.publish("a.c", "no json");
  await collector.waitForCount(2, () => true);
  const [first, second] = collector.messages;
  assert.deepEqual([first?.subject, first?.headers, first?.json], ["a.b", { "Nats-Msg-Id": "1" }, { x: 1 }]);
  assert.deepEqual([second?.subject, second?.json], ["a.c", undefined]);
});

Deno.test("nats_server: TLS with a client certificate", async () => {
  const ca = createTestCa();
  const pair = ca.issue({ commonName: "server" });
  await using server = await startNatsServer({ tls: { ...pair, ca: ca.cert, verify: true } });
  const client = ca.issue({ commonName: "client", usage: "client" });
  const connection = await connect({ servers: server.url, tls: { ca: ca.cert, cert: client.cert, key: client.key } });
  await connection.flush();
  await connection.close();
});

Deno.test("nats_server: a configuration it refuses is an error with its words", async () => {
  await assert.rejects(startNatsServer({ config: "max_payload: {" }), /did not start/);
});
