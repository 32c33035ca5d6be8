import assert from "node:assert/strict";
import * as z from "zod";
import { createTestCa } from "../../../sandbox/certificates.ts";
import { eventually } from "../../../sandbox/eventually.ts";
import { makeMarkers, makeWithHarm, type Scenario } from "./scenario.ts";

const ca = createTestCa();
const DAY_MS = 86_400_000;
const expired = ca.issue({
  commonName: "server",
  notBefore: new Date(Date.now() - 2 * DAY_MS),
  notAfter: new Date(Date.now() - DAY_MS),
});
const valid = ca.issue({ commonName: "server" });

/** What NATS does wrong. */
export const NATS_SCENARIOS: readonly Scenario[] = [
  {
    name: "nats-server killed and restarted in a burst",
    api: "either",
    options: { delivery: "jetstream" },
    async run(rig) {
      await rig.startAgent();
      const markers = makeMarkers("nats-killed", 2_000);
      await makeWithHarm(rig, markers, [[0.3, () => rig.nats.kill()], [0.6, () => rig.nats.restart()]]);
      return markers;
    },
  },
  {
    name: "nats-server killed, events while it is away, core",
    api: "either",
    options: { delivery: "core" },
    async run(rig) {
      await rig.startAgent();
      const before = makeMarkers("before", 20);
      await rig.api.makeEvents(before);
      await eventually("the first have arrived", async () => await rig.arrived() >= before.length);
      await rig.nats.kill();
      const away = makeMarkers("away", 300);
      await rig.api.makeEvents(away);
      await rig.nats.restart();
      return [...before, ...away];
    },
  },
  ...(["jetstream", "core"] as const).map((delivery): Scenario => ({
    name: `partition: no byte passes, ${delivery}`,
    api: "sandbox",
    options: { delivery, proxy: true },
    async run(rig) {
      await rig.startAgent();
      const markers = makeMarkers("partition", 600);
      await makeWithHarm(rig, markers, [[0.3, () => rig.proxy().partition()]]);
      await rig.says(/^nats: not connected/m, 30_000);
      rig.proxy().cut();
      rig.proxy().heal();
      return markers;
    },
  })),
  ...(["jetstream", "core"] as const).map((delivery): Scenario => ({
    name: `slow link: 60 KB a second, ${delivery}`,
    api: "sandbox",
    options: { delivery, proxy: true },
    async run(rig) {
      await rig.startAgent();
      rig.proxy().slow(60_000);
      const markers = makeMarkers("slow", 400);
      await rig.api.makeEvents(markers);
      return markers;
    },
  })),
  {
    name: "max_payload of 4 KB, in batches; one event is larger",
    api: "sandbox",
    options: {
      delivery: "jetstream",
      nats: { config: "max_payload: 4096" },
      config: { events: { batch: { max_events: 100, max_wait: "100ms" } } },
    },
    lost: 1,
    async run(rig) {
      await rig.startAgent();
      const small = makeMarkers("small", 500);
      const large = makeMarkers("large", 1);
      await rig.api.makeEvents(small.slice(0, 250));
      await rig.api.makeEvents(large, { messageBytes: 20_000 });
      await rig.api.makeEvents(small.slice(250));
      return [...small, ...large];
    },
  },
  {
    name: "the server's certificate has expired, then is renewed",
    api: "sandbox",
    options: {
      delivery: "jetstream",
      nats: { tls: expired },
      config: { nats: { tls: { ca_file: "{dir}/ca.crt" } } },
    },
    async run(rig) {
      await Deno.writeTextFile(rig.dir.file("ca.crt"), ca.cert);
      await rig.startAgent("watching");
      const markers = makeMarkers("expired", 200);
      await rig.api.makeEvents(markers);
      await rig.says(/^nats: not connected: .*certificate.*(expired|valid today)/im);
      await rig.nats.restart({ tls: valid });
      return markers;
    },
  },
  {
    name: "JetStream without a stream, then with one",
    api: "sandbox",
    options: { delivery: "jetstream", stream: null },
    async run(rig) {
      await rig.startAgent();
      const markers = makeMarkers("no-stream", 300);
      await rig.api.makeEvents(markers);
      await rig.says(/^delivery of event: No stream takes agent\.event\.faults/m);
      await rig.addStream();
      return markers;
    },
  },
  {
    name: "a full stream, then with room",
    api: "sandbox",
    options: { delivery: "jetstream", stream: { max_msgs: 100, discard: "new" } },
    async run(rig) {
      await rig.startAgent();
      const markers = makeMarkers("full", 300);
      await rig.api.makeEvents(markers);
      await rig.says(/^delivery of event: The stream is full/m);
      await rig.manage((manager) => manager.streams.update("AGENT", { max_msgs: 10_000 }));
      return markers;
    },
  },
  {
    name: "the agent stands still in a flood of commands: cut off as a slow consumer",
    api: "sandbox",
    options: {
      delivery: "jetstream",
      nats: { config: 'max_pending: 1MB\nwrite_deadline: "1s"' },
      config: { enable_commands: true },
    },
    async run(rig) {
      await rig.startAgent();
      const markers = makeMarkers("slow-consumer", 300);
      await rig.api.makeEvents(markers.slice(0, 100));
      await rig.flood("agent.command.faults", 1, 1); // it listens now
      rig.agent().signal("SIGSTOP");
      await rig.flood("agent.command.faults", 400, 64 * 1024);
      await eventually(
        "the server cuts the agent off",
        async () => /Slow Consumer/i.test(await rig.nats.log()),
        20_000,
      );
      await rig.api.makeEvents(markers.slice(100));
      rig.agent().signal("SIGCONT");
      await eventually("the agent is connected again", async () => {
        const { nats } = z.object({ nats: z.object({ connects: z.number(), connected: z.boolean() }) }).parse(
          await rig.status(),
        );
        return nats.connected && nats.connects === 2;
      }, 30_000);
      return markers;
    },
  },
  {
    name: "the stream's leader killed in a burst, three servers",
    api: "sandbox",
    options: { delivery: "jetstream", cluster: 3 },
    async run(rig) {
      await rig.startAgent();
      const markers = makeMarkers("leader", 1_000);
      const leader = await eventually(
        "a leader",
        () => rig.manage(async (manager) => (await manager.streams.info("AGENT")).cluster?.leader ?? ""),
        30_000,
      );
      const server = rig.cluster().servers.get(leader);
      assert.ok(server !== undefined);
      await makeWithHarm(rig, markers, [[0.4, () => server.kill()]]);
      return markers;
    },
  },
];
