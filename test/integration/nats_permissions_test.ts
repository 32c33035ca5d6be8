import "../support/ignore_stray_socket_errors.ts";
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { createUser } from "@nats-io/nkeys";
import { connect, headers as createHeaders, type NatsConnection, nkeyAuthenticator } from "@nats-io/transport-node";
import * as z from "zod";
import { createTestCa } from "../../sandbox/certificates.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { findTool } from "../../sandbox/find_tool.ts";
import { startNatsServer } from "../../sandbox/nats_server.ts";
import { runTool } from "../../sandbox/run_tool.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { applyStreamStep, planFleetStreams } from "../../src/bus/fleet_streams.ts";
import {
  createNatsKeys,
  NATS_LAYOUTS,
  type NatsFleet,
  readNatsSample,
  readScope,
  withNatsKeys,
} from "../support/nats_layouts.ts";
import { PROGRAM } from "../support/program_under_test.ts";
import { sampleReport } from "../support/sample_report.ts";

const SAID = ["register", "heartbeat", "event", "events", "metrics", "result", "update"];
const STREAMS = ["KV_agents", "AGENT_EVENTS", "AGENT_METRICS", "AGENT_RESULTS"];

const ackSchema = z.object({ stream: z.string(), seq: z.number(), duplicate: z.boolean().default(false) });
const infoSchema = z.object({ state: z.object({ messages: z.number() }) });

/** The subjects that `nats` hears on `subject`, as they come. */
function listen(nats: NatsConnection, subject: string): string[] {
  const heard: string[] = [];
  nats.subscribe(subject, { callback: (error, message) => void heard.push(error?.message ?? message.subject) });
  return heard;
}

/** What the server objects to, as it says it. */
function listenToViolations(nats: NatsConnection): string[] {
  const violations: string[] = [];
  void (async () => {
    for await (const status of nats.status()) {
      if (status.type === "error") violations.push(status.error.message);
    }
  })();
  return violations;
}

/** What `agent fleet setup --apply` does. */
async function makeStreams({ setup }: NatsFleet): Promise<void> {
  const { steps } = await planFleetStreams(setup, { prefix: "agent", template: "{prefix}.{kind}.{cluster_id}" }, 1);
  for (const step of steps) await applyStreamStep(setup, step);
}

async function countMessages({ setup }: NatsFleet): Promise<Record<string, number>> {
  const counts = STREAMS.map(async (name) => {
    const answer = await setup.request(`$JS.API.STREAM.INFO.${name}`);
    return [name, infoSchema.parse(answer.json()).state.messages] as const;
  });
  return Object.fromEntries(await Promise.all(counts));
}

/** What an agent of prod-eu-1 whose credentials are stolen tries to say; the server refuses each. */
const FORBIDDEN_TO_SAY = [
  ...SAID.map((kind) => `agent.${kind}.prod-us-1`),
  "agent.command.prod-eu-1",
  "agent.command.prod-us-1",
  "agent.event",
  "agent.event.prod-eu-1.more",
  "_INBOX.guessed",
  "_INBOX.prod-eu-1.own",
  "_INBOX.prod-us-1.guessed",
  "$KV.agents.prod-us-1.heartbeat",
  "$KV.agents.prod-eu-1.heartbeat",
  "$SRV.PING",
  "$JS.ACK.AGENT_EVENTS.c.1.1.1.1.0",
  "$JS.API.INFO",
  "$JS.API.STREAM.NAMES",
  "$JS.API.STREAM.INFO.AGENT_EVENTS",
  "$JS.API.STREAM.MSG.GET.AGENT_RESULTS",
  "$JS.API.STREAM.PURGE.AGENT_EVENTS",
  "$JS.API.STREAM.DELETE.AGENT_EVENTS",
  "$JS.API.STREAM.CREATE.MINE",
  "$JS.API.CONSUMER.CREATE.AGENT_EVENTS",
  "$JS.API.DIRECT.GET.KV_agents.$KV.agents.prod-us-1.heartbeat",
  "$SYS.REQ.SERVER.PING",
  "$SYS.REQ.USER.INFO",
];

