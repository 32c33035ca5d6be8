import { KUBECTL } from "./kubectl.ts";
import { NETWORK_TOOLS } from "./network_tools.ts";
import { SYSTEM_TOOLS } from "./system_tools.ts";
import type { ToolRule } from "./tool_rule.ts";

/** Every tool that may run without configuration; configuration can take some away and add others. */
export const BUILT_IN_TOOLS: readonly ToolRule[] = [KUBECTL, ...SYSTEM_TOOLS, ...NETWORK_TOOLS];

/** How a verb is written in the configuration and in reasons: its first word, or "" for a tool without verbs. */
export function verbNames(tool: ToolRule): readonly string[] {
  return [...new Set(tool.verbs.flatMap((verb) => verb.words[0]?.[0] ?? []))];
}
