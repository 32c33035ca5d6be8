import type { Command } from "../wire/command.ts";
import { approveCommand } from "./approved_command.ts";
import { applyNamespace } from "./argument/apply_namespace.ts";
import { boundWaiting } from "./argument/bound_waiting.ts";
import { findVerb, type FoundVerb } from "./argument/find_verb.ts";
import { namedTypes } from "./argument/named_types.ts";
import { parseArguments } from "./argument/parse_arguments.ts";
import { checkEnvelope } from "./check_envelope.ts";
import { type Checked, pass, quoteReceived, refuse } from "./checked.ts";
import type { CommandPolicy } from "./command_policy.ts";
import { allowCommand, type CommandRefusal, type Decision, denyCommand } from "./decision.ts";
import type { DecodedCommand } from "./decode_command.ts";
import { checkTarget, type TargetPorts } from "./target/check_target.ts";
import { planPrint } from "./print/plan_print.ts";
import { resolveTypes } from "./target/resolve_types.ts";
import type { ToolRule } from "./tool/tool_rule.ts";

/** One command to decide on. */
export interface CommandRequest {
  readonly decoded: DecodedCommand;
  /** The agent's wall clock when the message came, in milliseconds since the Unix epoch. */
  readonly receivedAtMs: number;
  /**
   * What those who remember have found against the message: its signature, its nonce, an id used before. `null` when
   * there is nothing, and in a dry run. It is an envelope refusal and decides before all else.
   */
  readonly finding: CommandRefusal | null;
}

/**
 * Decides one command in five layers: envelope, tool, verb, arguments, target. Reads nothing but its arguments and what
 * the ports answer, and never throws. It is the only maker of approved commands.
 */
export async function decideCommand(
  request: CommandRequest,
  policy: CommandPolicy,
  ports: TargetPorts,
): Promise<Decision> {
  const { decoded, finding, receivedAtMs } = request;
  if (finding !== null) return denyCommand(finding);
  if (decoded.kind === "undecodable") return denyCommand(decoded.refusal);
  const { command } = decoded;
  const envelope = checkEnvelope(command, policy, receivedAtMs);
  if (!envelope.ok) return denyCommand(envelope.refusal);
  const tool = findTool(command.tool, policy);
  if (!tool.ok) return denyCommand(tool.refusal);
  const verb = findAllowedVerb(commandTokens(command), tool.value, policy);
  if (!verb.ok) return denyCommand(verb.refusal);
  const parsed = parseArguments(tool.value, verb.value);
  if (!parsed.ok) return denyCommand(parsed.refusal);
  const types = await resolveTypes(namedTypes(parsed.value.operands), ports.servedTypes);
  const isClusterWide = (text: string) => types.some((type) => type.text === text && type.isClusterWide);
  const placed = applyNamespace(parsed.value, command.namespace ?? "", isClusterWide);
  if (!placed.ok) return denyCommand(placed.refusal);
  const timeoutMs = Math.min(envelope.value.timeoutMs, tool.value.timeoutMs ?? Infinity);
  const bounded = boundWaiting(placed.value, timeoutMs);
  if (!bounded.ok) return denyCommand(bounded.refusal);
  const argv = await checkTarget(bounded.value, types, { apiServerHosts: policy.apiServerHosts, timeoutMs }, ports);
  if (!argv.ok) return denyCommand(argv.refusal);
  const print = planPrint(bounded.value);
  return allowCommand(approveCommand({
    tool: tool.value.name,
    path: tool.value.path,
    verb: verb.value.words[0] ?? "",
    argv: argv.value,
    ...print === null ? {} : { print },
    connectionFlags: connectionFlags(tool.value, timeoutMs),
    env: envelope.value.env,
    timeoutMs,
    outputLimitBytes: tool.value.outputLimitBytes ?? policy.outputLimitBytes,
  }));
}

/** `tool` + `action` + `args` make one argument list; an empty action is none. */
function commandTokens(command: Command): readonly string[] {
  return command.action === "" ? command.args : [command.action, ...command.args];
}

function findTool(name: string, policy: CommandPolicy): Checked<ToolRule> {
  const tool = policy.tools.get(name);
  if (tool !== undefined) return pass(tool);
  const remedy = `Allowed tools are ${[...policy.tools.keys()].join(", ")}.`;
  return policy.disabledTools.has(name)
    ? refuse("tool_disabled", `${name} is taken away by this agent's configuration`, remedy)
    : refuse("unknown_tool", `${quoteReceived(name)} is no tool here`, remedy);
}

function findAllowedVerb(tokens: readonly string[], tool: ToolRule, policy: CommandPolicy): Checked<FoundVerb> {
  const found = findVerb(tokens, tool);
  if (!found.ok) return found;
  const left = policy.verbsLeft.get(tool.name);
  const word = found.value.words[0];
  if (left === undefined || word === undefined || left.has(word)) return found;
  return refuse(
    "verb_disabled",
    `${tool.name} ${word} is taken away by this agent's configuration`,
    `Allowed verbs are ${[...left].join(", ")}.`,
  );
}

/** A second later than the deadline: it only ends a kubectl that the deadline could not. */
function connectionFlags(tool: ToolRule, timeoutMs: number): readonly string[] {
  return tool.name === "kubectl" ? [`--request-timeout=${Math.ceil(timeoutMs / 1000) + 1}s`] : [];
}
