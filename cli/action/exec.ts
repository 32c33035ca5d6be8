import { randomUUID } from "node:crypto";
import { requestCommand } from "../../src/bus/request_command.ts";
import type { Override } from "../../src/config/origin.ts";
import { AgentError } from "../../src/lifecycle/errors.ts";
import { stripControl } from "../../src/lifecycle/strip_control.ts";
import type { CommandResult } from "../../src/wire/command_result.ts";
import { subjectFor } from "../../src/wire/subject.ts";
import type { CliContext, OutputStream } from "../cli_context.ts";
import { decodeExecReply, encodeExecCommand, type ExecReply, readSigningKey } from "../exec_command.ts";
import { explainExecWords } from "../exec_words.ts";
import { EXIT_CODE } from "../exit_code.ts";
import { openBus } from "./open_bus.ts";
import { resolveCluster } from "./resolve_cluster.ts";

interface ExecOptions {
  readonly cluster: string;
  /** Tool, action and arguments. */
  readonly command: readonly string[];
  readonly signKey?: string;
  readonly timeout: number;
  readonly config?: string;
  readonly context?: string;
  readonly flags: readonly Override[];
}

/** Beyond the command's own time, so that the agent's own word of a time-out arrives: for the way there and back. */
const WAIT_MARGIN_MS = 500;
/** Sends one command, waits for `timeout` in all, and prints what comes back: output to standard output, everything else to standard error. */
export async function runExec(context: CliContext, options: ExecOptions): Promise<void> {
  const wrong = explainExecWords(options.cluster, options.command);
  if (wrong !== null) throw new AgentError("bad_usage", wrong);
  const key = options.signKey === undefined ? null : await readSigningKey(options.signKey);
  const deadline = performance.now() + options.timeout;
  const { nats, config } = await openBus(context, { ...options, purpose: "exec", withinMs: options.timeout });
  try {
    const cluster = await resolveCluster(nats, options.cluster);
    const id = `exec-${randomUUID()}`;
    const request = { command: options.command, timeoutMs: options.timeout };
    const reply = await requestCommand(nats, {
      ...encodeExecCommand(context, id, cluster, request, key),
      subject: subjectFor("command", cluster, { prefix: config.subject_prefix, template: config.subject_template }),
      timeoutMs: deadline - performance.now() + WAIT_MARGIN_MS,
    });
    printResult(context, resultOf(decodeExecReply(reply, id, cluster), cluster));
  } finally {
    await nats.close();
  }
}

function resultOf(reply: ExecReply, cluster: string): CommandResult {
  switch (reply.kind) {
    case "result":
      return reply.result;
    case "other_cluster":
      throw new AgentError(
        "bad_input",
        `What answered for ${cluster} says that it is ${reply.claims}, so its answer is left out; who may subscribe ` +
          "to that cluster's commands?",
      );
    case "no_result":
      throw new AgentError("bad_input", "The answer did not come from an agent: it is not this command's result");
  }
}

function printResult(context: CliContext, result: CommandResult): void {
  context.stdout.write(shown(result.output, context.stdout));
  if (result.truncated) context.stderr.write("agent: the output was cut at the agent's limit\n");
  if (result.refusal !== undefined) {
    const { layer, code, reason } = result.refusal;
    context.stderr.write(`agent: ${shown(`refused by the ${layer} layer (${code}): ${reason}`, context.stderr)}\n`);
  } else if (result.error !== "") {
    const error = shown(result.error, context.stderr);
    context.stderr.write(error.endsWith("\n") ? error : `${error}\n`);
  }
  context.setExitCode(exitCodeOfResult(result));
}

/** The agent strips its output; on a terminal this does not rely on who answered being an agent. */
function shown(text: string, stream: OutputStream): string {
  return stream.isTTY === true ? stripControl(text).text : text;
}

function exitCodeOfResult({ status, exit_code, refusal }: CommandResult): number {
  if (status === "success") return EXIT_CODE.done;
  return refusal === undefined && exit_code > 0 && exit_code < 256 ? exit_code : EXIT_CODE.no;
}
