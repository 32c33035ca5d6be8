import "../support/ignore_stray_socket_errors.ts";
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { parse } from "yaml";
import * as z from "zod/mini";
import { type SandboxApi, startSandboxApi } from "../../sandbox/api/sandbox_api.ts";
import { startChild } from "../../sandbox/child_process.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { startNatsServer } from "../../sandbox/nats_server.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { resolveTools } from "../../src/commands/resolve_tools.ts";
import { isJsonObject, objectOf, textOf } from "../../src/inventory/json_field.ts";
import { collectNats, type NatsCollector } from "../support/collect_nats.ts";
import { freePort } from "../support/free_port.ts";
import {
  type AgentManager,
  createAgentManager,
  decodeAsGo,
  decodeForManager,
  type GoType,
} from "../support/go_central.ts";
import { requestJson } from "../support/https_json.ts";
import { readMarkdownPage } from "../support/markdown_page.ts";
import { type FaultInput, putFault } from "../support/pipeline_rig.ts";
import { PROGRAM } from "../support/program_under_test.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp_proxy.ts";

// docs/with-agent-manager.md, played: the whole program with that page's configuration, and a stand-in for the Go
// program that subscribes, decodes and keeps as the real one does. What is not shown here: that a registration is
// repeated every five minutes (bus_connection_test.ts moves the clock), and what PostgreSQL refuses with any agent.

const CLUSTER = "prod-us-west-2";
/** For a busy machine. */
const LIMIT_MS = 30_000;
const SECOND_NS = 1_000_000_000;

interface ManagerRig extends AsyncDisposable {
  readonly api: SandboxApi;
  readonly manager: AgentManager;
  /** Between the agent and NATS. */
  readonly proxy: TcpProxy;
  /** Keeps metrics reports: the first goes out before agent-manager is there, and the next is half a minute away. */
  readonly bystander: NatsCollector;
  /** Events that wait in the agent. */
  waiting(): Promise<number>;
  /** How often the agent found so far that nobody is subscribed. */
  unheard(): Promise<number>;
}

/** The configuration that the page shows. */
async function readPageConfig(): Promise<Readonly<Record<string, unknown>>> {
  const text = await readFile(new URL("../../docs/with-agent-manager.md", import.meta.url), "utf8");
  const block = readMarkdownPage(text).blocks.find(({ mark }) => mark === "whole configuration");
  return z.record(z.string(), z.unknown()).parse(parse(block?.text ?? ""));
}

const statusSchema = z.object({ queues: z.object({ event: z.object({ size: z.number() }) }) });

