import { randomUUID } from "node:crypto";
import { runAgent } from "../../src/agent/run_agent.ts";
import { connectNats } from "../../src/bus/connect_nats.ts";
import { subscribeEvents } from "../../src/bus/subscribe_events.ts";
import { clusterOfSubject, DEFAULT_SUBJECT_TEMPLATE } from "../../src/wire/subject.ts";
import { loadConfigContent } from "../../src/config/load_config.ts";
import { systemClock } from "../../src/lifecycle/clock.ts";
import { AgentError, errorMessage } from "../../src/lifecycle/errors.ts";
import { configureLogging } from "../../src/lifecycle/logging.ts";
import type { Event } from "../../src/wire/event.ts";
import { findTool, ToolMissingError } from "../../sandbox/find_tool.ts";
import { type NatsServer, startNatsServer } from "../../sandbox/nats_server.ts";
import { type SandboxApi, startSandboxApi } from "../../sandbox/api/sandbox_api.ts";
import { readBuildInfo } from "../build_info.ts";
import type { CliContext } from "../cli_context.ts";
import { formatEventLine } from "../event_line.ts";
import { EXIT_CODE } from "../exit_code.ts";
import { type Scene, STORY } from "./story.ts";

/** Repeats collapse for this long, so that the story's repeat is seen within seconds. */
const REPEAT_WINDOW = "2s";
/** Between scenes, for a person's eye. */
const PAUSE_MS = { terminal: 900, pipe: 150 } as const;
const ARRIVAL_LIMIT_MS = 15_000;

/** The demo's own agent reports a few events; none is unreadable or another cluster's, and none comes too fast. */
const SHOWN = {
  subjects: ["agent.event.*"],
  clusterOf: (subject: string) => clusterOfSubject(subject, { prefix: "agent", template: DEFAULT_SUBJECT_TEMPLATE }),
  onForeign: () => {},
  onUnreadable: () => {},
  onDropped: () => {},
};

/** Starts everything, plays the story, shows what the agent reports, and says whether it reported what was planted. */
export async function runDemo(context: CliContext, options: { readonly once: boolean }): Promise<void> {
  const terminal = context.stdout.isTTY === true;
  const say = (line: string) => void context.stdout.write(`${line}\n`);
  await configureLogging({
    level: "warn",
    format: "text",
    write: (line) => context.stderr.write(line),
    clusterId: () => "demo",
  });
  say("Starting a NATS server and a sandbox API server on loopback ...");
  const program = await findDemoNats(context);
  context.endInOrder("signal"); // From here on there is a process to end.
  await using natsServer = await startDemoNats(program);
  await using api = await startSandboxApi();
  const stop = new AbortController();
  const ended = AbortSignal.any([context.signal, stop.signal]);
  const received: Event[] = [];
  const nats = await connectNats({
    servers: [natsServer.url],
    name: "agent-demo-tail",
    auth: { kind: "none" },
    inboxPrefix: "_INBOX",
    tls: null,
  });
  const tail = (async () => {
    for await (const event of subscribeEvents(nats, SHOWN, ended)) {
      received.push(event);
      say(`   ${formatEventLine(event, { colour: terminal && !context.env.NO_COLOR, cluster: null, width: null })}`);
    }
  })();
  const agent = startAgent(natsServer.url, api, ended);
  try {
    await agent.ready;
    say(
      "The agent is connected and watches. Each line with an arrow is what happens; below it, what the agent reports.\n",
    );
    let complete = true;
    for (let round = 0; !ended.aborted; round++) {
      complete = await playStory(context, api, received, round) && complete;
      if (options.once || !terminal) break;
      say("\nAgain, until Ctrl-C ...\n");
    }
    if (!complete) context.setExitCode(EXIT_CODE.no);
  } catch (error) {
    if (!context.signal.aborted) throw error;
  } finally {
    stop.abort();
    await agent.done.catch(() => {});
    await tail.catch(() => {});
    await nats.close();
  }
}

/** The nats-server of the demo; that there is none is for the reader to mend, as it is that it does not start. */
async function findDemoNats(context: CliContext): Promise<string> {
  return await findTool("nats-server", {
    env: context.env,
    signal: context.signal,
    progress: (line) => void context.stderr.write(`${line}\n`),
  }).catch((cause) => {
    throw cause instanceof ToolMissingError ? new AgentError("unreachable", cause.message, { cause }) : cause;
  });
}

