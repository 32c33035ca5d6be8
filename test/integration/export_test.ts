import "../support/ignore_stray_socket_errors.ts";
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createUser } from "@nats-io/nkeys";
import { jetstream } from "@nats-io/jetstream";
import { connect, nkeyAuthenticator } from "@nats-io/transport-node";
import { parse } from "yaml";
import * as z from "zod";
import { eventually } from "../../sandbox/eventually.ts";
import { startNatsServer } from "../../sandbox/nats_server.ts";
import { applyStreamStep, planFleetStreams } from "../../src/bus/fleet_streams.ts";
import { eventSchema } from "../../src/wire/event.ts";
import { createNatsKeys, readNatsSample, withNatsKeys } from "../support/nats_layouts.ts";
import { sampleReport } from "../support/sample_report.ts";

const readExport = (name: string) => readFile(new URL(`../../deploy/export/${name}`, import.meta.url), "utf8");

const consumerSchema = z.object({ durable_name: z.string(), filter_subjects: z.array(z.string()) });
const vectorSchema = z.object({
  sources: z.record(
    z.string(),
    z.object({
      type: z.literal("nats"),
      jetstream: z.object({ stream: z.string(), consumer: z.string() }),
      log_namespace: z.literal(true),
    }).loose(),
  ),
  transforms: z.record(z.string(), z.object({ type: z.string(), inputs: z.array(z.string()) }).loose()),
  sinks: z.record(
    z.string(),
    z.object({ type: z.string(), inputs: z.array(z.string()), buffer: z.object({ type: z.literal("disk") }).loose() })
      .loose(),
  ),
});

/** The shipped accounts with the user for the export in it, the streams, and the consumer. */
async function startExport() {
  const users = createNatsKeys();
  const keys = { ...users, EXPORT_NKEY: createUser() };
  const user = (await readExport("nats-user.conf")).replace(/^#.*$/gm, "");
  const layout = (await readNatsSample("accounts.conf")).replace("users: [", `users: [\n${user}`);
  const server = await startNatsServer({
    jetstream: { maxFileBytes: 50 * 2 ** 30 },
    config: withNatsKeys(layout, keys),
  });
  const enter = (key: keyof typeof keys, inboxPrefix = "_INBOX") =>
    connect({ servers: server.url, authenticator: nkeyAuthenticator(keys[key].getSeed()), inboxPrefix });
  const [setup, agent, reader] = [
    await enter("SETUP_NKEY"),
    await enter("PROD_EU_1_NKEY", "_INBOX.prod-eu-1"),
    await enter("EXPORT_NKEY"),
  ];
  const { steps } = await planFleetStreams(setup, { prefix: "agent", template: "{prefix}.{kind}.{cluster_id}" }, 1);
  for (const step of steps) await applyStreamStep(setup, step);
  const consumer = await readExport("consumer.json");
  const created = await setup.request(
    "$JS.API.CONSUMER.CREATE.AGENT_EVENTS.export",
    JSON.stringify({ stream_name: "AGENT_EVENTS", config: JSON.parse(consumer) }),
  );
  assert.doesNotMatch(created.string(), /"error"/);
  return {
    agent,
    reader,
    async [Symbol.asyncDispose]() {
      await Promise.all([setup.close(), agent.close(), reader.close()]);
      await server[Symbol.asyncDispose]();
    },
  };
}

Deno.test("export: its user takes events and batches of them through the consumer, and confirms them", async () => {
  await using fleet = await startExport();
  await fleet.agent.request("agent.event.prod-eu-1", JSON.stringify(sampleReport("1")));
  await fleet.agent.request(
    "agent.events.prod-eu-1",
    ["2", "3"].map((id) => JSON.stringify(sampleReport(id))).join("\n"),
  );
  await fleet.agent.request("agent.update.prod-eu-1", "{}");
  const consumer = await jetstream(fleet.reader).consumers.get("AGENT_EVENTS", "export");
  const ids: string[] = [];
  for await (const message of await consumer.fetch({ max_messages: 10, expires: 1_000 })) {
    for (const line of message.string().split("\n")) ids.push(eventSchema.parse(JSON.parse(line)).id);
    message.ack();
  }
  assert.deepEqual(ids, ["1", "2", "3"]);
  await eventually("all are confirmed", async () => (await consumer.info()).num_ack_pending === 0);
});

Deno.test("export: its user may do nothing else", async (t) => {
  await using fleet = await startExport();
  const violations: string[] = [];
  void (async () => {
    for await (const status of fleet.reader.status()) {
      if (status.type === "error") violations.push(status.error.message);
    }
  })();
  for (
    const subject of [
      "agent.command.prod-eu-1",
      "agent.event.prod-eu-1",
      "$JS.API.STREAM.PURGE.AGENT_EVENTS",
      "$JS.API.CONSUMER.CREATE.AGENT_EVENTS",
      "$JS.API.CONSUMER.DELETE.AGENT_EVENTS.export",
      "$JS.API.CONSUMER.MSG.NEXT.AGENT_RESULTS.export",
      "$JS.API.STREAM.MSG.GET.AGENT_RESULTS",
    ]
  ) {
    await t.step(subject, async () => {
      fleet.reader.publish(subject, "{}");
      await eventually("a violation", () => violations.join().includes(`Publish to "${subject}"`));
    });
  }
});

Deno.test("export: the sample for Vector names the stream and the consumer, and every part that it takes from", async () => {
  const { sources, transforms, sinks } = vectorSchema.parse(parse(await readExport("vector.yaml")));
  const consumer = consumerSchema.parse(JSON.parse(await readExport("consumer.json")));
  const places = Object.values(sources).map(({ jetstream }) => jetstream);
  assert.deepEqual(places, [{ stream: "AGENT_EVENTS", consumer: consumer.durable_name }]);
  const parts = new Set([...Object.keys(sources), ...Object.keys(transforms)]);
  const taken = [...Object.values(transforms), ...Object.values(sinks)].flatMap(({ inputs }) => inputs);
  assert.deepEqual(taken.filter((name) => !parts.has(name)), []);
  assert.deepEqual([...parts].filter((name) => !taken.includes(name)), [], "what nothing takes from");
  assert.ok(Object.values(sinks).every(({ inputs }) => !inputs.some((name) => name in sources)), "a sink believes");
});

Deno.test("export: the table for ClickHouse has columns that events have", async () => {
  const sql = await readExport("clickhouse.sql");
  const body = /\n\(\n([\s\S]*?)\n\)\n/.exec(sql)?.[1] ?? "";
  const columns = body.split("\n").map((line) => line.trim().split(/\s+/)[0] ?? "");
  assert.ok(columns.length > 8);
  assert.deepEqual(columns.filter((column) => !(column in eventSchema.shape)), []);
});
