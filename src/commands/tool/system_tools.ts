import type { CommandForm, ToolRule } from "./tool_rule.ts";

/**
 * Tools that look at the agent's own node or pod. Each takes one of a few whole argument lists, the ones that procps,
 * coreutils and BusyBox share: ps alone has a hundred spellings, among them `e`, which prints the environment of every
 * process.
 */
export const SYSTEM_TOOLS: readonly ToolRule[] = [
  formTool("ps", [
    { words: [] },
    { words: ["aux"] },
    { words: ["-ef"], spellings: [["-fe"], ["-e", "-f"], ["-f", "-e"]] },
  ]),
  formTool("df", [{ words: [] }, { words: ["-h"], spellings: [["--human-readable"]] }]),
  formTool("free", [{ words: [] }, { words: ["-h"], spellings: [["--human"]] }]),
  formTool("uptime", [{ words: [] }]),
  formTool("uname", [{ words: [] }, { words: ["-a"], spellings: [["--all"]] }]),
  formTool("whoami", [{ words: [] }]),
];

function formTool(name: string, forms: readonly CommandForm[]): ToolRule {
  return {
    name,
    path: null,
    syntax: "getopt",
    layout: "operands_first",
    longValue: "joined",
    globalFlags: [],
    verbs: [{ words: [], flags: [], operands: { kind: "forms", forms } }],
    pinning: "none",
    timeoutMs: null,
    outputLimitBytes: null,
  };
}
