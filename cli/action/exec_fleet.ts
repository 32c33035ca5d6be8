import { randomUUID } from "node:crypto";
import { readFleet } from "../../src/bus/read_fleet.ts";
import { type ManyAnswer, requestMany } from "../../src/bus/request_many.ts";
import type { Override } from "../../src/config/origin.ts";
import { type ClusterView, viewCluster } from "../../src/fleet/cluster_view.ts";
import { type ClusterAnswer, countAnswers, foldAnswers } from "../../src/fleet/fold_answers.ts";
import { parseSelector } from "../../src/fleet/selector.ts";
import { AgentError } from "../../src/lifecycle/errors.ts";
import { stripControl } from "../../src/lifecycle/strip_control.ts";
import { subjectFor } from "../../src/wire/subject.ts";
import type { CliContext } from "../cli_context.ts";
import { decodeExecReply, encodeExecCommand, readSigningKey } from "../exec_command.ts";
import { explainFleetWords } from "../exec_words.ts";
import { formatData } from "../output_form.ts";
import type { OutputForm } from "../output_option.ts";
import { EXIT_CODE } from "../exit_code.ts";
import { type CliBus, openBus } from "./open_bus.ts";

interface ExecFleetOptions {
  /** `null`: all clusters. */
  readonly selector: string | null;
  readonly command: readonly string[];
  readonly signKey?: string;
  readonly timeout: number;
  readonly concurrency: number;
  /** Stop sending at the first cluster where it did not succeed. */
  readonly failFast: boolean;
  /** Also ask clusters whose agents have missed beats. */
  readonly includeStale: boolean;
  /** Ask no question before many clusters are asked. */
  readonly yes: boolean;
  readonly output: OutputForm;
  readonly config?: string;
  readonly context?: string;
  readonly flags: readonly Override[];
}

/** The answer comes this much after the command's own time at the latest. */
const WAIT_MARGIN_MS = 500;
/** Above, a person at a terminal is asked once. */
const ASK_ABOVE = 10;

/** Sends one command to many clusters, each signed for its own, and prints the answers folded, or a line of JSON each. */
export async function runExecFleet(context: CliContext, options: ExecFleetOptions): Promise<void> {
  const key = options.signKey === undefined ? null : await readSigningKey(options.signKey);
  const { nats, config } = await openBus(context, { ...options, purpose: "exec" });
  try {
    const clusters = await selectClusters(nats, options);
    const wrong = explainFleetWords(
      options.command,
      (word) => clusters.some(({ id, name }) => id === word || name === word),
    );
    if (wrong !== null) throw new AgentError("bad_usage", wrong);
    context.stderr.write(clusters.length === 1 ? "1 cluster fits\n" : `${clusters.length} clusters fit\n`);
    if (clusters.length === 0) {
      throw new AgentError("unreachable", "No cluster to ask; agent fleet shows those there are");
    }
    if (!await mayAsk(context, clusters.length, options)) return context.setExitCode(EXIT_CODE.no);
    const layout = { prefix: config.subject_prefix, template: config.subject_template };
    const ids = new Map(clusters.map(({ id }) => [id, `exec-${randomUUID()}`]));
    const requests = clusters.map(({ id }) => ({
      id,
      message: () => ({
        ...encodeExecCommand(context, ids.get(id) ?? "", id, {
          command: options.command,
          timeoutMs: options.timeout,
        }, key),
        subject: subjectFor("command", id, layout),
        timeoutMs: options.timeout + WAIT_MARGIN_MS,
      }),
    }));
    const answers: ClusterAnswer[] = [];
    const progress = context.stderr.isTTY === true;
    for await (const answer of requestMany(nats, requests, options.concurrency, context.signal)) {
      const judged = judge(answer, ids.get(answer.id) ?? "");
      answers.push(judged);
      if (options.output !== "text") context.stdout.write(formatData(options.output, jsonOf(judged)));
      if (progress) context.stderr.steer?.(`\r${answers.length}/${clusters.length} answered`);
      if (options.failFast && judged.kind !== "succeeded") break;
    }
    if (progress) context.stderr.steer?.("\r\u001b[K");
    print(context, options, answers, clusters.length);
    context.setExitCode(exitCodeOf(answers, clusters.length));
  } finally {
    await nats.close().catch(() => {});
  }
}