/** What it tries to hear. Its own reports are among it: what it may say it must not hear, see accounts.conf. */
const FORBIDDEN_TO_HEAR = [
  ...SAID.map((kind) => `agent.${kind}.prod-eu-1`),
  ...SAID.map((kind) => `agent.${kind}.prod-us-1`),
  "agent.command.prod-us-1",
  "agent.command.*",
  "agent.*.prod-us-1",
  "agent.>",
  ">",
  "*.>",
  "$KV.>",
  "$JS.>",
  "$JS.ACK.>",
  "$JS.EVENT.>",
  "$SYS.>",
  "$SRV.>",
];
/** Inboxes of others, which lie in other accounts where there is one a cluster. */
const INBOXES = ["_INBOX.>", "_INBOX.*", "_INBOX.*.>", "_INBOX.prod-us-1.>", "_INBOX.prod-us-1.guessed"];

for (const { file, shared, open } of NATS_LAYOUTS) {
  const test = (name: string, run: (fleet: NatsFleet, t: Deno.TestContext) => Promise<void>) =>
    Deno.test(`nats ${file}: ${name}`, async (t) => {
      await using fleet = await open();
      await run(fleet, t);
    });

  test("the central side hears each subject of an agent", async ({ central, eu }) => {
    const want = SAID.map((kind) => `agent.${kind}.prod-eu-1`);
    const heard = SAID.map((kind) => listen(central, `agent.${kind}.*`));
    await central.flush();
    for (const subject of want) eu.publish(subject, "{}");
    await eu.flush();
    await eventually("all messages", () => heard.every((subjects) => subjects.length > 0));
    assert.deepEqual(heard.flat(), want);
  });

  test("an agent may not say what is not its own", async ({ central, setup, us, eu }, t) => {
    const heard = [
      ...SAID.map((kind) => listen(central, `agent.${kind}.*`)),
      listen(setup, "_INBOX.>"),
      listen(us, "_INBOX.prod-us-1.>"),
      listen(us, "agent.command.prod-us-1"),
    ];
    await Promise.all([central.flush(), setup.flush(), us.flush()]);
    const violations = listenToViolations(eu);
    for (const subject of FORBIDDEN_TO_SAY) {
      await t.step(subject, async () => {
        eu.publish(subject, "{}");
        await eventually("a violation", () => violations.join().includes(`Publish to "${subject}"`));
      });
    }
    await Promise.all([central.flush(), setup.flush(), us.flush()]);
    assert.deepEqual(heard.flat(), []);
  });

  test("an agent may not hear others, nor itself", async ({ eu }, t) => {
    const violations = listenToViolations(eu);
    for (const subject of [...FORBIDDEN_TO_HEAR, ...(shared ? INBOXES : [])]) {
      await t.step(subject, async () => {
        const answers = listen(eu, subject);
        await eventually("a violation", () => violations.join().includes(`Subscription to "${subject}"`));
        assert.match(answers.join(), /Permissions Violation/);
      });
    }
  });

  test("an agent can't answer itself on a subject of its choice", async ({ us, eu }) => {
    const heard = [listen(us, "agent.command.prod-us-1"), listen(us, "_INBOX.prod-us-1.>")];
    await us.flush();
    for (const kind of SAID) {
      eu.subscribe(`agent.${kind}.prod-eu-1`, {
        callback: (error, message) => void (error ?? message.respond("forged")),
      });
      eu.publish(`agent.${kind}.prod-eu-1`, "{}", { reply: "agent.command.prod-us-1" });
    }
    await eu.flush();
    await us.flush();
    assert.deepEqual(heard, [[], []]);
  });

  test("a command reaches its agent alone, whose one answer no other agent hears", async ({ central, us, eu }) => {
    const violations = listenToViolations(eu);
    const heard = [listen(us, "_INBOX.prod-us-1.>"), listen(us, "agent.command.prod-us-1")];
    eu.subscribe("agent.command.prod-eu-1", {
      callback: (_, message) => {
        message.respond("the result");
        message.respond("another");
      },
    });
    await Promise.all([us.flush(), eu.flush()]);
    assert.equal((await central.request("agent.command.prod-eu-1", "{}")).string(), "the result");
    await eventually("a violation", () => /Permissions Violation for Publish/.test(violations.join()));
    await us.flush();
    assert.deepEqual(heard, [[], []]);
  });

  test("the streams of fleet setup acknowledge an agent's messages into its own inbox, and drop copies", async (fleet) => {
    await makeStreams(fleet);
    for (const kind of SAID) {
      const { stream } = ackSchema.parse((await fleet.eu.request(`agent.${kind}.prod-eu-1`, "{}")).json());
      assert.ok(STREAMS.includes(stream));
    }
    const headers = createHeaders();
    headers.set("Nats-Msg-Id", "one");
    const answers = [];
    for (let copy = 0; copy < 2; copy++) {
      answers.push(
        ackSchema.parse((await fleet.eu.request("agent.event.prod-eu-1", "{}", { headers, timeout: 5_000 })).json()),
      );
    }
    assert.deepEqual(answers.map(({ duplicate }) => duplicate), [false, true]);
  });

  test("no header or place for an answer lets an agent change a stream", async (fleet, t) => {
    await makeStreams(fleet);
    for (const kind of SAID) await fleet.us.request(`agent.${kind}.prod-us-1`, "{}");
    const before = await countMessages(fleet);
    const tricks: readonly (readonly [header: string, value: string])[] = [
      ["Nats-Rollup", "all"],
      ["Nats-Rollup", "sub"],
      ["Nats-TTL", "1s"],
      ["KV-Operation", "PURGE"],
      ["Nats-Schedule", "@every 1s"],
      ["Nats-Trace-Dest", "$JS.API.STREAM.PURGE.AGENT_EVENTS"],
      ["Nats-Trace-Dest", "$JS.API.STREAM.DELETE.AGENT_METRICS"],
    ];
    for (const [name, value] of tricks) {
      await t.step(`${name}: ${value}`, async () => {
        for (const kind of SAID) {
          const headers = createHeaders();
          headers.set(name, value);
          await fleet.eu.request(`agent.${kind}.prod-eu-1`, "{}", { headers, timeout: 5_000 });
        }
      });
    }
    for (const reply of ["$JS.API.STREAM.PURGE.AGENT_EVENTS", "$JS.API.STREAM.DELETE.AGENT_METRICS"]) {
      await t.step(`answers to ${reply}`, async () => {
        fleet.eu.publish("agent.event.prod-eu-1", "{}", { reply });
        await fleet.eu.flush();
      });
    }
    const after = await countMessages(fleet);
    for (const stream of STREAMS) assert.ok((after[stream] ?? 0) >= (before[stream] ?? 0), `${stream} lost messages`);
  });

  test(`the server's own acknowledgement ${shared ? "reaches any subject, in words that are no command" : "stays in the account"}`, async (fleet) => {
    await makeStreams(fleet);
    const heard: string[] = [];
    fleet.us.subscribe("agent.command.prod-us-1", { callback: (_, message) => void heard.push(message.string()) });
    await fleet.us.flush();
    fleet.eu.publish("agent.event.prod-eu-1", "{}", { reply: "agent.command.prod-us-1" });
    await fleet.eu.request("agent.event.prod-eu-1", "{}");
    await fleet.us.flush();
    assert.deepEqual(heard, shared ? ['{"stream":"AGENT_EVENTS","seq":1}'] : []);
  });

  test("the program itself delivers with an agent's credentials and an inbox of its own", async (fleet) => {
    await using folder = await createTempDir("credentials");
    await makeStreams(fleet);
    await writeFile(folder.file("agent.key"), fleet.files.eu, { mode: 0o600 });
    const config = "nats: { inbox_prefix: auto, delivery: jetstream }\n";
    await writeFile(
      folder.file("config.yaml"),
      `central_endpoint: ${fleet.server.url}\ncluster_id: prod-eu-1\n${config}`,
    );
    const credentials = [fleet.files.option, folder.file("agent.key")];
    const args = ["send-event", "--config", folder.file("config.yaml"), ...credentials, "--wait"];
    const run = await runTool(PROGRAM.command, [...PROGRAM.args, ...args], { env: {} });
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stdout + run.stderr, /AGENT_EVENTS/);
  });

  test("without a stream an agent is told at once that nobody takes its event", async ({ eu }) => {
    await assert.rejects(eu.request("agent.event.prod-eu-1", "{}"), /no responders/i);
  });

  test("the central side's rights are enough for fleet and history", async (fleet) => {
    await using folder = await createTempDir("central");
    await makeStreams(fleet);
    await fleet.eu.request("agent.heartbeat.prod-eu-1", JSON.stringify(BEAT));
    await fleet.eu.request("agent.event.prod-eu-1", JSON.stringify(EVENT));
    await writeFile(folder.file("central.key"), fleet.files.central, { mode: 0o600 });
    const access = ["--nats", fleet.server.url, fleet.files.option, folder.file("central.key")];
    for (
      const command of [["fleet"], ["history", "--since", "1h"], ["history", "--since", "1h", "--severity", "high"]]
    ) {
      const run = await runTool(PROGRAM.command, [...PROGRAM.args, ...command, ...access], { env: {} });
      assert.equal(run.code, 0, run.stderr);
      assert.match(run.stdout, /prod-eu-1/);
    }
  });
}

