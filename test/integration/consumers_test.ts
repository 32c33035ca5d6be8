import "../support/ignore_stray_socket_errors.ts";
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { gunzipSync } from "node:zlib";
import { jetstreamManager } from "@nats-io/jetstream";
import { headers } from "@nats-io/transport-node";
import { Ajv } from "ajv";
import * as z from "zod";
import { type SandboxApi, startSandboxApi } from "../../sandbox/api/sandbox_api.ts";
import { type Child, startChild } from "../../sandbox/child_process.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { startNatsServer } from "../../sandbox/nats_server.ts";
import { runTool, runToolOrFail } from "../../sandbox/run_tool.ts";
import { createTempDir, type TempDir } from "../../sandbox/temp_dir.ts";
import { errorMessage } from "../../src/lifecycle/errors.ts";
import { objectOf } from "../../src/inventory/json_field.ts";
import { type Event, eventSchema } from "../../src/wire/event.ts";
import { type CollectedMessage, collectNats, type NatsCollector } from "../support/collect_nats.ts";
import { putNode, putPod } from "../support/metrics_rig.ts";
import { podShape, running, terminated, waiting } from "../support/object_shapes.ts";
import { PROGRAM } from "../support/program_under_test.ts";
import { headersIn, parseContractDocument, readContractText } from "../support/read_contract_document.ts";
import { runCliInProcess } from "../support/run_cli_in_process.ts";

// examples/consumers, each on the same streams of a real agent: they must see the same.

const EXAMPLES = new URL("../../examples/consumers/", import.meta.url).pathname;
const LIMIT_MS = 60_000;
/** Beside the three that a sandbox API server has. */
const NAMESPACES = 60;
const KILLED = "web-6c9f7d5b8-2ptz5";

/** A pod after its death, as the kubelet writes it: still down, or up again. */
function putKilledPod({ store }: SandboxApi, isUp: boolean): void {
  const ready = isUp ? "True" : "False";
  const pod = podShape({
    conditions: { Ready: ready, ContainersReady: ready },
    containers: [{
      restartCount: 1,
      ready: isUp,
      state: isUp ? running(new Date().toISOString()) : waiting("CrashLoopBackOff"),
      lastState: terminated("OOMKilled", 137, { finishedAt: new Date().toISOString() }),
    }],
  });
  store.put("pods", { ...pod, metadata: { ...objectOf(pod.metadata), namespace: "shop", name: KILLED } });
}

/** A message as JSON, unpacked. */
function jsonOf({ bytes, headers }: CollectedMessage): Record<string, unknown> {
  const body = headers["Content-Encoding"] === "gzip" ? gunzipSync(bytes) : bytes;
  return z.record(z.string(), z.unknown()).parse(JSON.parse(new TextDecoder().decode(body)));
}

/** Runs the agent until the streams hold a fault with its end, and a metrics report in parts; returns the fault. */
async function fillStreams(api: SandboxApi, url: string, collector: NatsCollector, dir: TempDir): Promise<Event> {
  const config = {
    central_endpoint: url,
    cluster_id: "prod",
    nats: { delivery: "jetstream", compression: { algorithm: "gzip", min_bytes: 128 } },
    enable_commands: false,
    health_port: 0,
    metrics_interval: "2m",
    objects: { rules: [{ id: "oom.container.killed", hold: "1s" }, { id: "crash.container.loop", ignore: true }] },
  };
  await writeFile(dir.file("config.yaml"), JSON.stringify(config));
  putKilledPod(api, false);
  await using agent = await startChild({
    command: PROGRAM.command,
    args: [...PROGRAM.args, "run", "--config", dir.file("config.yaml")],
    env: api.env,
    logFile: dir.file("agent.log"),
  });
  const until = <T>(what: string, look: () => T | undefined) =>
    eventually<T>(what, () => {
      if (!agent.running()) throw new Error("it has ended");
      return look();
    }, LIMIT_MS).catch(async (error) => {
      throw new Error(`${errorMessage(error)}; the agent: ${(await agent.log()).slice(-2_000)}`);
    });
  const all = (kind: string) => collector.on(`agent.${kind}.prod`).map(jsonOf);
  const fault = await until("the fault", () => all("event").find(({ rule }) => rule === "oom.container.killed"));
  putKilledPod(api, true);
  await until("its end", () => all("update").some(({ kind }) => kind === "resolved"));
  await until("all parts", () => {
    const parts = collector.on("agent.metrics.prod").map(({ headers }) => headers["Agent-Part"] ?? "1/1");
    return parts.length > 1 && parts.length === Number(parts[0]?.split("/")[1]);
  });
  return eventSchema.parse(fault);
}