async function selectClusters(nats: CliBus, options: ExecFleetOptions): Promise<readonly ClusterView[]> {
  const { entries, serverNowMs } = await readFleet(nats);
  const parsed = parseSelector(options.selector ?? "id=*");
  if (parsed.kind === "invalid") throw new AgentError("bad_usage", `--selector: ${parsed.message}`);
  return entries.map((entry) => viewCluster(entry, serverNowMs))
    .filter(({ state }) => options.includeStale || state === "fresh" || state === "degraded")
    .filter(parsed.selects)
    .sort((a, b) => a.id < b.id ? -1 : 1);
}

async function mayAsk(context: CliContext, count: number, { yes }: ExecFleetOptions): Promise<boolean> {
  if (yes || count <= ASK_ABOVE || context.stdin.isTTY !== true) return true;
  context.stderr.write(`Run it in ${count} clusters? [y/N] `);
  for await (const line of context.stdin) return /^\s*y(es)?\s*$/i.test(String(line));
  return false;
}

/** A result of another cluster than the one asked is no answer of that one: it counts as silent, and is named. */
function judge(answer: ManyAnswer, commandId: string): ClusterAnswer {
  const { id } = answer;
  if (answer.kind === "unreached") return { kind: "unreached", id, output: "no agent listens" };
  if (answer.kind === "silent") return { kind: "silent", id, output: "no answer in time" };
  const reply = decodeExecReply(answer.body, commandId, id);
  if (reply.kind === "other_cluster") {
    return { kind: "silent", id, output: `what answered says that it is ${reply.claims}; left out` };
  }
  if (reply.kind === "no_result") return { kind: "silent", id, output: "the answer did not come from an agent" };
  const { result } = reply;
  if (result.refusal !== undefined) {
    const { layer, code, reason } = result.refusal;
    return { kind: "refused", id, output: `refused by the ${layer} layer (${code}): ${reason}` };
  }
  if (result.status === "success") {
    return { kind: "succeeded", id, output: result.output, truncated: result.truncated };
  }
  return { kind: "failed", id, exitCode: result.exit_code, output: result.output + result.error };
}

function print(
  context: CliContext,
  { output }: ExecFleetOptions,
  answers: readonly ClusterAnswer[],
  asked: number,
): void {
  const counts = { asked, ...countAnswers(answers), not_asked: asked - answers.length };
  if (output !== "text") return void context.stdout.write(formatData(output, { summary: counts }));
  for (const group of foldAnswers(answers)) {
    const many = group.ids.length === 1 ? "1 cluster" : `${group.ids.length} clusters`;
    const names = group.ids.length <= 10 ? `: ${group.ids.join(", ")}` : "";
    const how = group.kind === "succeeded" ? "" : ` ${group.kind}`;
    context.stdout.write(`# ${many}${how}${names}\n${shown(context, group.output)}`);
  }
  const words = Object.entries(counts).filter(([, count]) => count > 0).map(([name, count]) => `${count} ${name}`);
  context.stderr.write(`${words.join(", ").replaceAll("_", " ")}\n`);
}

/** Every answer ends its line; on a terminal nothing in it steers the terminal. */
function shown(context: CliContext, text: string): string {
  const stripped = context.stdout.isTTY === true ? stripControl(text).text : text;
  return stripped === "" || stripped.endsWith("\n") ? stripped : `${stripped}\n`;
}

function jsonOf(answer: ClusterAnswer): Record<string, unknown> {
  const { id, kind, output } = answer;
  return {
    cluster: id,
    outcome: kind,
    output,
    ...(answer.kind === "failed" ? { exit_code: answer.exitCode } : {}),
    ...(answer.kind === "succeeded" && answer.truncated ? { truncated: true } : {}),
  };
}

/** 0: all succeeded. 69: none was reached. 77: all refused. 1: anything else. */
function exitCodeOf(answers: readonly ClusterAnswer[], asked: number): number {
  const counts = countAnswers(answers);
  if (counts.succeeded === asked) return EXIT_CODE.done;
  if (counts.unreached + counts.silent === asked) return EXIT_CODE.unreachable;
  return counts.refused === asked ? EXIT_CODE.notPermitted : EXIT_CODE.no;
}
