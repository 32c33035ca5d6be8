import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { headers as createHeaders, type Msg, type MsgHdrs } from "@nats-io/transport-node";
import { type Child, startChild } from "../../sandbox/child_process.ts";
import { collectNats, type NatsCollector } from "../support/collect_nats.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { startNatsServer } from "../../sandbox/nats_server.ts";
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from "../support/otlp_receiver.ts";
import { putFault } from "../support/pipeline_rig.ts";
import { PROGRAM } from "../support/program_under_test.ts";
import { type SandboxApi, startSandboxApi } from "../../sandbox/api/sandbox_api.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";

const READY_MS = 30_000;
const CENTRAL_TRACE = "0af7651916cd43dd8448eb211c80319c";
const CENTRAL_SPAN = "b7ad6b7169203331";
const KIND = { internal: 1, client: 3, producer: 4, consumer: 5 } as const;

/** The real program on a real nats-server and the sandbox API server, its traces going to a receiver. */
interface TraceRig extends AsyncDisposable {
  readonly api: SandboxApi;
  readonly bus: NatsCollector;
  readonly receiver: OtlpReceiver;
  readonly agent: Child;
}

async function startTraceRig(
  env: (receiver: OtlpReceiver) => Readonly<Record<string, string>>,
  options: { readonly spool?: boolean } = {},
): Promise<TraceRig> {
  await using stack = new AsyncDisposableStack();
  const nats = stack.use(await startNatsServer());
  const api = stack.use(await startSandboxApi());
  const receiver = stack.use(await startOtlpReceiver());
  const bus = stack.use(await collectNats(nats.url, ["agent.event.*", "agent.result.*", "agent.heartbeat.*"]));
  const folder = stack.use(await createTempDir("traces"));
  if (options.spool) await writeFile(folder.file("config.yaml"), `outbox: { spool_dir: ${folder.file("spool")} }\n`);
  const agent = stack.use(
    await startChild({
      command: PROGRAM.command,
      args: [...PROGRAM.args, "run", ...(options.spool ? ["--config", folder.file("config.yaml")] : [])],
      logFile: folder.file("log"),
      env: {
        ...api.env,
        CENTRAL_ENDPOINT: nats.url,
        CLUSTER_ID: "prod",
        HEALTH_PORT: "0",
        ENABLE_METRICS: "false",
        ...env(receiver),
      },
    }),
  );
  await eventually("the agent watches", () => api.requests("watch", "events") > 0, READY_MS);
  await bus.waitFor("the heartbeat", ({ subject }) => subject.startsWith("agent.heartbeat."), READY_MS);
  const all = stack.move();
  return { api, bus, receiver, agent, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

const QUICK = { OTEL_BSP_SCHEDULE_DELAY: "50", OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" };

const WAYS: readonly { name: string; env: (receiver: OtlpReceiver) => Readonly<Record<string, string>> }[] = [
  { name: "the agent's own export", env: ({ url }) => ({ ...QUICK, OTEL_EXPORTER_OTLP_ENDPOINT: url }) },
  {
    name: "the runtime's export",
    env: ({ url }) => ({ ...QUICK, OTEL_DENO: "true", OTEL_SERVICE_NAME: "agent", OTEL_EXPORTER_OTLP_ENDPOINT: url }),
  },
];

function spanNamed(receiver: OtlpReceiver, name: string): Promise<ReceivedSpan> {
  return eventually(`the span ${name}`, () => receiver.spans.find((span) => span.name === name));
}

/** Sends a command; until the agent listens the server says at once that nobody does. */
function ask({ bus }: TraceRig, command: unknown, headers: MsgHdrs): Promise<Msg> {
  return eventually(
    "an answer",
    () => bus.connection.request("agent.command.prod", JSON.stringify(command), { headers, timeout: 20_000 }),
  );
}

function contextOf(headers: Readonly<Record<string, string>>): { traceId: string; spanId: string } {
  const [, traceId = "", spanId = ""] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-01$/.exec(headers.traceparent ?? "") ?? [];
  assert.notEqual(traceId, "", `no traceparent: ${JSON.stringify(headers)}`);
  return { traceId, spanId };
}

for (const { name, env } of WAYS) {
  Deno.test(`traces, ${name}: an event from seen to acknowledged, and its context on the message`, async () => {
    await using rig = await startTraceRig(env);
    putFault(rig.api, { pod: "traced" });
    const message = await rig.bus.waitFor("the report", ({ subject }) => subject === "agent.event.prod");
    const { traceId, spanId } = contextOf(message.headers);
    const create = await spanNamed(rig.receiver, "create agent.event.{cluster_id}");
    const send = await spanNamed(rig.receiver, "send agent.event.{cluster_id}");
    assert.deepEqual([create.traceId, create.spanId, create.parentSpanId], [traceId, spanId, ""]);
    assert.deepEqual([send.traceId, send.parentSpanId], [traceId, spanId]);
    assert.deepEqual([create.kind, send.kind, create.failed, send.failed], [KIND.producer, KIND.client, false, false]);
    assert.equal(create.resource["service.name"], "agent");
    assert.equal(create.scope, "agent");
    const { "messaging.message.id": id, "agent.event.rule": rule, ...rest } = create.attributes;
    assert.equal(id, message.headers["Nats-Msg-Id"]);
    assert.match(rule ?? "", /^crash\./);
    assert.deepEqual(rest, {
      "messaging.system": "nats",
      "messaging.operation.name": "create",
      "messaging.operation.type": "create",
      "messaging.destination.name": "agent.event.prod",
      "messaging.destination.template": "agent.event.{cluster_id}",
      "k8s.namespace.name": "shop",
      "agent.event.reason": "BackOff",
      "agent.event.severity": "high",
      "agent.event.object": "Pod/traced",
    });
    assert.equal(send.attributes["messaging.message.body.size"], String(message.bytes.length));
  });

  Deno.test(`traces, ${name}: a command joins its sender's trace, and its answers carry it on`, async () => {
    await using rig = await startTraceRig(env);
    const headers = createHeaders();
    headers.set("traceparent", `00-${CENTRAL_TRACE}-${CENTRAL_SPAN}-01`);
    headers.set("tracestate", "central=42");
    const command = { id: "c-1", type: "diagnostic", tool: "uname", action: "-a", args: [] };
    const answer = await ask(rig, command, headers);
    assert.equal(answer.json<{ status: string }>().status, "success");
    const result = await rig.bus.waitFor("the result", ({ subject }) => subject === "agent.result.prod");
    const process = await spanNamed(rig.receiver, "process agent.command.{cluster_id}");
    const run = await spanNamed(rig.receiver, "run uname");
    const send = await spanNamed(rig.receiver, "send agent.result.{cluster_id}");
    assert.deepEqual([process.traceId, process.parentSpanId, process.kind], [
      CENTRAL_TRACE,
      CENTRAL_SPAN,
      KIND.consumer,
    ]);
    assert.deepEqual([run.traceId, run.parentSpanId, run.kind], [CENTRAL_TRACE, process.spanId, KIND.internal]);
    assert.deepEqual([send.traceId, send.parentSpanId, send.kind], [CENTRAL_TRACE, process.spanId, KIND.client]);
    assert.deepEqual(contextOf(result.headers), { traceId: CENTRAL_TRACE, spanId: process.spanId });
    assert.equal(answer.headers?.get("traceparent"), `00-${CENTRAL_TRACE}-${process.spanId}-01`);
    assert.equal(result.headers.tracestate, "central=42");
    assert.equal(process.attributes["agent.command.verdict"], "success");
    assert.equal(process.attributes["process.exit.code"], "0");
    assert.equal(process.attributes["messaging.message.id"], "c-1");
  });
}

Deno.test("traces: a refused command fails its span with the code; a damaged traceparent begins a trace", async () => {
  await using rig = await startTraceRig(({ url }) => ({ ...QUICK, OTEL_EXPORTER_OTLP_ENDPOINT: url }));
  const headers = createHeaders();
  headers.set("Traceparent", `00-${CENTRAL_TRACE}-0000000000000000-01`);
  const command = { id: "c-2", type: "diagnostic", tool: "rm", action: "-rf", args: ["/"] };
  await ask(rig, command, headers);
  const process = await spanNamed(rig.receiver, "process agent.command.{cluster_id}");
  assert.deepEqual([process.failed, process.attributes["error.type"], process.parentSpanId], [
    true,
    "unknown_tool",
    "",
  ]);
  assert.notEqual(process.traceId, CENTRAL_TRACE);
  assert.equal(process.attributes["agent.command.tool"], "other");
});

Deno.test("traces: a report that goes over the disk keeps its trace", async () => {
  await using rig = await startTraceRig(({ url }) => ({ ...QUICK, OTEL_EXPORTER_OTLP_ENDPOINT: url }), { spool: true });
  putFault(rig.api, { pod: "spooled" });
  const message = await rig.bus.waitFor("the report", ({ subject }) => subject === "agent.event.prod");
  const send = await spanNamed(rig.receiver, "send agent.event.{cluster_id}");
  assert.deepEqual({ traceId: send.traceId, spanId: send.parentSpanId }, contextOf(message.headers));
});

Deno.test("traces: without a protocol of its own the export is protobuf, and the last spans go out at the end", async () => {
  await using rig = await startTraceRig(({ url }) => ({
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_BSP_SCHEDULE_DELAY: "60000",
  }));
  putFault(rig.api, { pod: "late" });
  await rig.bus.waitFor("the report", ({ subject }) => subject === "agent.event.prod");
  assert.equal(rig.receiver.requests.length, 0);
  assert.equal((await rig.agent.stop()).code, 0);
  const [request] = rig.receiver.requests;
  assert.equal(request?.contentType, "application/x-protobuf");
  assert.ok(request?.body.includes("create agent.event.{cluster_id}"), "the span is in it");
});

Deno.test("traces: a collector that is away is told once and takes nothing from the reports", async () => {
  await using rig = await startTraceRig(() => ({
    ...QUICK,
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
    OTEL_EXPORTER_OTLP_TIMEOUT: "300",
  }));
  putFault(rig.api, { pod: "unseen" });
  await rig.bus.waitFor("the report", ({ subject }) => subject === "agent.event.prod");
  await eventually("the trouble is told", async () => (await rig.agent.log()).includes("Cannot export traces"));
  assert.equal((await rig.agent.stop()).code, 0);
});

const SILENT: readonly { name: string; env: (receiver: OtlpReceiver) => Readonly<Record<string, string>> }[] = [
  { name: "nothing asks for them", env: () => ({}) },
  {
    name: "OTEL_SDK_DISABLED=true",
    env: ({ url }) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_DENO: "true", OTEL_SDK_DISABLED: "true" }),
  },
];

for (const { name, env } of SILENT) {
  Deno.test(`traces: ${name}: messages carry no context and nothing is sent`, async () => {
    await using rig = await startTraceRig(env);
    putFault(rig.api, { pod: "untraced" });
    const message = await rig.bus.waitFor("the report", ({ subject }) => subject === "agent.event.prod");
    assert.deepEqual(Object.keys(message.headers), ["Nats-Msg-Id"]);
    await rig.agent.stop();
    assert.equal(rig.receiver.requests.length, 0);
  });
}