async function startDemoNats(program: string): Promise<NatsServer> {
  return await startNatsServer({ program }).catch((cause) => {
    const found = errorMessage(cause).replace(/:?\s*$/, "");
    const message = `Cannot start ${program}: ${found}; set NATS_SERVER to the path of a nats-server`;
    throw new AgentError("unreachable", message, { cause });
  });
}

function startAgent(
  natsUrl: string,
  api: SandboxApi,
  signal: AbortSignal,
): { ready: Promise<void>; done: Promise<void> } {
  const ready = Promise.withResolvers<void>();
  const done = (async () => {
    const text =
      `central_endpoint: ${natsUrl}\ncluster_id: demo\nhealth_port: 0\nevents: {repeat_window: ${REPEAT_WINDOW}}\n` +
      "enable_metrics: false\nenable_commands: false\n";
    const loaded = await loadConfigContent("demo", { kind: "ok", text }, { env: {} });
    if (loaded.kind === "invalid") throw new AgentError("bad_configuration", "The demo's own configuration is wrong");
    const kube = { kubeconfig: null, context: null, env: api.env };
    await runAgent(
      { ...readBuildInfo(), instance: randomUUID(), config: loaded.config, tracing: null, kube },
      signal,
    );
  })();
  done.then(() => ready.reject(new Error("the agent ended")), ready.reject);
  (async () => {
    while (api.requests("watch", "events") === 0) await systemClock.sleep(20, signal);
    ready.resolve();
  })().catch(ready.reject);
  return { ready: ready.promise, done };
}

/** Plays every scene, waits for the reports, and says what arrived. True when all of it was as planted. */
async function playStory(
  context: CliContext,
  api: SandboxApi,
  received: readonly Event[],
  round: number,
): Promise<boolean> {
  const say = (line: string) => void context.stdout.write(`${line}\n`);
  const from = received.length;
  const suffix = round === 0 ? "" : `-${round}`;
  for (const scene of STORY) {
    say(`-> ${scene.title}`);
    putScene(api, scene, suffix);
    await systemClock.sleep(context.stdout.isTTY ? PAUSE_MS.terminal : PAUSE_MS.pipe, context.signal);
  }
  const planted = STORY.filter(({ expected }) => expected !== null);
  const giveUpAt = systemClock.monotonic() + ARRIVAL_LIMIT_MS;
  const arrived = () =>
    planted.filter((scene) => received.slice(from).some((event) => isReportOf(event, scene, suffix)));
  while (arrived().length < planted.length && systemClock.monotonic() < giveUpAt) {
    await systemClock.sleep(50, context.signal);
  }
  const quiet = STORY.filter(({ expected }) => expected === null);
  const broken = quiet.filter((scene) => received.slice(from).some((event) => concerns(event, scene, suffix)));
  const extra = received.length - from - arrived().length;
  say("");
  for (const scene of planted.filter((one) => !arrived().includes(one))) {
    say(`MISSING: ${scene.title} (${scene.expected})`);
  }
  for (const scene of broken) say(`REPORTED ALTHOUGH HARMLESS: ${scene.title}`);
  say(
    `${arrived().length} of ${planted.length} planted faults reported with the right severity; ` +
      `${quiet.length - broken.length} of ${quiet.length} harmless events kept quiet; ${extra} other reports`,
  );
  return arrived().length === planted.length && broken.length === 0 && extra === 0;
}

function putScene(api: SandboxApi, { event }: Scene, suffix: string): void {
  const now = new Date();
  const name = event.name + suffix;
  api.putEvent({
    metadata: { name: `${name}.${event.reason.toLowerCase()}`, namespace: event.namespace },
    involvedObject: {
      kind: event.kind,
      namespace: event.kind === "Node" ? "" : event.namespace,
      name,
      apiVersion: "v1",
      uid: `uid-${name}`,
    },
    reason: event.reason,
    type: event.type,
    message: event.message,
    count: event.count,
    // Faults that have gone on for a while: the first moments of some are routine.
    firstTimestamp: new Date(now.getTime() - 10 * 60_000).toISOString(),
    lastTimestamp: now.toISOString(),
    source: { component: event.component, host: "node-1" },
    reportingComponent: event.component,
    reportingInstance: "node-1",
  });
}

function concerns(event: Event, scene: Scene, suffix: string): boolean {
  return event.reason === scene.event.reason && event.labels.name === scene.event.name + suffix;
}

function isReportOf(event: Event, scene: Scene, suffix: string): boolean {
  return concerns(event, scene, suffix) && event.severity === scene.expected &&
    event.raw_data.count === scene.event.count;
}