/** Starts everything but agent-manager, and resolves once the agent watches events. */
async function startManagerRig(): Promise<ManagerRig> {
  await using stack = new AsyncDisposableStack();
  const nats = stack.use(await startNatsServer());
  const proxy = stack.use(await startTcpProxy(nats.port));
  const api = stack.use(await startSandboxApi());
  const bystander = stack.use(await collectNats(nats.url, ["aetherius.agent.*.metrics"]));
  const manager = stack.use(createAgentManager(nats.url));
  const dir = stack.use(await createTempDir("go-central"));
  const healthPort = await freePort();
  const config = {
    ...await readPageConfig(),
    central_endpoint: nats.url.replace(/\d+$/, String(proxy.port)),
    cluster_id: CLUSTER,
    health_port: healthPort,
    reconnect_delay: "1s", // the page's five seconds, shorter
  };
  await writeFile(dir.file("config.yaml"), JSON.stringify(config));
  const agent = stack.use(
    await startChild({
      command: PROGRAM.command,
      args: [...PROGRAM.args, "run", "--config", dir.file("config.yaml")],
      env: api.env,
      logFile: dir.file("agent.log"),
    }),
  );
  await eventually("the agent watches", async () => {
    if (agent.running()) return api.requests("watch", "events") > 0;
    throw new Error(`the agent ended: ${(await agent.log()).slice(-2_000)}`);
  }, LIMIT_MS);
  const health = `http://127.0.0.1:${healthPort}`;
  await eventually(
    "its health server answers",
    async () => (await requestJson(`${health}/health/live`)).status === 200,
  );
  const all = stack.move();
  return {
    api,
    manager,
    proxy,
    bystander,
    waiting: async () => statusSchema.parse((await requestJson(`${health}/health/status`)).json).queues.event.size,
    unheard: async () => {
      const { text } = await requestJson(`${health}/metrics`);
      return Number(/^agent_publish_errors_total\{[^}]*reason="no_listener"[^}]*\} (\d+)$/m.exec(text)?.[1] ?? 0);
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

const podFaults = (name: string, count: number): readonly FaultInput[] =>
  Array.from({ length: count }, (_, index) => ({ pod: `${name}-${index}` }));

/** Written with the newer API: one time alone, the older fields null. */
const newer: FaultInput = {
  pod: "newer",
  fields: {
    reason: "FailedAttachVolume",
    message: 'AttachVolume.Attach failed for volume "pvc-1" : rpc error: code = Internal desc = no such disk',
    count: null,
    firstTimestamp: null,
    lastTimestamp: null,
    eventTime: new Date().toISOString().replace("Z", "000Z"),
    series: null,
    source: {},
    reportingComponent: "attachdetach-controller",
    reportingInstance: "controller-manager-1",
  },
};
/** About an object without a namespace. */
const node: FaultInput = {
  pod: "node-1",
  namespace: "default",
  fields: {
    involvedObject: { kind: "Node", name: "node-1", uid: "node-1" },
    reason: "NodeNotReady",
    message: "Node node-1 status is now: NodeNotReady",
    source: { component: "node-controller" },
  },
};
const quoting: FaultInput = {
  pod: "quoting",
  fields: { reason: "FailedMount", message: 'MountVolume.SetUp failed for volume "données" : \u{1f4a5} not\tfound\n' },
};
/** agent-manager leaves out what is of low severity. */
const harmless: FaultInput = {
  pod: "harmless",
  fields: { reason: "RapidCron", message: "runs more often than every five minutes" },
};
/** agent-manager leaves out what has the reason and the name of another event, whatever the namespace. */
const namesake: FaultInput = { pod: "web-0", namespace: "billing" };

/** Puts faults, and returns which reports must come: namespace, object, reason. */
function putFaults({ api }: ManagerRig, faults: readonly FaultInput[]): readonly string[] {
  for (const fault of faults) putFault(api, fault);
  return faults.map(({ pod, namespace = "shop", fields }) => `${namespace}/${pod} ${fields?.reason ?? "BackOff"}`);
}

/** The reports that came, in the same words. */
const reportsIn = ({ manager }: ManagerRig): readonly string[] =>
  manager.received("event").map(({ value }) => `${value.namespace}/${objectOf(value.labels).name} ${value.reason}`);

/** Waits until so many events are held, since the agent found again and again that nobody is subscribed. */
async function areHeld(rig: ManagerRig, events: number, times: number): Promise<void> {
  const before = await rig.unheard();
  await eventually(`${events} events are held`, async () => {
    const [waiting, unheard] = [await rig.waiting(), await rig.unheard()];
    if (waiting === events && unheard >= before + times) return true;
    throw new Error(`${waiting} wait, and nobody was subscribed ${unheard - before} times`);
  }, LIMIT_MS);
}

/** Waits until nothing is held any more; each report came once, whole, under an id of its own. */
async function allCameOnce(rig: ManagerRig, expected: readonly string[]): Promise<void> {
  await eventually("nothing waits in the agent", async () => await rig.waiting() === 0, LIMIT_MS);
  const { received, errors, repeated } = rig.manager;
  await eventually("all came", () => received("event").length + errors.length >= expected.length, LIMIT_MS);
  assert.deepEqual([errors, repeated], [[], []]);
  assert.deepEqual(reportsIn(rig).toSorted(), expected.toSorted());
}

Deno.test("agent-manager: events that came before it, while it was away and after are kept once, and commands answered", async (t) => {
  await using rig = await startManagerRig();
  const { api, manager, proxy, bystander } = rig;
  const came: string[] = [];

  await t.step("what happened before it was started", async () => {
    came.push(...putFaults(rig, [...podFaults("web", 15), newer, node, quoting, harmless, namesake]));
    await areHeld(rig, 20, 4); // the waits between the tries grow: four tries take more than a second
    await manager.start();
    await allCameOnce(rig, came);
    assert.deepEqual([manager.stored.size, manager.filtered.length], [18, 2]);
    for (const { cluster, value } of manager.received("event")) {
      assert.deepEqual([cluster, value.cluster_id], [CLUSTER, CLUSTER]);
      const { kind, category, rule } = objectOf(value.labels);
      assert.ok(kind && category && rule, JSON.stringify(value.labels));
      assert.ok(isJsonObject(value.raw_data));
    }
  });

  await t.step("what happened while it was away", async () => {
    await manager.stop();
    came.push(...putFaults(rig, podFaults("away", 10)));
    await areHeld(rig, 10, 1);
    await manager.start();
    came.push(...putFaults(rig, podFaults("back", 5)));
    await allCameOnce(rig, came);
    assert.equal(manager.stored.size, 33);
  });

  await t.step("a registration and a heartbeat that finds its agent, with the agent's next connection", async () => {
    assert.deepEqual(manager.received("register"), []);
    proxy.cut();
    await eventually("it is registered", () => manager.received("register").length > 0);
    await eventually("a heartbeat finds it", () => manager.heartbeatsFound.at(-1));
    const [registration] = manager.received("register");
    const beat = manager.received("heartbeat").at(-1);
    assert.deepEqual([registration?.value.id, registration?.value.cluster_id], [CLUSTER, CLUSTER]);
    assert.deepEqual([beat?.value.agent_id, beat?.value.cluster_id], [CLUSTER, CLUSTER]);
    came.push(...putFaults(rig, podFaults("later", 2)));
    await allCameOnce(rig, came);
  });

  await t.step("metrics", async () => {
    const report = await bystander.waitFor("a report", () => true);
    const decoded = decodeForManager("metrics", new TextDecoder().decode(report.bytes));
    assert.ok(decoded.ok, JSON.stringify(decoded));
    assert.equal(decoded.value.cluster_id, CLUSTER);
    assert.notEqual(decoded.value.id, "");
  });

  const answerTo = async (id: string) => {
    const answers = () => manager.received("result").filter(({ value }) => value.command_id === id);
    const { value } = await eventually(`the result of ${id}`, () => {
      if (manager.errors.length > 0) throw new Error(manager.errors.join("; "));
      return answers()[0];
    });
    assert.deepEqual([value.cluster_id, answers().length], [CLUSTER, 1]);
    return value;
  };

  await t.step("a command with args null", async () => {
    const timeoutNs = 30 * SECOND_NS;
    manager.command(CLUSTER, { id: "c1", tool: "df", action: "-h", args: null, namespace: "", timeoutNs });
    const { status, error, output, execution_time: took } = await answerTo("c1");
    assert.deepEqual([status, error], ["success", ""]);
    assert.match(textOf(output), /^Filesystem/);
    assert.ok(Number(took) > 0 && Number(took) < timeoutNs, `${took} ns`);
  });

  await t.step("a command that is refused", async () => {
    const timeoutNs = 30 * SECOND_NS;
    manager.command(CLUSTER, { id: "c2", tool: "top", action: "-b", args: [], namespace: "", timeoutNs });
    const { status, error } = await answerTo("c2");
    assert.equal(status, "failed");
    assert.match(textOf(error), /unknown_tool/);
  });

  const hasKubectl = (await resolveTools([{ name: "kubectl" }])).missing.length === 0;
  await t.step({
    name: "a command in the namespace of its field",
    ignore: !hasKubectl,
    fn: async () => {
      for (const [namespace, name] of [["default", "elsewhere"], ["kube-system", "coredns"]] as const) {
        api.store.put("pods", { apiVersion: "v1", kind: "Pod", metadata: { name, namespace } });
      }
      const command = { tool: "kubectl", action: "get", args: ["pods"], namespace: "kube-system" };
      manager.command(CLUSTER, { ...command, id: "c3", timeoutNs: 30 * SECOND_NS });
      const { status, output, exit_code: exitCode } = await answerTo("c3");
      assert.deepEqual([status, exitCode], ["success", 0]);
      assert.match(textOf(output), /coredns/);
      assert.doesNotMatch(textOf(output), /elsewhere/);
    },
  });

  await allCameOnce(rig, came); // nothing came again since
});

const DECODED: readonly {
  readonly type: GoType;
  readonly taken: readonly string[];
  readonly refused: readonly string[];
}[] = [
  { type: "string", taken: ['"a"', "null"], refused: ["1", "true", "{}", "[]"] },
  { type: "bool", taken: ["true", "null"], refused: ['"true"', "1"] },
  { type: "int64", taken: ["1", "-1", "null"], refused: ["1.5", '"1"', "1e300"] },
  { type: "float64", taken: ["1", "1.5"], refused: ['"1.5"'] },
  {
    type: "time.Time",
    taken: ['"2025-09-28T10:05:00Z"', '"2025-09-28T10:05:00.123456789+02:00"', "null"],
    refused: ['"2025-09-28T10:05:00"', '"2025-09-28"', '""', "1759053900"],
  },
  { type: "time.Duration", taken: ["30000000000", "null"], refused: ['"30s"', "1.5"] },
  { type: "[]string", taken: ["[]", '["a"]', "null"], refused: ['"a"', "[1]", "{}"] },
  { type: "map[string]string", taken: ["{}", '{"a":"b"}', "null"], refused: ['{"a":1}', "[]", '"a"'] },
  { type: "map[string]any", taken: ["{}", '{"a":[1]}', "null"], refused: ["[]", '"a"'] },
  { type: "[]map[string]any", taken: ["[]", '[{"a":1}]'], refused: ["{}", '["a"]'] },
  { type: { at: "time.Time" }, taken: ["{}", '{"at":null}', "null"], refused: ['{"at":1}', "[]"] },
];

Deno.test("agent-manager: its stand-in decodes no more than encoding/json does", () => {
  for (const { type, taken, refused } of DECODED) {
    const decode = (json: string) => decodeAsGo("Message", { field: type }, `{"field":${json},"unknown":[1]}`).ok;
    assert.deepEqual(taken.filter((json) => !decode(json)), [], JSON.stringify(type));
    assert.deepEqual(refused.filter(decode), [], JSON.stringify(type));
  }
  assert.deepEqual(decodeAsGo("Message", { agent_id: "string" }, '{"Agent_ID":"a"}'), {
    ok: true,
    value: { agent_id: "a" },
  });
  for (const body of ["", "[]", '"a"', "{"]) assert.equal(decodeAsGo("Message", {}, body).ok, false, body);
});
