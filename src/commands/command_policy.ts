import type { EnvelopeRules } from "./check_envelope.ts";
import { orList } from "./checked.ts";
import { BUILT_IN_TOOLS, verbNames } from "./tool/built_in_tools.ts";
import { compileTool } from "./tool/configured_tool.ts";
import type { ToolRule } from "./tool/tool_rule.ts";
import type { ConfiguredTool } from "./tool_schema.ts";

/** Everything that decides what may run. Made once, from the configuration; no message changes it. */
export interface CommandPolicy extends EnvelopeRules {
  readonly tools: ReadonlyMap<string, ToolRule>;
  /** The verbs left of a narrowed tool; a tool that is not here has all of its own. */
  readonly verbsLeft: ReadonlyMap<string, ReadonlySet<string>>;
  /** Built-in tools that the configuration takes away. */
  readonly disabledTools: ReadonlySet<string>;
  readonly apiServerHosts: readonly string[];
  readonly outputLimitBytes: number;
}

/** What the configuration says about commands. */
export interface PolicyOptions {
  readonly clusterId: string | null;
  /** Built-in tools that may run, each with its verbs; `["*"]` is all. A tool without verbs may have `[]`. Absent: all tools. */
  readonly allowed?: Readonly<Record<string, readonly string[]>>;
  /** Tools of the operator's own. They are allowed by being listed. */
  readonly tools?: readonly ConfiguredTool[];
  readonly timeoutCeilingMs: number;
  readonly envAllowlist?: readonly string[];
  /** Names and addresses of the API server, from the kubeconfig or the pod's environment; without port. */
  readonly apiServerHosts?: readonly string[];
  /** The most that a tool may print before its output is cut. */
  readonly outputLimitBytes?: number;
}

/** Something in the configuration that makes no policy. `path` is relative to the commands section. */
interface PolicyProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

type PolicyResult =
  | { readonly ok: true; readonly policy: CommandPolicy }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

/** Twice what kubectl logs is asked for, so that its own limit cuts at a line first. */
const DEFAULT_OUTPUT_LIMIT_BYTES = 2 * 1024 * 1024;

/** Builds the policy, or returns every problem at once. */
export function buildPolicy(options: PolicyOptions): PolicyResult {
  const configured = options.tools ?? [];
  const problems = [...narrowingProblems(options.allowed ?? {}), ...repeatedTools(configured)];
  if (problems.length > 0) return { ok: false, problems };
  const { allowed } = options;
  const isLeft = (tool: ToolRule) => isToolLeft(tool, allowed);
  const tools = [...BUILT_IN_TOOLS.filter(isLeft), ...configured.map(compileTool)];
  return {
    ok: true,
    policy: {
      tools: new Map(tools.map((tool) => [tool.name, tool])),
      verbsLeft: new Map(
        Object.entries(allowed ?? {})
          .filter(([, verbs]) => !verbs.includes("*"))
          .map(([name, verbs]) => [name, new Set(verbs)]),
      ),
      disabledTools: new Set(BUILT_IN_TOOLS.filter((tool) => !isLeft(tool)).map((tool) => tool.name)),
      clusterId: options.clusterId,
      timeoutCeilingMs: options.timeoutCeilingMs,
      envAllowlist: new Set(options.envAllowlist ?? []),
      apiServerHosts: (options.apiServerHosts ?? []).map(plainHost).filter((host) => host !== ""),
      outputLimitBytes: options.outputLimitBytes ?? DEFAULT_OUTPUT_LIMIT_BYTES,
    },
  };
}

/** A tool without verbs is left by being named; one with verbs needs some of them. */
function isToolLeft(tool: ToolRule, allowed: PolicyOptions["allowed"]): boolean {
  if (allowed === undefined) return true;
  const verbs = Object.hasOwn(allowed, tool.name) ? allowed[tool.name] : undefined;
  return verbs !== undefined && (verbs.length > 0 || verbNames(tool).length === 0);
}

/** What is wrong with `commands.allowed`: names that no built-in tool or verb has. */
export function narrowingProblems(allowed: Readonly<Record<string, readonly string[]>>): readonly PolicyProblem[] {
  return Object.entries(allowed).flatMap(([name, verbs]): PolicyProblem[] => {
    const tool = BUILT_IN_TOOLS.find((rule) => rule.name === name);
    const path = ["allowed", name];
    if (tool === undefined) {
      return [{ path, message: `one of ${orList(BUILT_IN_TOOLS.map((rule) => rule.name))}; own tools go to tools` }];
    }
    const known = verbNames(tool);
    const message = known.length === 0 ? `*, as ${name} has no verbs` : `one of ${orList([...known, "*"])}`;
    return verbs.flatMap((verb, at) => verb === "*" || known.includes(verb) ? [] : [{ path: [...path, at], message }]);
  });
}

function repeatedTools(tools: readonly ConfiguredTool[]): readonly PolicyProblem[] {
  return tools.flatMap((tool, at) =>
    tools.findIndex((other) => other.name === tool.name) < at
      ? [{ path: ["tools", at, "name"], message: "a name that no other tool has" }]
      : []
  );
}

function plainHost(host: string): string {
  return host.toLowerCase().replace(/^\[|\]$/g, "").replace(/\.$/, "");
}
