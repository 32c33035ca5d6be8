import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { connect } from "@nats-io/transport-node";
import { jetstreamManager } from "@nats-io/jetstream";
import { startSandboxApi } from "../../sandbox/api/sandbox_api.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { startNatsServer } from "../../sandbox/nats_server.ts";
import { runCli } from "../../cli/cli.ts";
import { runCliInProcess } from "../support/run_cli_in_process.ts";
import { runTestAgent } from "../support/run_test_agent.ts";

const KEY = "5f0c6a9be3d21477";
const OPENED_MS = Date.now() - 20 * 60_000;
const ID = `${KEY}-${Math.floor(OPENED_MS / 60_000).toString(36)}`;
const at = (minutes: number) => new Date(OPENED_MS + minutes * 60_000).toISOString();
const CAUSE = {
  kind: "change",
  object: "Deployment/shop/web",
  at: at(-2),
  confidence: "high",
  reason: "every pod affected is of a new template: web-6c8d4f9b7d was made 90 s before; 8 older pods are ready",
};

const event = (minutes: number, reports: number) => ({
  id: `e-${reports}`,
  cluster_id: "prod",
  type: "k8s_event",
  source: "kubernetes",
  namespace: "shop",
  severity: "high",
  reason: "BackOff",
  message: `Back-off restarting failed container app (${reports})`,
  timestamp: at(minutes),
  reported_at: at(minutes),
  labels: {
    kind: "Pod",
    name: "web-6c8d4f9b7d-2ptz5",
    owner_kind: "Deployment",
    owner_name: "web",
    node: "node-6",
    container: "app",
    incident: ID,
  },
  raw_data: { count: reports },
  incident: { id: ID, key: KEY, family: "run", opened_at: at(0), reports },
  ...(reports > 1 ? { caused_by: [CAUSE] } : {}),
});
const update = (kind: string, minutes: number, body: object) => ({
  id: `u-${kind}`,
  cluster_id: "prod",
  kind,
  timestamp: at(minutes),
  incident_id: ID,
  ...body,
});
const EVIDENCE = update("evidence", 1, {
  evidence: { log: "panic: no route to database\ngoroutine 1", container: { exit_code: 2 } },
  omitted: [{ part: "usage", reason: "forbidden" }],
  cost: { requests: 5, bytes: 40_000, duration: 12_000_000 },
  truncated: false,
});
const RESOLVED = update("resolved", 15, {
  incident_key: KEY,
  family: "run",
  namespace: "shop",
  object: { kind: "Deployment", name: "web" },
  severity: "high",
  opened_at: at(0),
  reports: 3,
  ended_at: at(15),
  open_for: 15 * 60 * 1e9,
  by: "objects",
  proof: "10 of 10 pods ready for 10m",
  event_ids: ["e-1"],
});

