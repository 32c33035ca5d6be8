import { connectNats } from "../../src/bus/connect_nats.ts";
import { type Report, subscribeReports } from "../../src/bus/subscribe_events.ts";
import { clusterOfSubject, DEFAULT_SUBJECT_TEMPLATE } from "../../src/wire/subject.ts";
import { systemClock } from "../../src/lifecycle/clock.ts";
import { AgentError, errorMessage } from "../../src/lifecycle/errors.ts";
import { configureLogging } from "../../src/lifecycle/logging.ts";
import { findTool, ToolMissingError } from "../../sandbox/find_tool.ts";
import { type NatsServer, startNatsServer } from "../../sandbox/nats_server.ts";
import { type SandboxApi, startSandboxApi } from "../../sandbox/api/sandbox_api.ts";
import type { CliContext } from "../cli_context.ts";
import { EXIT_CODE } from "../exit_code.ts";
import { startDemoAgent } from "./demo_agent.ts";
import { describeExpected, findExpected, judgeStory } from "./expectation.ts";
import { createReportLines } from "./report_lines.ts";
import { createStory, type Scene } from "./story.ts";

/** Between scenes, for a person's eye. */
const PAUSE_MS = { terminal: 900, pipe: 150 } as const;
/** For all that one scene makes. */
const ARRIVAL_LIMIT_MS = 20_000;
/** Beside each report is an arrow's width of nothing. */
const INDENT = "   ";

/** The demo's own agent reports a few faults; none is unreadable or another cluster's, and none comes too fast. */
const SHOWN = {
  subjects: ["agent.event.*", "agent.update.*"],
  isUpdateSubject: (subject: string) => subject.startsWith("agent.update."),
  clusterOf: (subject: string) => clusterOfSubject(subject, { prefix: "agent", template: DEFAULT_SUBJECT_TEMPLATE }),
  onForeign: () => {},
  onUnreadable: () => {},
  onDropped: () => {},
};

/** Starts everything, plays the story, shows what the agent tells, and says whether it told what was planted. */
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
  const received: Report[] = [];
  const nats = await connectNats({
    servers: [natsServer.url],
    name: "agent-demo-tail",
    auth: { kind: "none" },
    inboxPrefix: "_INBOX",
    tls: null,
  });
  const lines = createReportLines();
  const tail = (async () => {
    for await (const report of subscribeReports(nats, SHOWN, ended)) {
      received.push(report);
      const width = terminal ? (context.stdout.columns ?? 80) - INDENT.length : null;
      for (const line of lines.of(report, { colour: terminal && !context.env.NO_COLOR, width })) say(INDENT + line);
    }
  })();
  tail.catch(() => stop.abort()); // why is told at the end
  const agent = startDemoAgent(natsServer.url, api, ended);
  try {
    await agent.ready;
    say(
      "The agent is connected and watches. Each line with an arrow is what happens; below it, what the agent reports.\n" +
        "What takes minutes in a cluster takes seconds here.\n",
    );
    let complete = true;
    for (let round = 0; !ended.aborted; round++) {
      complete = await playStory(context, { api, received, round, signal: ended }) && complete;
      if (options.once || !terminal) break;
      say("\nAgain, until Ctrl-C ...\n");
    }
    if (!complete) context.setExitCode(EXIT_CODE.no);
  } catch (error) {
    if (!ended.aborted) throw error;
  } finally {
    stop.abort();
    await agent.done.catch(() => {});
    await tail.catch(() => {});
    await nats.close();
  }
  if (!context.signal.aborted) await tail.catch(failNats);
}

function failNats(cause: unknown): never {
  const message = `The demo's NATS server has ended (${errorMessage(cause)}); start the demo again`;
  throw new AgentError("unreachable", message, { cause });
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
  return await startNatsServer({ program, group: true }).catch((cause) => {
    const found = errorMessage(cause).replace(/:?\s*$/, "");
    const message = `Cannot start ${program}: ${found}; set NATS_SERVER to the path of a nats-server`;
    throw new AgentError("unreachable", message, { cause });
  });
}

/** Plays every scene, waiting for what it makes, and says what arrived. True when all of it was as planted. */
async function playStory(
  context: CliContext,
  { api, received, round, signal }: {
    readonly api: SandboxApi;
    readonly received: readonly Report[];
    readonly round: number;
    readonly signal: AbortSignal;
  },
): Promise<boolean> {
  const say = (line: string) => void context.stdout.write(`${line}\n`);
  const from = received.length;
  const story = createStory(api, round === 0 ? "" : `-${round}`);
  const told = () => received.slice(from);
  story.prepare();
  for (const scene of story.scenes) {
    say(`-> ${scene.title}`);
    scene.play();
    await heard(scene, told, signal);
    await systemClock.sleep(context.stdout.isTTY ? PAUSE_MS.terminal : PAUSE_MS.pipe, signal);
  }
  const expected = story.scenes.flatMap(({ expects }) => expects);
  const { missing, extra } = judgeStory(expected, told());
  const harmless = story.scenes.filter(({ expects }) => !expects.some(({ kind }) => kind === "report")).length;
  story.clear();
  say("");
  for (const one of missing) say(`MISSING: ${describeExpected(one)}`);
  for (const { reason, labels } of extra) say(`NOT EXPECTED: a report of ${labels.name}: ${reason}`);
  const share = (kind: string) => {
    const all = expected.filter((one) => one.kind === kind).length;
    return `${all - missing.filter((one) => one.kind === kind).length} of ${all}`;
  };
  say(
    `${share("report")} reports with the right severity, count and cause; ${share("evidence")} times the evidence; ` +
      `${share("resolved")} incidents resolved; ${harmless} harmless changes; ${extra.length} other reports`,
  );
  return missing.length === 0 && extra.length === 0;
}

/** Waits until all that a scene makes has been told, or for long enough. */
async function heard({ expects }: Scene, told: () => readonly Report[], signal: AbortSignal): Promise<void> {
  const giveUpAt = systemClock.monotonic() + ARRIVAL_LIMIT_MS;
  const isComplete = () => expects.every((one) => findExpected(one, told()) !== undefined);
  while (!isComplete() && systemClock.monotonic() < giveUpAt) await systemClock.sleep(50, signal);
}
