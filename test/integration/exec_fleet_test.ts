import assert from "node:assert/strict";
import { connect, type Msg } from "@nats-io/transport-node";
import { startNatsServer } from "../../sandbox/nats_server.ts";
import { runCliInProcess } from "../support/run_cli_in_process.ts";

const METRICS = { event_queue_size: 0, metrics_queue_size: 0, command_queue_size: 0, uptime_seconds: 1 };

/** What the agent of a cluster does with a command; `null`: it beats, and nobody listens for commands. */
type Agent = ((message: Msg, cluster: string, id: string) => void) | null;

const result = (cluster: string, id: string, fields: object) =>
  JSON.stringify({
    command_id: id,
    cluster_id: cluster,
    status: "success",
    output: "",
    error: "",
    exit_code: 0,
    duration: 1,
    execution_time: 1,
    truncated: false,
    timestamp: new Date().toISOString(),
    ...fields,
  });

const succeeds: Agent = (message, cluster, id) => message.respond(result(cluster, id, { output: "v1.36\n" }));
const hangs: Agent = () => {};
const forges: Agent = (message, _cluster, id) => message.respond(result("prod-1", id, { output: "forged\n" }));
const refuses: Agent = (message, cluster, id) =>
  message.respond(result(cluster, id, {
    status: "failed",
    refusal: { layer: "verb", code: "unknown_verb", reason: "no such verb" },
  }));
const fails: Agent = (message, cluster, id) =>
  message.respond(result(cluster, id, { status: "failed", exit_code: 3, error: "broken\n" }));

async function startClusters(agents: Readonly<Record<string, Agent>>) {
  const server = await startNatsServer({ jetstream: true });
  const nats = await connect({ servers: server.url });
  const run = (...args: string[]) => runCliInProcess(args, { env: { CENTRAL_ENDPOINT: server.url } });
  await run("fleet", "setup", "--apply");
  const received: string[] = [];
  for (const [cluster, agent] of Object.entries(agents)) {
    const info = {
      cluster_id: cluster,
      cluster_name: `name-of-${cluster}`,
      version: "1",
      start_time: "",
      capabilities: [],
    };
    nats.publish(`agent.register.${cluster}`, JSON.stringify(info));
    nats.publish(
      `agent.heartbeat.${cluster}`,
      JSON.stringify({ cluster_id: cluster, timestamp: new Date().toISOString(), status: "healthy", metrics: METRICS }),
    );
    if (agent === null) continue;
    nats.subscribe(`agent.command.${cluster}`, {
      callback: (_error, message) => {
        received.push(cluster);
        agent(message, cluster, message.json<{ id: string }>().id);
      },
    });
  }
  await nats.flush();
  return {
    run,
    received,
    async [Symbol.asyncDispose]() {
      await nats.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

Deno.test("exec --all: equal answers are folded; hung, forging, refusing, failing and absent clusters are told apart", async () => {
  await using fleet = await startClusters({
    "prod-1": succeeds,
    "prod-2": succeeds,
    "prod-3": hangs,
    "prod-4": forges,
    "prod-5": refuses,
    "prod-6": fails,
    "prod-7": null,
  });
  const { exitCode, stdout, stderr } = await fleet.run(
    "exec",
    "--all",
    "--timeout",
    "300ms",
    "--",
    "kubectl",
    "version",
  );
  assert.equal(exitCode, 1);
  assert.equal(
    stdout,
    "# 2 clusters: prod-1, prod-2\nv1.36\n" +
      "# 1 cluster failed: prod-6\nbroken\n" +
      "# 1 cluster refused: prod-5\nrefused by the verb layer (unknown_verb): no such verb\n" +
      "# 1 cluster silent: prod-3\nno answer in time\n" +
      "# 1 cluster silent: prod-4\nwhat answered says that it is prod-1; left out\n" +
      "# 1 cluster unreached: prod-7\nno agent listens\n",
  );
  assert.match(stderr, /7 asked, 2 succeeded, 1 failed, 1 refused, 2 silent, 1 unreached/);
});

const EXITS: readonly { name: string; agents: Readonly<Record<string, Agent>>; want: number }[] = [
  { name: "all succeeded", agents: { a: succeeds, b: succeeds }, want: 0 },
  { name: "some did not", agents: { a: succeeds, b: fails }, want: 1 },
  { name: "none was reached", agents: { a: null, b: null }, want: 69 },
  { name: "all refused", agents: { a: refuses, b: refuses }, want: 77 },
  { name: "there is no cluster", agents: {}, want: 69 },
];

for (const { name, agents, want } of EXITS) {
  Deno.test(`exec --all: it ends with ${want} when ${name}`, async () => {
    await using fleet = await startClusters(agents);
    assert.equal((await fleet.run("exec", "--all", "--timeout", "2s", "--", "kubectl", "version")).exitCode, want);
  });
}

Deno.test("exec --selector: only clusters that fit are asked, a line of JSON each, and a summary last", async () => {
  await using fleet = await startClusters({ "eu-1": succeeds, "eu-2": succeeds, "us-1": succeeds });
  const { stdout } = await fleet.run("exec", "--selector", "id=eu-*", "-o", "ndjson", "--", "kubectl", "version");
  const lines = stdout.trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.slice(0, 2).map(({ cluster, outcome }) => [cluster, outcome]).toSorted(), [
    ["eu-1", "succeeded"],
    ["eu-2", "succeeded"],
  ]);
  assert.deepEqual(lines[2].summary.asked, 2);
  assert.deepEqual(fleet.received.toSorted(), ["eu-1", "eu-2"]);
});

Deno.test("exec --fail-fast: nobody is asked after the first that failed", async () => {
  await using fleet = await startClusters({ a: fails, b: succeeds, c: succeeds });
  await fleet.run("exec", "--all", "--fail-fast", "--concurrency", "1", "--", "kubectl", "version");
  assert.deepEqual(fleet.received, ["a"]);
});

Deno.test("exec: a cluster may be given by a prefix or its name; several that fit are listed", async () => {
  await using fleet = await startClusters({ "prod-eu-1": succeeds, "prod-us-1": succeeds });
  assert.equal((await fleet.run("exec", "prod-e", "--", "kubectl", "version")).stdout, "v1.36\n");
  assert.equal((await fleet.run("exec", "name-of-prod-us-1", "--", "kubectl", "version")).stdout, "v1.36\n");
  assert.deepEqual(fleet.received, ["prod-eu-1", "prod-us-1"]);
  const { exitCode, stderr } = await fleet.run("exec", "prod", "--", "kubectl", "version");
  assert.deepEqual([exitCode, /matches 2 clusters: prod-eu-1, prod-us-1/.test(stderr)], [2, true], stderr);
});
