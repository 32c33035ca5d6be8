import { formatWebUrl } from "../target/web_url.ts";
import type { Operands, ParsedCommand, ParsedFlag } from "./parsed_command.ts";
import type { ToolRule } from "../tool/tool_rule.ts";

/** The argument list, tool name first, in the agent's own spelling. Parsing it again gives the same command. */
export function printCommand(command: ParsedCommand): readonly string[] {
  const flags = command.flags.flatMap((flag) => printFlag(flag, command.tool));
  const operands = printOperands(command.operands);
  const rest = command.tool.layout === "operands_first" ? [...operands, ...flags] : [...flags, ...operands];
  return [command.tool.name, ...command.verbWords, ...rest];
}

/** One flag as its tool reads it. */
export function printFlag({ rule, value }: ParsedFlag, tool: ToolRule): readonly string[] {
  const spelling = rule.short ?? rule.name;
  if (value === true) return [spelling];
  if (value === false) return [`${rule.name}=false`];
  if (rule.short !== undefined || tool.longValue === "separate") return [spelling, value];
  return [`${rule.name}=${value}`];
}

function printOperands(operands: Operands): readonly string[] {
  switch (operands.kind) {
    case "none":
      return [];
    case "form":
      return operands.words;
    case "resource_list":
      return [operands.types.join(","), ...operands.names];
    case "resource_items":
      return operands.items.map((item) => `${item.types.join(",")}/${item.name}`);
    case "log_source":
      return [operands.type === null ? operands.name : `${operands.type}/${operands.name}`].concat(
        operands.container ?? [],
      );
    case "name":
      return [operands.name];
    case "access_question":
      return [operands.verb, operands.object];
    case "host":
      return [operands.host.kind === "name" ? operands.host.name : operands.host.address];
    case "url":
      return [formatWebUrl(operands.url)];
    case "question":
      return operands.type === null ? [operands.name] : [operands.name, operands.type];
    case "values":
      return operands.values.map(({ value }) => value);
  }
}
