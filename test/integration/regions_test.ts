import "../support/ignore_stray_socket_errors.ts";
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import type { KeyPair } from "@nats-io/nkeys";
import { connect, type NatsConnection, nkeyAuthenticator } from "@nats-io/transport-node";
import * as z from "zod";
import { createTestCa } from "../../sandbox/certificates.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { startNatsServer } from "../../sandbox/nats_server.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { applyStreamStep, planFleetStreams } from "../../src/bus/fleet_streams.ts";
import { freePort } from "../support/free_port.ts";
import { createNatsKeys, readNatsSample, withNatsKeys } from "../support/nats_layouts.ts";
import { runCliInProcess } from "../support/run_cli_in_process.ts";
import { sampleReport } from "../support/sample_report.ts";

const PASSWORD = "of-the-region";
/** NATS says 10 to 20 seconds until a stream takes from a source again that was away. */
const CATCH_UP_MS = 60_000;
const ackSchema = z.object({ stream: z.string(), domain: z.string() });
const infoSchema = z.object({ state: z.object({ messages: z.number() }) });

/** The two shipped servers, on loopback with certificates of a CA of this test. */
async function startRegions() {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await createTempDir("regions"));
  const ca = createTestCa();
  const { cert, key } = ca.issue({ commonName: "127.0.0.1" });
  await Promise.all([
    writeFile(folder.file("ca.crt"), ca.cert),
    writeFile(folder.file("tls.crt"), cert),
    writeFile(folder.file("tls.key"), key, { mode: 0o600 }),
  ]);
  const keys = createNatsKeys();
  const leafPort = await freePort();
  const accounts = await readNatsSample("accounts.conf");
  const open = async (name: "hub" | "eu") => {
    const sample = await readNatsSample(`region-${name}.conf`);
    const text = sample
      .replace(/^listen: .*$/m, "") // the test's server has a port of its own
      .replace('include "accounts.conf"', accounts)
      .replace("0.0.0.0:7422", `127.0.0.1:${leafPort}`)
      .replace("/var/lib/nats/jetstream", folder.file(name))
      .replaceAll("/etc/nats/tls", folder.path)
      .replace("$REGION_EU_PASSWORD", PASSWORD)
      .replace("$HUB_URL", `"tls://region-eu:${PASSWORD}@127.0.0.1:${leafPort}"`);
    return stack.use(await startNatsServer({ config: withNatsKeys(text, keys) }));
  };
  const [hub, eu] = [await open("hub"), await open("eu")];
  const enter = (port: number, key: KeyPair, inboxPrefix = "_INBOX"): Promise<NatsConnection> =>
    connect({
      servers: `tls://127.0.0.1:${port}`,
      authenticator: nkeyAuthenticator(key.getSeed()),
      tls: { ca: ca.cert },
      inboxPrefix,
    });
  await writeFile(folder.file("central.nk"), keys.CENTRAL_NKEY.getSeed(), { mode: 0o600 });
  const [hubSetup, euSetup, agent] = [
    await enter(hub.port, keys.SETUP_NKEY),
    await enter(eu.port, keys.SETUP_NKEY),
    await enter(eu.port, keys.PROD_EU_1_NKEY, "_INBOX.prod-eu-1"),
  ];
  for (const nats of [hubSetup, euSetup, agent]) stack.defer(() => nats.close());
  const access = [
    "--nats",
    `tls://127.0.0.1:${hub.port}`,
    "--nkey",
    folder.file("central.nk"),
    "--tls-ca",
    folder.file("ca.crt"),
  ];
  const all = stack.move();
  return {
    hub,
    hubSetup,
    euSetup,
    agent,
    /** A subcommand that asks the hub as a central user. */
    ask: (...args: string[]) => runCliInProcess([...args, ...access], { env: {} }),
    [Symbol.asyncDispose]: () => all[Symbol.asyncDispose](),
  };
}

async function stored(nats: NatsConnection, stream: string): Promise<number> {
  const answer = await nats.request(`$JS.API.STREAM.INFO.${stream}`);
  return infoSchema.parse(answer.json()).state.messages;
}

const beat = () => ({
  cluster_id: "prod-eu-1",
  timestamp: new Date().toISOString(),
  status: "healthy",
  metrics: { event_queue_size: 0, metrics_queue_size: 0, command_queue_size: 0, uptime_seconds: 1 },
});

Deno.test("regions: a region stores by itself, the hub sees its fleet and history, sends it commands, and catches up", async () => {
  await using regions = await startRegions();
  const { hub, hubSetup, euSetup, agent, ask } = regions;
  const { steps } = await planFleetStreams(euSetup, { prefix: "agent", template: "{prefix}.{kind}.{cluster_id}" }, 1);
  for (const step of steps) await applyStreamStep(euSetup, step);
  for (const [stream, file] of [["KV_agents", "region-hub-fleet.json"], ["AGENT_EVENTS", "region-hub-events.json"]]) {
    const created = await hubSetup.request(`$JS.API.STREAM.CREATE.${stream}`, await readNatsSample(file ?? ""));
    assert.doesNotMatch(created.string(), /"error"/);
  }
  const say = async (kind: string, body: object) =>
    ackSchema.parse((await agent.request(`agent.${kind}.prod-eu-1`, JSON.stringify(body), { timeout: 5_000 })).json());

  assert.deepEqual(await say("event", sampleReport("1")), { stream: "AGENT_EVENTS", domain: "eu" });
  assert.deepEqual(await say("heartbeat", beat()), { stream: "KV_agents", domain: "eu" });
  await eventually("the hub has both", async () => {
    return await stored(hubSetup, "AGENT_EVENTS") === 1 && await stored(hubSetup, "KV_agents") === 1;
  }, CATCH_UP_MS);
  assert.match((await ask("fleet")).stdout, /prod-eu-1 .* fresh/);
  assert.match((await ask("history", "--since", "1h")).stdout, /message 1/);

  agent.subscribe("agent.command.prod-eu-1", { callback: (_, message) => void message.respond("the result") });
  await agent.flush();
  await eventually("a command comes through", async () => {
    const answer = await hubSetup.request("agent.command.prod-eu-1", "{}").catch(() => null);
    return answer?.string() === "the result";
  });

  await hub.kill();
  assert.deepEqual(await say("event", sampleReport("2")), { stream: "AGENT_EVENTS", domain: "eu" });
  await hub.restart();
  await eventually("the hub has what it missed", async () => {
    return await stored(hubSetup, "AGENT_EVENTS").catch(() => 0) === 2;
  }, CATCH_UP_MS);
  assert.equal(await stored(euSetup, "AGENT_EVENTS"), 2, "the region stores each message once");
});