async function startStream() {
  const server = await startNatsServer({ jetstream: true });
  const env = { CENTRAL_ENDPOINT: server.url };
  const nats = await connect({ servers: server.url });
  await runCliInProcess(["fleet", "setup", "--apply"], { env });
  for (const body of [event(0, 1), event(1, 2), event(2, 3)]) nats.publish("agent.event.prod", JSON.stringify(body));
  for (const body of [EVIDENCE, RESOLVED]) nats.publish("agent.update.prod", JSON.stringify(body));
  await nats.flush();
  const manager = await jetstreamManager(nats);
  await eventually(
    "the stream has all",
    async () => (await manager.streams.info("AGENT_EVENTS")).state.messages === 5 || undefined,
  );
  return {
    env,
    async [Symbol.asyncDispose]() {
      await nats.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

Deno.test("agent incident: it shows causes, the timeline, evidence, the end and what the policy lets one ask next", async () => {
  await using stream = await startStream();
  // What was stored just now opened 20 minutes ago: the id says since when to look.
  const { exitCode, stdout, stderr } = await runCliInProcess(["incident", ID], { env: stream.env });
  assert.equal(exitCode, 0, stderr);
  for (
    const words of [
      `Incident  ${ID}`,
      "About     shop/Deployment/web",
      "after 15m: 10 of 10 pods ready for 10m",
      "Reports   3",
      "Deployment/shop/web (high): every pod affected is of a new template",
      "Back-off restarting failed container app (1)",
      "panic: no route to database",
      "usage: not there (forbidden)",
      "agent exec prod -- kubectl logs web-6c8d4f9b7d-2ptz5 -n shop -c app --previous --tail=100",
      "agent exec prod -- kubectl rollout history deployment/web -n shop",
      "agent exec prod -- kubectl describe node node-6",
    ]
  ) assert.ok(stdout.includes(words), `${words}\n---\n${stdout}`);
});

Deno.test("agent incident: on a terminal no line of the header, the causes and the timeline is wider than it", async () => {
  await using stream = await startStream();
  const { stdout } = await runCliInProcess(["incident", ID], { env: { ...stream.env, NO_COLOR: "1" }, columns: 80 });
  const lines = stdout.slice(0, stdout.indexOf("Evidence of")).split("\n");
  assert.deepEqual(lines.filter((line) => line.length > 80), []);
  assert.match(stdout.replaceAll(/\s+/g, " "), /8 older pods are ready Timeline:/); // a cause is broken, not cut
  const wide = await runCliInProcess(["incident", ID, "-o", "wide"], { env: stream.env, columns: 80 });
  assert.match(wide.stdout, /restarting failed container app \(1\)/);
});

Deno.test("agent incident: a key finds all incidents of it, and JSON has everything", async () => {
  await using stream = await startStream();
  const { exitCode, stdout } = await runCliInProcess(["incident", KEY, "-o", "json"], { env: stream.env });
  const found = JSON.parse(stdout);
  assert.deepEqual([exitCode, found.id, found.events.length, found.updates.length], [0, ID, 3, 2]);
  assert.ok(found.commands.length > 3);
});

Deno.test("agent incident: what is no id is bad usage, and one that nobody knows says so", async () => {
  await using stream = await startStream();
  assert.equal((await runCliInProcess(["incident", "web"], { env: stream.env })).exitCode, 2);
  const unknown = await runCliInProcess(["incident", "0000000000000000-abcde"], { env: stream.env });
  assert.deepEqual([unknown.exitCode, /may be older/.test(unknown.stderr)], [1, true], unknown.stderr);
});

Deno.test("agent tail: --incidents shows what opens and ends, and no events", async () => {
  await using server = await startNatsServer();
  await using api = await startSandboxApi();
  const stop = new AbortController();
  const out: string[] = [];
  const err: string[] = [];
  const running = runCli(["tail", "--incidents"], {
    stdout: { write: (text: string | Uint8Array) => out.push(String(text)) > 0 },
    stderr: { write: (text: string | Uint8Array) => err.push(String(text)) > 0 },
    stdin: Object.assign(Readable.from([]), { isTTY: false }),
    env: { CENTRAL_ENDPOINT: server.url },
    signal: stop.signal,
    endInOrder: () => {},
  });
  await eventually("it listens", () => /Listening on .*agent\.update/.test(err.join("")));
  await using _agent = await runTestAgent(api, {
    cluster_id: "prod",
    central_endpoint: server.url,
    enable_metrics: false,
    enable_commands: false,
    objects: { enabled: false },
    events: { backlog: "all" },
    state: { kind: "none" },
  });
  api.putEvent({
    metadata: { name: "web.1", namespace: "shop" },
    involvedObject: { kind: "Pod", name: "web-6c8d4f9b7d-2ptz5", namespace: "shop", uid: "u" },
    reason: "BackOff",
    message: "Back-off restarting failed container app",
    type: "Warning",
    count: 1,
    firstTimestamp: new Date().toISOString(),
    lastTimestamp: new Date().toISOString(),
    source: { component: "kubelet" },
  });
  await eventually(
    "the incident opens",
    () => /opened {3}prod shop\/Deployment\/web incident [0-9a-f]{16}-/.test(out.join("")),
  );
  const nats = await connect({ servers: server.url });
  nats.publish("agent.update.prod", JSON.stringify(RESOLVED));
  await eventually(
    "the end is shown",
    () =>
      new RegExp(`resolved prod shop/Deployment/web incident ${ID} after 15m: 10 of 10 pods ready for 10m`).test(
        out.join(""),
      ),
  );
  assert.ok(!out.join("").includes("BackOff:"));
  await nats.close();
  stop.abort();
  await running;
});
