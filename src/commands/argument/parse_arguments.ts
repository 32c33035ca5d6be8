import { type Checked, pass, refuse } from "../checked.ts";
import type { ToolRule } from "../tool/tool_rule.ts";
import { checkTokens } from "./check_tokens.ts";
import type { FoundVerb } from "./find_verb.ts";
import type { ParsedCommand, ParsedFlag } from "./parsed_command.ts";
import { parseForm, parseOperands } from "./parse_operands.ts";
import { parseOptions } from "./parse_options.ts";

/**
 * Reads everything behind the verb into typed fields, with the tool's own grammar and the table of the verb. Flags that
 * the table puts in when absent are added. Never throws.
 */
export function parseArguments(tool: ToolRule, found: FoundVerb): Checked<ParsedCommand> {
  const tokens = checkTokens(found.rest);
  if (!tokens.ok) return tokens;
  const { verb, words: verbWords } = found;
  const command = [tool.name, ...verbWords].join(" ");
  if (verb.operands.kind === "forms") {
    const form = parseForm(tokens.value, verb.operands, command);
    return form.ok ? pass({ tool, verb, verbWords, flags: [], operands: form.value }) : form;
  }
  const options = parseOptions(tokens.value, { syntax: tool.syntax, flags: verb.flags, command });
  if (!options.ok) return options;
  const { flags } = options.value;
  const missing = verb.flags.find((rule) => rule.required === true && !isGiven(flags, rule.name));
  if (missing !== undefined) {
    const spelling = missing.short ?? missing.name;
    return refuse("missing_flag", `${command} runs only with ${spelling}`, `Add ${spelling}.`);
  }
  const operands = parseOperands(options.value.operands, verb.operands, { flags, command });
  if (!operands.ok) return operands;
  const added = verb.flags.flatMap((rule): ParsedFlag[] =>
    rule.fallback !== undefined && !isGiven(flags, rule.name) ? [{ rule, value: rule.fallback }] : []
  );
  return pass({ tool, verb, verbWords, flags: [...flags, ...added], operands: operands.value });
}

/** A switch that is set to false counts as not given: a required one must be on. */
function isGiven(flags: readonly ParsedFlag[], name: string): boolean {
  return flags.some((flag) => flag.rule.name === name && flag.value !== false);
}
