import { compact } from "../lifecycle/compact.ts";
import type { ConfigProblem } from "./config_problem.ts";
import type { Config } from "./config_schema.ts";
import { formatSeen } from "./describe_issue.ts";
import { formatKeyPath, type KeyPath, valueAt } from "./key_path.ts";
import type { Origin } from "./origin.ts";

/**
 * What the schema can't see in `events.rules`: patterns that do not compile or may take for ever, ids that do not fit
 * the catalogue. The rules' code is loaded only where there are rules.
 */
export async function findRuleProblems(
  rules: Config["events"]["rules"],
  originOf: (path: KeyPath) => Origin,
): Promise<ConfigProblem[]> {
  if (rules.length === 0) return [];
  const [{ compileRules }, { loadFindSlowPattern }] = await Promise.all([
    import("../events/compile_rules.ts"),
    import("../events/find_slow_pattern.ts"),
  ]);
  const compiled = compileRules(rules, await loadFindSlowPattern());
  if (compiled.kind === "ok") return [];
  return compiled.problems.map(({ index, id, path, message }) => {
    const keyPath = ["events", "rules", index, path];
    const seen = valueAt(rules[index], [path]);
    return {
      origin: originOf(seen === undefined ? keyPath.slice(0, -1) : keyPath),
      path: formatKeyPath(keyPath),
      message: `rule ${id}: ${message}`,
      ...compact({ seen: seen === undefined ? undefined : formatSeen(seen) }),
    };
  });
}
