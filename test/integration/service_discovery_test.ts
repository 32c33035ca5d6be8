import assert from "node:assert/strict";
import { connect } from "@nats-io/transport-node";
import { startNatsServer } from "../../sandbox/nats_server.ts";
import { createServiceDiscovery } from "../../src/bus/service_discovery.ts";
import { startBusRig } from "../support/bus_rig.ts";

const INFO = {
  cluster_id: "prod-1",
  cluster_name: "shop",
  version: "1.2.3",
  start_time: "",
  capabilities: [],
  instance: "0b5e0001",
};

Deno.test("service discovery: an agent answers PING, INFO and STATS, to all, by name, and alone", async () => {
  await using server = await startNatsServer();
  await using rig = startBusRig(server.url);
  await rig.connected();
  const stop = new AbortController();
  const run = createServiceDiscovery({
    connection: rig.connection,
    agentInfo: () => INFO,
    commandSubject: "agent.command.prod-1",
  }).run(stop.signal);
  const nats = await connect({ servers: server.url });
  await rig.connection.session()?.nats.flush();
  const ask = async (subject: string) => (await nats.request(subject, "", { timeout: 2_000 })).json();
  for (const subject of ["$SRV.PING", "$SRV.PING.agent", "$SRV.PING.agent.0b5e0001"]) {
    assert.deepEqual(await ask(subject), {
      type: "io.nats.micro.v1.ping_response",
      name: "agent",
      id: "0b5e0001",
      version: "1.2.3",
      metadata: { cluster_id: "prod-1", cluster_name: "shop", provider: "" },
    });
  }
  const info: unknown = await ask("$SRV.INFO.agent");
  assert.match(JSON.stringify(info), /"endpoints":\[\{"name":"commands","subject":"agent.command.prod-1"/);
  assert.match(JSON.stringify(await ask("$SRV.STATS.agent")), /"started":"20/);
  await nats.close();
  stop.abort();
  await run;
});

Deno.test("service discovery: a user that may not be found is no less ready", async () => {
  const config = `authorization { users: [
    {user: agent, password: p, permissions: {publish: ["agent.>"], subscribe: ["_INBOX.>"]}},
  ]}`;
  await using server = await startNatsServer({ config });
  await using rig = startBusRig(server.url, {
    bus: { auth: { kind: "address_password", user: "agent", password: "p" } },
  });
  await rig.connected();
  const stop = new AbortController();
  const run = createServiceDiscovery({ connection: rig.connection, agentInfo: () => INFO, commandSubject: null })
    .run(stop.signal);
  await rig.connection.session()?.nats.flush();
  await rig.connection.session()?.nats.flush();
  assert.deepEqual(rig.connection.status().refusals, []);
  stop.abort();
  await run;
});