const BEAT = {
  cluster_id: "prod-eu-1",
  timestamp: new Date().toISOString(),
  status: "healthy",
  metrics: { event_queue_size: 0, metrics_queue_size: 0, command_queue_size: 0, uptime_seconds: 1 },
};
const EVENT = sampleReport("1");

Deno.test("nats accounts.conf: the central side can neither speak for an agent nor change a stream", async () => {
  await using fleet = await NATS_LAYOUTS[0]?.open();
  assert.ok(fleet);
  const violations = listenToViolations(fleet.central);
  const subjects = [
    ...SAID.map((kind) => `agent.${kind}.prod-eu-1`),
    "$KV.agents.prod-eu-1.heartbeat",
    "$JS.API.STREAM.DELETE.AGENT_EVENTS",
    "$JS.API.STREAM.PURGE.AGENT_EVENTS",
    "$JS.API.STREAM.UPDATE.AGENT_EVENTS",
    "$JS.API.STREAM.MSG.DELETE.AGENT_EVENTS",
    "$JS.API.CONSUMER.DELETE.AGENT_EVENTS.theirs",
  ];
  for (const subject of subjects) {
    fleet.central.publish(subject, "{}");
    await eventually("a violation", () => violations.join().includes(`Publish to "${subject}"`));
  }
});

