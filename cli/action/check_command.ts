import { readFile } from "node:fs/promises";
import type { CommandPolicy } from "../../src/commands/command_policy.ts";
import { decideCommand } from "../../src/commands/decide_command.ts";
import { type DecisionReport, reportDecision } from "../../src/commands/decision.ts";
import { decodeCommand, type DecodedCommand } from "../../src/commands/decode_command.ts";
import type { TargetPorts } from "../../src/commands/target/check_target.ts";
import { createDryRunPorts, PLACEHOLDER_ADDRESS } from "../../src/commands/target/dry_run_ports.ts";
import { compact } from "../../src/lifecycle/compact.ts";
import { AgentError } from "../../src/lifecycle/errors.ts";
import { fileProblem } from "../../src/lifecycle/file_problem.ts";
import type { CliContext } from "../cli_context.ts";
import { explainQuoted } from "../exec_words.ts";
import { EXIT_CODE } from "../exit_code.ts";
import { loadConfigOrFail } from "../load_config_or_fail.ts";
import { formatData } from "../output_form.ts";
import type { OutputForm } from "../output_option.ts";
import { quoteForShell } from "../quote_for_shell.ts";
import { policyOf } from "./policy_of.ts";

interface CheckCommandOptions {
  readonly words: readonly string[];
  readonly config?: string;
  readonly file?: string;
  readonly namespace?: string;
  readonly resolve: boolean;
  readonly output: OutputForm;
}

/** Decides one command, or one a line of a file, and prints each verdict. Ends with 1 if any is refused. */
export async function runCheckCommand(context: CliContext, options: CheckCommandOptions): Promise<void> {
  if (options.words.length === 0 === (options.file === undefined)) {
    throw new AgentError("bad_usage", "Name one command after --, or a file of commands with --file");
  }
  const wrong = explainQuoted(options.words);
  if (wrong !== null) throw new AgentError("bad_usage", wrong);
  const policy = await readPolicy(context, options.config);
  const ports = createDryRunPorts({
    lookUp: options.resolve,
    onPlaceholder: (name) =>
      void context.stderr.write(
        `${name} has no address here; taken as ${PLACEHOLDER_ADDRESS}. The agent looks it up where it runs.\n`,
      ),
    onUnaskedType: (type) =>
      void context.stderr.write(
        `Only the API server can tell what ${type} means; taken as what holds no credentials. The agent asks it.\n`,
      ),
  });
  const commands = options.file === undefined
    ? [commandOfWords(options.words, options.namespace ?? "")]
    : commandLines(await readInput(context, options.file)).map(decodeCommand);
  let isAnyRefused = false;
  for (const decoded of commands) {
    const report = await decide(decoded, policy, ports);
    isAnyRefused ||= report.verdict === "refused";
    context.stdout.write(
      options.output !== "text" ? formatData(options.output, report) : formatReport(report, options),
    );
  }
  if (isAnyRefused) context.setExitCode(EXIT_CODE.no);
}

async function decide(decoded: DecodedCommand, policy: CommandPolicy, ports: TargetPorts): Promise<DecisionReport> {
  return reportDecision(await decideCommand({ decoded, receivedAtMs: Date.now(), finding: null }, policy, ports));
}

/** What the agent of this configuration would allow. Signatures are not asked for: a dry run has no message. */
async function readPolicy(context: CliContext, file: string | undefined): Promise<CommandPolicy> {
  // Commands are tried where there is no central to name.
  const env = { CENTRAL_ENDPOINT: "nats://127.0.0.1:4222", ...context.env };
  return policyOf(await loadConfigOrFail({ env }, compact({ config: file })), context.env);
}

/** TOOL ACTION ARG… as a message of the bus would spell it. */
function commandOfWords(
  [tool = "", action = "", ...args]: readonly string[],
  namespace: string,
): DecodedCommand {
  return { kind: "decoded", command: { id: "check", type: "diagnostic", tool, action, args, namespace } };
}

async function readInput(context: CliContext, file: string): Promise<string> {
  if (file !== "-") {
    return await readFile(file, "utf8").catch((cause) => {
      throw new AgentError("bad_input", `Cannot read ${file}: ${fileProblem("read", cause)}`, { cause });
    });
  }
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of context.stdin) {
    text += typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
  }
  return text;
}

/** Every line but blank ones. A line that is no command is a message that the agent would refuse, not bad input. */
function commandLines(text: string): readonly string[] {
  return text.split("\n").filter((line) => line.trim() !== "");
}

function formatReport(report: DecisionReport, options: CheckCommandOptions): string {
  const verdict = report.verdict === "allowed"
    ? `allowed: ${(report.argv ?? []).map(quoteForShell).join(" ")}`
    : `refused: ${report.layer}/${report.code}: ${report.reason}`;
  if (options.file !== undefined) return `${verdict}\n`;
  const runs = report.runs === undefined
    ? ""
    : `printed by the agent from: ${report.runs.map(quoteForShell).join(" ")}\n`;
  const layers = report.layers.map((layer) =>
    `  ${layer.layer.padEnd(9)}  ${layer.verdict}${layer.code === undefined ? "" : ` (${layer.code})`}\n`
  );
  return `${verdict}\n${runs}${layers.join("")}`;
}
