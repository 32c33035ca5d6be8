import assert from "node:assert/strict";
import { connect } from "@nats-io/transport-node";
import { Readable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { runCli } from "../../cli/cli.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { startNatsServer } from "../../sandbox/nats_server.ts";
import { isInFleet, readFleet } from "../../src/bus/read_fleet.ts";
import { runCliInProcess } from "../support/run_cli_in_process.ts";

const METRICS = { event_queue_size: 2, metrics_queue_size: 0, command_queue_size: 0, uptime_seconds: 1 };

async function startFleet(template = "") {
  const server = await startNatsServer({ jetstream: true });
  const env = { CENTRAL_ENDPOINT: server.url, ...(template === "" ? {} : { SUBJECT_TEMPLATE: template }) };
  const nats = await connect({ servers: server.url });
  return {
    nats,
    run: (...args: string[]) => runCliInProcess(args, { env }),
    /** At a terminal; returns its lines without colours. */
    async see(columns: number, ...args: string[]) {
      const { stdout } = await runCliInProcess(args, { env, columns });
      return stripVTControlCharacters(stdout).trimEnd().split("\n");
    },
    say: (subject: string, body: object) => nats.publish(subject, JSON.stringify(body)),
    async [Symbol.asyncDispose]() {
      await nats.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

const register = (id: string, fields: object = {}) => ({
  cluster_id: id,
  version: "1.2.3",
  start_time: new Date().toISOString(),
  capabilities: [],
  ...fields,
});
const beat = (id: string, fields: object = {}) => ({
  cluster_id: id,
  timestamp: new Date().toISOString(),
  status: "healthy",
  metrics: METRICS,
  ...fields,
});

Deno.test("fleet setup: it shows what is missing, makes it, and finds nothing more to do", async () => {
  await using fleet = await startFleet();
  const shown = await fleet.run("fleet", "setup");
  assert.equal(shown.exitCode, 1);
  assert.match(shown.stdout, /\+ KV_agents: create, for agent\.register\.\* agent\.heartbeat\.\*/);
  const made = await fleet.run("fleet", "setup", "--apply");
  assert.deepEqual([made.exitCode, made.stdout.match(/: created/g)?.length], [0, 4]);
  const again = await fleet.run("fleet", "setup");
  assert.deepEqual([again.exitCode, /Everything is as it should be/.test(again.stdout)], [0, true], again.stdout);
});

Deno.test("fleet setup: options after the word count, though the list has the same ones", async () => {
  await using fleet = await startFleet();
  const env = { CENTRAL_ENDPOINT: "nats://127.0.0.1:1" };
  const shown = await runCliInProcess(["fleet", "setup", "--nats", fleet.nats.getServer()], { env });
  assert.match(shown.stdout, /\+ KV_agents: create/, shown.stderr);
});

Deno.test("fleet setup: no agent can empty the bucket by a header of its heartbeat", async () => {
  await using fleet = await startFleet();
  await fleet.run("fleet", "setup", "--apply");
  const { jetstreamManager } = await import("@nats-io/jetstream");
  await (await jetstreamManager(fleet.nats)).streams.update("KV_agents", { allow_rollup_hdrs: true }); // as a bucket has it
  await fleet.run("fleet", "setup", "--apply");
  const { headers } = await import("@nats-io/transport-node");
  const rollup = headers();
  rollup.set("Nats-Rollup", "all");
  await fleet.nats.request("agent.heartbeat.prod-1", JSON.stringify(beat("prod-1")));
  const refused = await fleet.nats.request("agent.heartbeat.prod-2", "{}", { headers: rollup, timeout: 5_000 });
  assert.match(refused.string(), /rollup not permitted/);
  assert.deepEqual((await readFleet(fleet.nats)).entries.map(({ id }) => id), ["prod-1"]);
});

Deno.test("fleet setup: a changed limit is shown as a difference, and set right", async () => {
  await using fleet = await startFleet();
  await fleet.run("fleet", "setup", "--apply");
  const { jetstreamManager } = await import("@nats-io/jetstream");
  const manager = await jetstreamManager(fleet.nats);
  await manager.streams.update("AGENT_EVENTS", { max_msgs_per_subject: 5 });
  const shown = await fleet.run("fleet", "setup");
  assert.match(shown.stdout, /~ AGENT_EVENTS: max_msgs_per_subject 5 -> 10000/);
  await fleet.run("fleet", "setup", "--apply");
  assert.equal((await manager.streams.info("AGENT_EVENTS")).config.max_msgs_per_subject, 10_000);
});

Deno.test("fleet setup: a stream that holds the same subjects is named and left to a person", async () => {
  await using fleet = await startFleet();
  const { jetstreamManager } = await import("@nats-io/jetstream");
  await (await jetstreamManager(fleet.nats)).streams.add({ name: "AGENT", subjects: ["agent.event.*"] });
  const { exitCode, stderr } = await fleet.run("fleet", "setup", "--apply");
  assert.deepEqual([exitCode, /The stream AGENT holds agent\.event\.\* already/.test(stderr)], [1, true], stderr);
});

Deno.test("fleet: without a bucket the error says how to make one", async () => {
  await using fleet = await startFleet();
  const { exitCode, stderr } = await fleet.run("fleet");
  assert.deepEqual([exitCode, /agent fleet setup --apply/.test(stderr)], [69, true], stderr);
});

Deno.test("fleet, history, tail: without JetStream the error says so, and not that a stream is missing", async () => {
  await using server = await startNatsServer();
  for (const args of [["fleet"], ["history"], ["tail", "--last", "1"]]) {
    const { exitCode, stderr } = await runCliInProcess(args, { env: { CENTRAL_ENDPOINT: server.url } });
    assert.deepEqual([exitCode, /: JetStream is off on this server/.test(stderr)], [69, true], stderr);
    assert.doesNotMatch(stderr, /fleet setup/);
  }
});

Deno.test("fleet: an empty bucket is an empty fleet, in words", async () => {
  await using fleet = await startFleet();
  await fleet.run("fleet", "setup", "--apply");
  assert.equal(
    (await fleet.run("ls")).stdout,
    "No agent is known here; one that runs is listed from its next heartbeat on\n",
  );
});

Deno.test("fleet: registrations and heartbeats become rows; a body of another cluster is counted, not believed", async () => {
  await using fleet = await startFleet();
  await fleet.run("fleet", "setup", "--apply");
  fleet.say("agent.register.prod-1", register("prod-1", { cluster_name: "shop", provider: "eks" }));
  fleet.say("agent.heartbeat.prod-1", beat("prod-1", { faults_1h: { critical: 1, high: 2, medium: 0, low: 4 } }));
  for (const instance of ["a", "b", "a"]) fleet.say("agent.heartbeat.prod-2", beat("prod-2", { instance }));
  fleet.say("agent.heartbeat.prod-3", beat("prod-1")); // forged
  await fleet.nats.flush();
  const { stdout } = await fleet.run("fleet", "-o", "json");
  const { clusters, unreadable } = JSON.parse(stdout);
  assert.deepEqual(clusters.map(({ id, name, state }: Record<string, unknown>) => [id, name, state]), [
    ["prod-1", "shop", "fresh"],
    ["prod-2", null, "duplicate"],
  ]);
  assert.deepEqual([unreadable, clusters[0].faults_1h.high, clusters[1].faults_1h], [1, 2, null]);
  const text = (await fleet.run("fleet", "--selector", "provider=eks")).stdout;
  assert.match(text, /prod-1 +shop +eks +- +1\.2\.3 +fresh +0s +1 +2 +0 +4 +2/);
  assert.match(text, /1 cluster: 1 fresh; oldest beat 0s ago; 1 message that is none of its subject's/);
  const none = (await fleet.run("fleet", "--selector", "provider=gke")).stdout;
  assert.match(none, /^None of the 2 agents known here matches; 1 message /);
});

Deno.test("fleet --watch outlives a restart of NATS: it says so, and prints what changes afterwards, once", async () => {
  await using server = await startNatsServer({ jetstream: true });
  await runCliInProcess(["fleet", "setup", "--apply", "--nats", server.url], { env: {} });
  const beatOnce = async (id: string) => {
    const nats = await connect({ servers: server.url });
    await nats.request(`agent.heartbeat.${id}`, JSON.stringify(beat(id, { interval_seconds: 600 })));
    await nats.close();
  };
  await beatOnce("prod-1");
  const stop = new AbortController();
  let [stdout, stderr] = ["", ""];
  const running = runCli(["fleet", "--watch", "-o", "ndjson", "--nats", server.url], {
    stdout: { write: (text: string | Uint8Array) => (stdout += String(text)).length > 0 },
    stderr: { write: (text: string | Uint8Array) => (stderr += String(text)).length > 0 },
    stdin: Object.assign(Readable.from([""]), { isTTY: false }),
    env: {},
    signal: stop.signal,
    endInOrder: () => {},
  });
  await eventually("the first look", () => stdout.includes("prod-1"));
  await server.restart();
  await eventually("it is back", () => /NATS has gone; connecting again\nNATS is back\n/.test(stderr), 30_000);
  await beatOnce("prod-2");
  await eventually("what is new is shown", () => stdout.includes("prod-2"));
  stop.abort();
  assert.equal(await running, 0);
  const ids = stdout.trim().split("\n").map((line) => JSON.parse(line).id);
  assert.deepEqual(ids, ["prod-1", "prod-2"], stdout);
});

Deno.test("fleet: one cluster is looked up by its whole id, without a bucket as well", async () => {
  await using fleet = await startFleet();
  assert.equal(await isInFleet(fleet.nats, "prod-1"), false, "there is no bucket");
  await fleet.run("fleet", "setup", "--apply");
  fleet.say("agent.heartbeat.prod-1", beat("prod-1"));
  await fleet.nats.flush();
  const known = await Promise.all(
    ["prod-1", "prod", "prod-2", "*", "prod-*", ">"].map((id) => isInFleet(fleet.nats, id)),
  );
  assert.deepEqual(known, [true, false, false, false, false, false]);
});

Deno.test("fleet: another layout of subjects gives the same keys", async () => {
  await using fleet = await startFleet("aetherius.agent.{cluster_id}.{kind}");
  await fleet.run("fleet", "setup", "--apply");
  fleet.say("aetherius.agent.prod-1.heartbeat", beat("prod-1"));
  await fleet.nats.flush();
  const { entries } = await readFleet(fleet.nats);
  assert.deepEqual(entries.map(({ id, beat }) => [id, beat?.value.status]), [["prod-1", "healthy"]]);
});

const event = (cluster: string, fields: object) => ({
  id: crypto.randomUUID(),
  cluster_id: cluster,
  type: "k8s_event",
  source: "kubernetes",
  namespace: "shop",
  severity: "high",
  reason: "Failed",
  message: "m",
  timestamp: new Date().toISOString(),
  reported_at: new Date().toISOString(),
  labels: { kind: "Pod", name: "web-1" },
  raw_data: {},
  rule: "image.pull.unreachable",
  ...fields,
});

Deno.test("history: the stream's events by cluster, severity, rule and reason; counts by rule; forged ones left out", async () => {
  await using fleet = await startFleet();
  await fleet.run("fleet", "setup", "--apply");
  fleet.say("agent.event.prod-1", event("prod-1", { message: "one" }));
  fleet.say("agent.event.prod-1", event("prod-1", { message: "two", severity: "low", rule: "probe.failed" }));
  fleet.say("agent.event.prod-2", event("prod-2", { message: "three", reason: "BackOff" }));
  fleet.say("agent.event.prod-2", event("prod-1", { message: "forged" }));
  await fleet.nats.flush();
  const messages = async (...args: string[]) =>
    (await fleet.run("history", "-o", "ndjson", ...args)).stdout.trim().split("\n").filter(Boolean)
      .map((line) => JSON.parse(line).message);
  assert.deepEqual(await messages(), ["one", "two", "three"]);
  assert.deepEqual(await messages("--cluster", "prod-1"), ["one", "two"]);
  assert.deepEqual(await messages("--severity", "high"), ["one", "three"]);
  assert.deepEqual(await messages("--rule", "image.*"), ["one", "three"]);
  assert.deepEqual(await messages("--reason", "Back*"), ["three"]);
  assert.deepEqual(await messages("--limit", "1"), ["three"]);
  assert.deepEqual(await messages("--since", "2020-01-01", "--until", "2020-01-02"), []);
  const grouped = await fleet.run("history", "--group-by", "rule");
  assert.equal(grouped.stdout, "       2  image.pull.unreachable\n       1  probe.failed\n");
  assert.match((await fleet.run("history")).stderr, /1 events that name another cluster than their subject/);
});

Deno.test("fleet, history: no line is wider than the terminal, and -o wide shows all of it", async () => {
  await using fleet = await startFleet();
  await fleet.run("fleet", "setup", "--apply");
  const id = "k8s-7f3b1a52-9c0d-4e8e-b1a4-0d7c5f9e2b66";
  fleet.say(`agent.register.${id}`, register(id, { cluster_name: "payments-frankfurt", region: "europe-west3" }));
  fleet.say(`agent.heartbeat.${id}`, beat(id, { faults_1h: { critical: 1, high: 2, medium: 0, low: 4 } }));
  fleet.say("agent.heartbeat.prod", beat("prod"));
  fleet.say(`agent.event.${id}`, event(id, { message: "words of a message ".repeat(10) }));
  await fleet.nats.flush();
  const groups = ["history", "--group-by"];
  for (const args of [["fleet"], ["history"], [...groups, "rule"], [...groups, "cluster"]]) {
    for (const columns of [50, 80, 120]) {
      const widest = (await fleet.see(columns, ...args)).toSorted((a, b) => b.length - a.length)[0] ?? "";
      assert.ok(widest.length <= columns, `${args.join(" ")} at ${columns}: ${widest}`);
    }
  }
  const [head, row] = await fleet.see(80, "fleet");
  assert.match(head ?? "", /^CLUSTER +NAME +VERSION +STATE +BEAT +CRIT +HIGH +MED +/);
  assert.match(row ?? "", /^k8s-7f3b1a52 +payment\S+ +1\.2\.3 +fresh /);
  assert.match((await fleet.see(80, "fleet")).join(" "), /-o wide shows PROVIDER, REGION/);
  assert.match((await fleet.see(80, "history"))[0] ?? "", / k8s-7f3b1a52 shop\/Pod\/web-1 /);
  assert.ok((await fleet.see(80, "fleet", "-o", "wide"))[1]?.includes(`${id}  payments-frankfurt  -         europe`));
});

Deno.test("history: without a stream the error says how to make one, and how to name another", async () => {
  await using fleet = await startFleet();
  const { exitCode, stderr } = await fleet.run("history");
  assert.deepEqual([exitCode, /agent fleet setup --apply.*--stream/.test(stderr)], [69, true], stderr);
});

Deno.test("history: a time that ends before it begins is bad usage, and filters that leave nothing are told of", async () => {
  await using fleet = await startFleet();
  await fleet.run("fleet", "setup", "--apply");
  const turned = await fleet.run("history", "--since", "1h", "--until", "2h");
  assert.deepEqual([turned.exitCode, /--since is not before --until/.test(turned.stderr)], [2, true], turned.stderr);
  assert.equal((await fleet.run("history")).stderr, "Nothing was reported in that time\n");
  const filtered = await fleet.run("history", "--cluster", "nowhere");
  assert.equal(filtered.stderr, "Nothing that matches was reported in that time\n");
});
