import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { requestCommand } from "../../src/bus/request_command.ts";
import { openSigningKey, type SigningKey } from "../../src/commands/signing_key.ts";
import { SIGNATURE_LIFETIME_LIMIT_MS, signCommand } from "../../src/commands/signature.ts";
import { stripControl } from "../../src/lifecycle/strip_control.ts";
import type { Override } from "../../src/config/origin.ts";
import { compact } from "../../src/lifecycle/compact.ts";
import { AgentError, errorMessage } from "../../src/lifecycle/errors.ts";
import { type CommandResult, commandResultSchema } from "../../src/wire/command_result.ts";
import { encodeWireDuration } from "../../src/wire/duration.ts";
import { subjectFor } from "../../src/wire/subject.ts";
import type { CliContext, OutputStream } from "../cli_context.ts";
import { EXIT_CODE } from "../exit_code.ts";
import { openBus } from "./open_bus.ts";

export interface ExecOptions {
  readonly cluster: string;
  /** Tool, action and arguments. */
  readonly command: readonly string[];
  readonly signKey?: string;
  readonly timeout: number;
  readonly config?: string;
  readonly flags: readonly Override[];
}

/** Beyond the command's own time, so that the agent's own word of a time-out arrives: for the way there and back. */
const WAIT_MARGIN_MS = 500;
/** Enough for clocks that differ and a bus that is slow; what was signed can't be used for longer. */
const SIGNATURE_LIFETIME_MS = Math.min(60_000, SIGNATURE_LIFETIME_LIMIT_MS);

/** Sends one command, waits for `timeout` in all, and prints what comes back: output to standard output, everything else to standard error. */
export async function runExec(context: CliContext, options: ExecOptions): Promise<void> {
  const key = options.signKey === undefined ? null : await readSeed(options.signKey);
  const deadline = performance.now() + options.timeout;
  const { nats, config } = await openBus(context, { ...options, purpose: "exec", withinMs: options.timeout });
  try {
    const id = `exec-${randomUUID()}`;
    const body = new TextEncoder().encode(JSON.stringify(buildCommand(context, id, options)));
    const headers = key === null ? {} : signCommand(body, {
      key,
      clusterId: options.cluster,
      expiresAtMs: Date.now() + SIGNATURE_LIFETIME_MS,
    });
    const subject = subjectFor("command", options.cluster, {
      prefix: config.subject_prefix,
      template: config.subject_template,
    });
    const reply = await requestCommand(nats, {
      subject,
      body,
      headers,
      timeoutMs: deadline - performance.now() + WAIT_MARGIN_MS,
    });
    printResult(context, decodeResult(reply, id, options.cluster));
  } finally {
    await nats.close();
  }
}

function buildCommand(context: CliContext, id: string, { command, cluster, timeout }: ExecOptions) {
  const [tool = "", action = "", ...args] = command;
  return {
    id,
    type: "diagnostic",
    tool,
    action,
    args,
    timeout: encodeWireDuration(timeout),
    created_at: new Date().toISOString(),
    // Signed with the rest: an agent of another cluster refuses it by name.
    cluster_id: cluster,
    ...compact({ issued_by: context.env.USER }),
  };
}

async function readSeed(path: string): Promise<SigningKey> {
  try {
    return openSigningKey((await readFile(path, "utf8")).trim());
  } catch (error) {
    throw new AgentError(
      "bad_input",
      `Cannot read a signing key from ${path}: ${errorMessage(error)}; make one with agent keygen FILE`,
    );
  }
}

function decodeResult(body: Uint8Array, id: string, cluster: string): CommandResult {
  let result: CommandResult | null = null;
  try {
    result = commandResultSchema.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)));
  } catch {
    // Whatever is wrong with it, it is no result.
  }
  if (result?.command_id === id && result.cluster_id === cluster) return result;
  if (result?.command_id === id) {
    throw new AgentError(
      "bad_input",
      `What answered for ${cluster} says that it is ${result.cluster_id}, so its answer is left out; who may subscribe ` +
        "to that cluster's commands?",
    );
  }
  throw new AgentError("bad_input", "What answered is no agent: it sent something else than this command's result");
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
