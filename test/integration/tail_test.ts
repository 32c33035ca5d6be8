import assert from "node:assert/strict";
import { connect } from "@nats-io/transport-node";
import { runTail, type TailOptions } from "../../cli/action/tail.ts";
import type { CliContext } from "../../cli/cli_context.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { type NatsServer, startNatsServer } from "../../sandbox/nats_server.ts";
import { runCliInProcess } from "../support/run_cli_in_process.ts";

/** `agent tail` at a terminal of so many columns, or in a pipe. */
async function startTail(
  server: NatsServer,
  { columns, options = {} }: { readonly columns?: number; readonly options?: Partial<TailOptions> } = {},
) {
  const stop = new AbortController();
  const out: string[] = [];
  const err: string[] = [];
  const context: CliContext = {
    env: { CENTRAL_ENDPOINT: server.url, NO_COLOR: "1" },
    stdout: {
      ...(columns === undefined ? {} : { isTTY: true, columns }),
      write: (text) => out.push(text) > 0,
    },
    stderr: { write: (text) => err.push(text) > 0 },
    stdin: Object.assign((async function* () {})(), { isTTY: false }),
    signal: stop.signal,
    setExitCode: () => {},
    endInOrder: () => {},
  };
  const running = runTail(context, { output: "text", incidents: false, flags: [], ...options });
  running.catch(() => {});
  await eventually("it listens", () => err.join("").includes("Listening on"));
  const central = await connect({ ...accountOf(server.url), maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  return {
    central,
    stdout: () => out.join(""),
    stderr: () => err.join(""),
    running,
    say: (subject: string, body: object) => central.publish(subject, JSON.stringify(body)),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
      await central.close();
    },
  };
}

/** The library takes no user in an address. */
function accountOf(url: string) {
  const { username, password } = new URL(url);
  const servers = url.replace(/\/\/.*@/, "//");
  return username === "" ? { servers } : { servers, user: username, pass: password };
}

let number = 0;
const event = (fields: object = {}) => ({
  id: `id-${number++}`,
  cluster_id: "prod",
  type: "k8s_event",
  source: "kubernetes",
  namespace: "shop",
  severity: "high",
  reason: "Failed",
  message: "Failed to pull image",
  timestamp: new Date().toISOString(),
  reported_at: new Date().toISOString(),
  labels: { kind: "Pod", name: "web-1" },
  raw_data: {},
  rule: "image.pull.unreachable",
  ...fields,
});
const beat = (id: string, fields: object = {}) => ({ cluster_id: id, status: "healthy", ...fields });

/** Publishes until the tail shows it: a subscription is in place somewhat later than the word that it listens. */
async function settled(tail: Awaited<ReturnType<typeof startTail>>) {
  await eventually("it is subscribed", () => {
    tail.say("agent.event.prod", event({ message: "ping", reason: `Ping${number}` }));
    return tail.stdout().includes("ping");
  });
}

Deno.test("tail at a terminal: every line fits its columns, whatever is written, and the zone is named once", async () => {
  await using server = await startNatsServer();
  await using tail = await startTail(server, { columns: 100 });
  await settled(tail);
  const name = `web-${"7d9f".repeat(20)}-end`;
  tail.say("agent.event.prod", event({ message: "long ".repeat(100), labels: { kind: "Pod", name } }));
  tail.say("agent.event.prod", event({ message: "一二三四五".repeat(50), reason: "Wide", severity: "critical" }));
  await eventually("both are shown", () => /Wide/.test(tail.stdout()));
  const lines = tail.stdout().trimEnd().split("\n");
  // Each of these takes two columns.
  const width = (line: string) => [...line].reduce((sum, one) => sum + (/[一二三四五]/.test(one) ? 2 : 1), 0);
  assert.deepEqual(lines.filter((line) => width(line) > 100), []);
  assert.match(tail.stdout(), /high {5}prod .*shop\/Pod\/web-.*…\S*-end Failed: long long .*…\n/);
  assert.match(tail.stderr(), /times are in /);
});

Deno.test("tail in a pipe: nothing is cut or folded", async () => {
  await using server = await startNatsServer();
  await using tail = await startTail(server);
  await settled(tail);
  for (let count = 0; count < 50; count++) tail.say("agent.event.prod", event({ message: "same ".repeat(50) + "end" }));
  await eventually("all are shown", () => tail.stdout().match(/same end/g)?.length === 50);
});

Deno.test("tail: namespace, rule, reason and severity choose; a cluster may be named by a prefix", async () => {
  await using server = await startNatsServer({ jetstream: true });
  const env = { CENTRAL_ENDPOINT: server.url };
  await runCliInProcess(["fleet", "setup", "--apply"], { env });
  const nats = await connect({ servers: server.url });
  nats.publish(
    "agent.heartbeat.prod-us-west-2",
    JSON.stringify({
      ...beat("prod-us-west-2"),
      timestamp: new Date().toISOString(),
      metrics: { event_queue_size: 0, metrics_queue_size: 0, command_queue_size: 0, uptime_seconds: 1 },
    }),
  );
  await nats.flush();
  await nats.close();
  const options = { cluster: "prod-us", namespace: "sh*", rule: "image.*", reason: "Fail*", severity: "high" } as const;
  await using tail = await startTail(server, { options });
  assert.match(tail.stderr(), /Listening on agent\.event\.prod-us-west-2, /);
  const here = { cluster_id: "prod-us-west-2" };
  await eventually("what fits is shown", () => {
    tail.say("agent.event.prod-us-west-2", event({ ...here, message: "no1", namespace: "other" }));
    tail.say("agent.event.prod-us-west-2", event({ ...here, message: "no2", rule: "probe.failed" }));
    tail.say("agent.event.prod-us-west-2", event({ ...here, message: "no3", reason: "BackOff" }));
    tail.say("agent.event.prod-us-west-2", event({ ...here, message: "no4", severity: "low" }));
    tail.say("agent.event.prod-us-west-2", event({ ...here, message: "yes" }));
    return tail.stdout().includes("yes");
  });
  assert.ok(!/no\d/.test(tail.stdout()), tail.stdout());
});

Deno.test("tail: --last and --since begin with the past, and nothing is shown twice where it meets the present", async () => {
  await using server = await startNatsServer({ jetstream: true });
  await runCliInProcess(["fleet", "setup", "--apply"], { env: { CENTRAL_ENDPOINT: server.url } });
  const nats = await connect({ servers: server.url });
  for (let count = 1; count <= 5; count++) {
    nats.publish("agent.event.prod", JSON.stringify(event({ message: `past ${count}.` })));
  }
  await nats.flush();
  await nats.close();
  const shown = (text: string) => text.match(/past \d/g)?.join(",");
  await using last = await startTail(server, { options: { last: 2 } });
  await settled(last);
  assert.equal(shown(last.stdout()), "past 4,past 5");
  await using since = await startTail(server, { options: { since: Date.now() - 60_000, output: "json" } });
  await eventually("the past is shown", () => shown(since.stdout()) === "past 1,past 2,past 3,past 4,past 5");
});

Deno.test("tail: without a stream, --last says how to make one", async () => {
  await using server = await startNatsServer({ jetstream: true });
  const run = await runCliInProcess(["tail", "--last", "5"], { env: { CENTRAL_ENDPOINT: server.url } });
  assert.deepEqual([run.exitCode, /agent fleet setup --apply/.test(run.stderr)], [69, true], run.stderr);
  assert.doesNotMatch(run.stderr, /Listening/);
});

Deno.test("tail: a quiet while is told, with the agents that beat, those that fell silent, or that nobody is there", async () => {
  await using server = await startNatsServer();
  await using tail = await startTail(server, { options: { quietMs: 400 } });
  await eventually("nobody is there", () => /no agent is heard on agent\.heartbeat\.\*: is one/.test(tail.stderr()));
  await eventually("the agents are counted", () => {
    for (const id of ["a", "b", "c"]) tail.say(`agent.heartbeat.${id}`, beat(id));
    return /Nothing to show for \d+ s; 3 agents alive, last beat \d s ago\n/.test(tail.stderr());
  });
});

Deno.test("tail outlives a restart of NATS: it says so, connects again, and shows what comes then", async () => {
  await using server = await startNatsServer();
  await using tail = await startTail(server);
  await settled(tail);
  await server.restart();
  await eventually(
    "it is back",
    () => /NATS has gone .*\nNATS is back after \d+ s; .*agent history/.test(tail.stderr()),
  );
  await eventually("what comes then is shown", () => {
    tail.say("agent.event.prod", event({ message: "afterwards" }));
    return tail.stdout().includes("afterwards");
  });
});

Deno.test("tail with the past asked for fills the gap of a restart from the stream", async () => {
  await using server = await startNatsServer({ jetstream: true });
  await runCliInProcess(["fleet", "setup", "--apply"], { env: { CENTRAL_ENDPOINT: server.url } });
  await using tail = await startTail(server, { options: { last: 1 } });
  await settled(tail);
  await server.restart();
  // Published before the tail is back, which waits half a second at least.
  const nats = await connect({ servers: server.url });
  nats.publish("agent.event.prod", JSON.stringify(event({ message: "meanwhile" })));
  await nats.flush();
  await nats.close();
  await eventually("the gap is filled", () => tail.stdout().includes("meanwhile"));
});

Deno.test("tail at a terminal: 200 different events a second become a few lines that count all of them", async () => {
  await using server = await startNatsServer();
  await using tail = await startTail(server, { columns: 160 });
  await settled(tail);
  const before = tail.stdout().split("\n").length;
  const from = performance.now();
  for (let count = 0; count < 600; count++) {
    tail.say("agent.event.prod", event({ message: `m${count}`, labels: { kind: "Pod", name: `web-${count}` } }));
  }
  await eventually("all are counted", () => {
    const lines = tail.stdout().split("\n").slice(before - 1);
    const alone = lines.filter((line) => / Failed: m\d+/.test(line)).length;
    const folded = lines.map((line) => Number(/ Failed: (\d+) more, [\d.]+\/s, last Pod/.exec(line)?.[1] ?? 0));
    return alone + folded.reduce((sum, one) => sum + one, 0) === 600;
  });
  const seconds = (performance.now() - from) / 1000;
  const lines = tail.stdout().split("\n").length - before;
  assert.ok(lines <= 31 * Math.ceil(seconds + 1), `${lines} lines in ${seconds.toFixed(1)} s`);
});

Deno.test("tail by a user who may hear events alone: it shows them, and says that of agents it knows nothing", async () => {
  await using server = await startNatsServer({
    config:
      'authorization {users: [{user: all, password: p}, {user: ann, password: p, permissions: {subscribe: ["agent.event.*", "_INBOX.>"]}}]}',
  });
  const url = (user: string) => server.url.replace("//", `//${user}:p@`);
  const reader = { ...server, url: url("ann") };
  await using tail = await startTail(reader, { columns: 100, options: { quietMs: 300 } });
  const central = await connect({ servers: server.url, user: "all", pass: "p" });
  try {
    await eventually("an event is shown", () => {
      central.publish("agent.event.prod", JSON.stringify(event({ message: "heard", reason: `Heard${number}` })));
      return tail.stdout().includes("heard");
    });
    await eventually(
      "what it may not hear is said",
      () =>
        /whether agents are alive is not known: this user may not subscribe to agent\.heartbeat/.test(tail.stderr()),
    );
    assert.ok(!/no agent is heard/.test(tail.stderr()), tail.stderr());
  } finally {
    await central.close();
  }
});
