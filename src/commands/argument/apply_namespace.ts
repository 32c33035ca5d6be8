import { type Checked, pass, quoteReceived, refuse } from "../checked.ts";
import { namedTypes } from "./named_types.ts";
import type { Operands, ParsedCommand } from "./parsed_command.ts";
import { expectedValue, parseValue } from "./value_grammar.ts";

const NAMESPACE = { kind: "namespace" } as const;

/**
 * Makes the command run in the namespace that its message names beside the arguments; "" is none. An answer from
 * elsewhere would pass for the one that was asked for, so whatever contradicts the field, or can't have a namespace, is
 * refused. `isClusterWide` tells of a type whether its objects lie in no namespace.
 */
export function applyNamespace(
  command: ParsedCommand,
  namespace: string,
  isClusterWide: (type: string) => boolean,
): Checked<ParsedCommand> {
  if (namespace === "") return pass(command);
  if (parseValue(namespace, NAMESPACE) === null) {
    return refuse("invalid_value", "The field namespace is not allowed", `It must be ${expectedValue(NAMESPACE)}.`);
  }
  const name = [command.tool.name, ...command.verbWords].join(" ");
  const { scope } = command.verb;
  if (scope === undefined) return applyToOtherTool(command, name);
  if (scope === "none") return conflict(`${name} has no namespace`);
  const clusterWide = namedTypes(command.operands).find(isClusterWide);
  if (scope === "by_type" && clusterWide !== undefined) {
    return conflict(`${quoteReceived(clusterWide)} objects lie in no namespace`);
  }
  const valueOf = (flag: string) => command.flags.find(({ rule }) => rule.name === flag)?.value;
  if (valueOf("--all-namespaces") === true) return conflict(`${name} -A asks for all namespaces`);
  const given = valueOf("--namespace");
  if (given === namespace) return pass(command);
  if (given !== undefined) return conflict(`The arguments name the namespace ${given}`);
  const rule = command.verb.flags.find((flag) => flag.name === "--namespace");
  if (rule === undefined) return conflict(`${name} takes no namespace`);
  return pass({ ...command, flags: [...command.flags, { rule, value: namespace }] });

  function conflict(what: string) {
    return refuse("namespace_conflict", `${what}, the command's field namespace is ${namespace}`);
  }
}

/** What looks at the agent's node, or at an address, is the same from every namespace. */
function applyToOtherTool(command: ParsedCommand, name: string): Checked<ParsedCommand> {
  const host = hostName(command.operands);
  if (command.tool.path !== null) return refuse("namespace_conflict", `${name} does not know the field namespace`);
  return host === null || host.includes(".") ? pass(command) : refuse(
    "namespace_conflict",
    `${host} means a name of the agent's own namespace`,
    "Add the namespace to the name.",
  );
}

function hostName(operands: Operands): string | null {
  if (operands.kind === "question") return operands.name;
  const host = operands.kind === "host" ? operands.host : operands.kind === "url" ? operands.url.host : null;
  return host?.kind === "name" ? host.name : null;
}