Deno.test("nats operator-mode.sh: it gives an agent the very subjects of accounts.conf, and none both ways", async () => {
  const [scope, accounts] = [
    readScope(await readNatsSample("operator-mode.sh")),
    await readNatsSample("accounts.conf"),
  ];
  const named = (subjects: readonly string[]) => subjects.map((subject) => subject.replace("{{name()}}", "prod-eu-1"));
  const block = /nkey: \$PROD_EU_1_NKEY[\s\S]*?allow_responses/.exec(accounts)?.[0] ?? "";
  const [publish = "", subscribe = ""] = block.split("subscribe:");
  const quoted = (text: string) => [...text.matchAll(/^ +"([^"]+)"$/gm)].map(([, subject]) => subject);
  assert.deepEqual(quoted(publish), named(scope.publish));
  assert.deepEqual(quoted(subscribe), named(scope.subscribe));
  assert.equal(scope.publish.length, SAID.length);
  assert.deepEqual(scope.publish.filter((subject) => scope.subscribe.includes(subject)), []);
});

Deno.test("nats operator-mode.sh: a user named * would be every agent, which is why its issuer must sign none", async () => {
  await using fleet = await NATS_LAYOUTS[1]?.open();
  assert.ok(fleet?.enterAs);
  const wildcard = await fleet.enterAs("*", "_INBOX.x");
  const commands = listen(wildcard, "agent.command.*");
  await wildcard.flush();
  fleet.central.publish("agent.command.prod-us-1", "{}");
  await eventually("another's command", () => commands.includes("agent.command.prod-us-1"));
  await wildcard.close();
});

Deno.test("nats accounts.conf: an unknown key is refused", async () => {
  const config = withNatsKeys(await readNatsSample("accounts.conf"), createNatsKeys());
  await using server = await startNatsServer({ jetstream: true, config });
  const stranger = nkeyAuthenticator(createUser().getSeed());
  await assert.rejects(
    connect({ servers: server.url, authenticator: stranger, reconnect: false }),
    /Authorization Violation/i,
  );
});

for (const accounts of ["accounts.conf", "accounts-per-cluster.conf"]) {
  Deno.test(`nats-server itself accepts the sample configuration with ${accounts}`, async () => {
    await using folder = await createTempDir("nats-conf");
    const { cert, key } = createTestCa().issue({ commonName: "nats" });
    await mkdir(folder.file("tls"));
    await writeFile(folder.file("tls", "tls.crt"), cert);
    await writeFile(folder.file("tls", "tls.key"), key, { mode: 0o600 });
    const text = (await readNatsSample("nats-server.conf")).replaceAll("/etc/nats/", `${folder.path}/`);
    await writeFile(folder.file("nats-server.conf"), text.replace('include "accounts.conf"', `include "${accounts}"`));
    await writeFile(folder.file(accounts), await readNatsSample(accounts));
    const env = Object.fromEntries(Object.entries(createNatsKeys()).map(([name, key]) => [name, key.getPublicKey()]));
    const run = await runTool(await findTool("nats-server"), ["-t", "-c", folder.file("nats-server.conf")], { env });
    assert.equal(run.code, 0, run.stderr);
  });
}