/** What an agent says seldom, and what should not be there: a copy, another's name, a batch, an end that was missed. */
async function addRarities({ connection }: NatsCollector, fault: Event): Promise<void> {
  const say = (kind: string, value: object, more: Record<string, string> = {}) => {
    const made = headers();
    for (const [name, text] of Object.entries(more)) made.set(name, text);
    connection.publish(`agent.${kind}.prod`, JSON.stringify(value), { headers: made });
  };
  const at = new Date(Date.now() + 1_000).toISOString();
  const lost = { ...fault, id: "lost", reason: "Lost", incident: { ...fault.incident, id: "lost-incident" } };
  say("event", fault);
  say("event", { ...fault, id: "forged", cluster_id: "other" });
  const batch = [lost, { ...fault, id: "later", reason: "Later" }].map((event) => JSON.stringify(event)).join("\n");
  const type = headers();
  type.set("Content-Type", "application/x-ndjson");
  connection.publish("agent.events.prod", `${batch}\n`, { headers: type });
  const list = { cluster_id: "prod", kind: "open", timestamp: at, parts: 2 };
  const held = { incident_id: fault.incident?.id, incident_key: "k", family: "run", reports: 1, opened_at: at };
  say("update", {
    ...list,
    id: "list-1",
    part: 1,
    incidents: [{ ...held, namespace: "shop", severity: "high", object: {} }],
  });
  say("update", { ...list, id: "list-2", part: 2, incidents: [] });
  await connection.flush();
}

interface Example {
  readonly language: string;
  /** Whether what it needs is there. */
  readonly found: boolean;
  /** Builds it where that is needed, and returns how to start it. */
  prepare(dir: TempDir): Promise<readonly string[]>;
}

const works = (command: string, ...args: string[]) =>
  runTool(command, args).then(({ code }) => code === 0, () => false);
const ROOT_CONFIG = new URL("../../deno.json", import.meta.url).pathname;

const LANGUAGES: readonly Example[] = [
  {
    language: "typescript",
    found: true,
    prepare: () =>
      Promise.resolve([process.execPath, "run", "-A", "--config", ROOT_CONFIG, `${EXAMPLES}typescript/consumer.ts`]),
  },
  {
    language: "go (needs Go)",
    found: await works("go", "version"),
    async prepare(dir) {
      const cwd = `${EXAMPLES}go`;
      await runToolOrFail("go", ["vet", "./..."], { cwd });
      await runToolOrFail("go", ["build", "-o", dir.file("consumer"), "."], { cwd });
      assert.equal(await runToolOrFail("gofmt", ["-l", "."], { cwd }), "");
      return [dir.file("consumer")];
    },
  },
  {
    language: "python (needs python3 with nats-py)",
    found: await works("python3", "-c", "import nats"),
    prepare: () => Promise.resolve(["python3", `${EXAMPLES}python/consumer.py`]),
  },
];

/** Starts a consumer, waits until it has acknowledged everything, ends it, and returns what it printed. */
async function consume(
  [command = "", ...args]: readonly string[],
  url: string,
  dir: TempDir,
  collector: NatsCollector,
) {
  const logFile = dir.file("consumer.log");
  await writeFile(logFile, "");
  const manager = await jetstreamManager(collector.connection);
  const isThrough = async (stream: string) => {
    const consumers = await Array.fromAsync(manager.consumers.list(stream));
    return consumers.length > 0 && consumers.every((one) => one.num_pending + one.num_ack_pending === 0);
  };
  await using child: Child = await startChild({ command, args, env: { NATS_URL: url }, logFile });
  await eventually("it has acknowledged everything", async () => {
    if (!child.running()) throw new Error(`it ended: ${await child.log()}`);
    return await isThrough("AGENT_EVENTS") && await isThrough("AGENT_METRICS");
  }, LIMIT_MS);
  const { code } = await child.stop();
  assert.equal(code, 0, await child.log());
  for (const stream of ["AGENT_EVENTS", "AGENT_METRICS"]) {
    for await (const { name } of manager.consumers.list(stream)) await manager.consumers.delete(stream, name);
  }
  return (await readFile(logFile, "utf8")).trimEnd().split("\n");
}

