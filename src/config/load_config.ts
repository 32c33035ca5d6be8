import type { ConfigProblem } from "./config_problem.ts";
import { type Config, configSchema } from "./config_schema.ts";
import { describeIssue, formatSeen } from "./describe_issue.ts";
import { type EnvironmentFault, readEnvironment } from "./environment.ts";
import { findRedactionProblems } from "./find_redaction_problems.ts";
import { findRuleProblems } from "./find_rule_problems.ts";
import { formatKeyPath, isRecord, type KeyPath, valueAt } from "./key_path.ts";
import { type FileLayer, type MergedLayers, mergeLayers } from "./merge_layers.ts";
import type { Origin, Override } from "./origin.ts";
import { parseYaml } from "./parse_yaml.ts";
import { type FileContent, readConfigFile } from "./read_config_file.ts";
import { eventRulesField } from "./section/event_rules.ts";
import { redactionSchema } from "./section/redaction.ts";
import { isContainerAt } from "./schema_tree.ts";

/** Where the configuration is looked for when nobody names a file; this one may be missing. */
export const DEFAULT_CONFIG_PATH = "/etc/agent/config.yaml";

export type LoadedConfig =
  | {
    readonly kind: "ok";
    readonly config: Config;
    /** Where the value at a path (`["nats", "stream"]`) comes from. */
    readonly originOf: (path: KeyPath) => Origin;
  }
  | { readonly kind: "invalid"; readonly problems: readonly ConfigProblem[] };

/** What stands above the file, strongest last. */
export interface ConfigLayers {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What options of the command line set. */
  readonly flags?: readonly Override[];
  readonly fallback?: ConfigFallback;
}

/** Given what the sources say together, unchecked, and from where: what to set beside or in place of it. */
export type ConfigFallback = (data: unknown, originOf: MergedLayers["originOf"]) => readonly Override[];

/**
 * Reads and checks the configuration: flags over environment over file over defaults. `path` undefined means the
 * default file, which may be missing. Never throws for what the sources hold: every problem of all sources is returned.
 */
export async function loadConfig(options: ConfigLayers & { readonly path?: string }): Promise<LoadedConfig> {
  const name = options.path ?? DEFAULT_CONFIG_PATH;
  const content = await readConfigFile(name);
  if (content.kind === "missing" && options.path === undefined) {
    return await checkConfig({ name, data: {}, positions: null }, options);
  }
  return await loadConfigContent(name, content, options);
}

type CheckResult = ReturnType<typeof configSchema.safeParse>;

/** Checks a configuration whose file was read already; `name` stands for it in messages. */
export async function loadConfigContent(
  name: string,
  content: FileContent,
  layers: ConfigLayers,
): Promise<LoadedConfig> {
  if (content.kind === "missing") {
    return invalidFile(name, [{ line: 1, column: 1, path: "", message: "there is no such file" }]);
  }
  if (content.kind === "unreadable") return invalidFile(name, [{ ...content, path: "" }]);
  const parsed = parseYaml(content.text);
  if (parsed.kind === "invalid") return invalidFile(name, parsed.faults);
  return await checkConfig({ name, data: parsed.data, positions: parsed.positions }, layers);
}

function invalidFile(
  file: string,
  faults: readonly { line: number; column: number; path: string; message: string }[],
): LoadedConfig {
  const problems = faults.map(({ line, column, path, message }): ConfigProblem => ({
    origin: { kind: "file", file, line, column },
    path,
    message,
  }));
  return { kind: "invalid", problems };
}

async function checkConfig(file: FileLayer, layers: ConfigLayers): Promise<LoadedConfig> {
  const environment = readEnvironment(layers.env);
  const written = { ...file, data: dropEmptyContainers(file.data, []) };
  const own = [...environment.overrides, ...layers.flags ?? []];
  const alone = mergeLayers(written, own);
  const beside = layers.fallback?.(alone.data, alone.originOf) ?? [];
  const overrides = [...own, ...beside];
  const merged = beside.length === 0 ? alone : mergeLayers(written, overrides);
  const checked = configSchema.safeParse(merged.data);
  const problems = [
    ...environment.faults.map(describeEnvironmentFault),
    ...describeIssues(checked, merged, file),
    ...findHiddenProblems(written, overrides),
  ];
  // Alone, so that a fault elsewhere in the file does not hide those of the rules.
  const rules = eventRulesField.safeParse(valueAt(merged.data, ["events", "rules"]));
  if (rules.success) problems.push(...await findRuleProblems(rules.data, merged.originOf));
  const redaction = redactionSchema.safeParse(valueAt(merged.data, ["redaction"]) ?? {});
  if (redaction.success) problems.push(...await findRedactionProblems(redaction.data.patterns, merged.originOf));
  if (!checked.success || problems.length > 0) return { kind: "invalid", problems: sortProblems(problems) };
  const originOf = (path: KeyPath): Origin =>
    valueAt(merged.data, path) === undefined ? { kind: "default" } : merged.originOf(path);
  return { kind: "ok", config: checked.data, originOf };
}

function describeIssues(checked: CheckResult, { data, originOf }: MergedLayers, file: FileLayer): ConfigProblem[] {
  if (checked.success) return [];
  const originOfKey = (path: KeyPath): Origin =>
    file.positions === null ? { kind: "default" } : { kind: "file", file: file.name, ...file.positions.key(path) };
  const context = { data, originOf, originOfKey, missingFile: file.positions === null ? file.name : null };
  return checked.error.issues.flatMap((issue) => describeIssue(issue, context));
}

/** A wrong value in the file is a problem too where something stronger happens to stand above it just now. */
function findHiddenProblems(file: FileLayer, overrides: readonly Override[]): ConfigProblem[] {
  if (file.positions === null || overrides.length === 0) return [];
  const alone = mergeLayers(file, []);
  const overridden = new Set(overrides.map(({ path }) => formatKeyPath(path)));
  return describeIssues(configSchema.safeParse(alone.data), alone, file)
    .filter(({ path, seen }) => overridden.has(path) && seen !== undefined);
}

function describeEnvironmentFault(fault: EnvironmentFault): ConfigProblem {
  return {
    origin: { kind: "environment", variable: fault.variable },
    path: formatKeyPath(fault.path),
    message: `must be ${fault.allowed}`,
    seen: formatSeen(fault.text),
    allowed: fault.allowed,
  };
}

/** `null` for a section or a list (all its lines are commented out) is the same as leaving it out. */
function dropEmptyContainers(value: unknown, path: KeyPath): unknown {
  if (!isRecord(value)) return value;
  const kept: Record<string, unknown> = Object.create(null);
  for (const [key, inner] of Object.entries(value)) {
    const innerPath = [...path, key];
    if (inner === null && isContainerAt(configSchema, innerPath)) continue;
    kept[key] = dropEmptyContainers(inner, innerPath);
  }
  return kept;
}

/** By place in the file, then what comes from elsewhere. */
function sortProblems(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const rank = ({ origin }: ConfigProblem) =>
    origin.kind === "file" ? origin.line * 1e6 + origin.column : Number.MAX_SAFE_INTEGER;
  return [...problems].sort((a, b) => rank(a) - rank(b));
}
