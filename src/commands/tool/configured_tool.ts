import { compact } from "../../lifecycle/compact.ts";
import type { ValueGrammar } from "../argument/value_grammar.ts";
import { type ConfiguredArgument, type ConfiguredFlag, configuredMs, type ConfiguredTool } from "../tool_schema.ts";
import type { FlagRule, OperandRule, ToolRule, VerbRule } from "./tool_rule.ts";

/** Turns a checked tool of the configuration into rows of the same tables that hold the built-in ones. */
export function compileTool(tool: ConfiguredTool): ToolRule {
  const shared = tool.flags.map(compileFlag);
  const verbs: readonly VerbRule[] = tool.verbs.map((verb) => ({
    words: [[verb.name]],
    flags: [...shared, ...verb.flags.map(compileFlag)],
    operands: compileArguments(verb.arguments),
  }));
  return {
    name: tool.name,
    path: tool.path,
    syntax: "getopt",
    layout: "flags_first",
    longValue: tool.value_style,
    globalFlags: [],
    verbs: verbs.length > 0 ? verbs : [{ words: [], flags: shared, operands: compileArguments(tool.arguments) }],
    pinning: "none",
    timeoutMs: tool.timeout === undefined ? null : configuredMs(tool.timeout),
    outputLimitBytes: tool.output_limit ?? null,
  };
}

function compileFlag(flag: ConfiguredFlag): FlagRule {
  const short = flag.short ?? (flag.name.startsWith("--") ? undefined : flag.name);
  const value = flag.type === "switch" ? "switch" : compileValue(flag);
  return { name: flag.name, ...compact({ short }), value, required: flag.required };
}

function compileArguments(values: readonly ConfiguredArgument[]): OperandRule {
  if (values.length === 0) return { kind: "none" };
  return {
    kind: "values",
    values: values.map((value) => ({ name: value.name, grammar: compileValue(value), optional: value.optional })),
  };
}

function compileValue(value: ConfiguredArgument | Exclude<ConfiguredFlag, { type: "switch" }>): ValueGrammar {
  switch (value.type) {
    case "enum":
      return { kind: "word", words: value.values };
    case "int":
      return { kind: "int", min: value.min, max: value.max };
    case "duration":
      // The schema has refused what is no duration.
      return { kind: "duration", minMs: configuredMs(value.min) ?? 0, maxMs: configuredMs(value.max) ?? 0 };
    case "kubernetes_name":
      return { kind: "kubernetes_name" };
    case "selector":
      return { kind: "label_selector" };
    case "host":
      return { kind: "host" };
    case "path":
      return { kind: "path", below: value.below };
  }
}