Deno.test("consumers: each sees a fault with its incident, end and evidence, a report in parts, and nothing twice", async (t) => {
  await using nats = await startNatsServer({ jetstream: true, config: "max_payload: 8192" });
  await using api = await startSandboxApi();
  await using dir = await createTempDir("consumers");
  await using collector = await collectNats(nats.url, ["agent.>"]);
  for (let index = 0; index < 3; index++) putNode(api.store, `node-${index}`);
  for (let index = 1; index <= NAMESPACES; index++) {
    api.store.put("namespaces", { metadata: { name: `team-${index}-${"x".repeat(40)}` }, status: { phase: "Active" } });
    putPod(api.store, "web", "Running", 0, `team-${index}-${"x".repeat(40)}`);
  }
  const { exitCode, stderr } = await runCliInProcess(["fleet", "setup", "--apply"], {
    env: { CENTRAL_ENDPOINT: nats.url },
  });
  assert.equal(exitCode, 0, stderr);
  const fault = await fillStreams(api, nats.url, collector, dir);
  await t.step("consumers: what the agent sent fits docs/asyncapi.yaml", async () => {
    const document = await parseContractDocument(await readContractText());
    const messages = document.messages().all();
    const ajv = new Ajv({ strict: false, validateFormats: false });
    for (const kind of ["register", "heartbeat", "event", "metrics", "update"]) {
      const schema = messages.find((message) => message.id() === kind)?.payload()?.json();
      const fits = ajv.compile(z.record(z.string(), z.unknown()).parse(schema));
      const sent = collector.on(`agent.${kind}.prod`).map(jsonOf);
      assert.ok(sent.length > 0, kind);
      const headers = collector.on(`agent.${kind}.prod`).flatMap(({ headers }) => Object.keys(headers));
      assert.deepEqual(headers.filter((name) => !headersIn(document, kind).has(name)), [], kind);
      for (const json of sent) assert.equal(fits(json), true, `${kind}: ${JSON.stringify(fits.errors)}`);
      assert.equal(fits({ ...sent[0], cluster_id: 1 }), false, kind);
    }
  });
  await addRarities(collector, fault);

  for (const { language, found, prepare } of LANGUAGES) {
    await t.step({
      name: `consumers: ${language}`,
      ignore: !found,
      async fn() {
        const lines = await consume(await prepare(dir), nats.url, dir, collector);
        const id = fault.incident?.id ?? "";
        const object = `shop/${fault.labels.kind}/${fault.labels.name}`;
        const printed = (kind: string) => lines.filter((line) => line.startsWith(`${kind} `));
        assert.deepEqual(printed("event"), [
          `event prod ${fault.severity} ${object} ${fault.reason}`,
          `event prod ${fault.severity} ${object} Lost`,
          `event prod ${fault.severity} ${object} Later`,
        ]);
        assert.deepEqual(printed("opened").slice(0, 2), [`opened prod ${id} run`, "opened prod lost-incident run"]);
        assert.match(printed("resolved").join("\n"), new RegExp(`^resolved prod ${id} [^\n]*ready[^\n]*$`));
        assert.deepEqual(printed("ended"), ["ended prod lost-incident"]);
        assert.deepEqual(printed("metrics"), [
          `metrics prod 3 nodes, ${NAMESPACES + 1} pods, ${NAMESPACES + 3} namespaces`,
        ]);
        assert.deepEqual(lines.filter((line) => /^agent\.event\.prod.*other|another cluster/.test(line)).length, 1);
      },
    });
  }
});
