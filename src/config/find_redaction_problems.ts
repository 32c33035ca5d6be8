import type { ConfigProblem } from "./config_problem.ts";
import type { Config } from "./config_schema.ts";
import { formatSeen } from "./describe_issue.ts";
import { formatKeyPath, type KeyPath } from "./key_path.ts";
import type { Origin } from "./origin.ts";

/** Redaction reads outputs of megabytes: there a square is too slow. */
const DEGREE_LIMIT = 1;

/**
 * What the schema can't see in `redaction.patterns`: what is no regular expression, matches nothing at all, or takes a
 * time that grows faster than the text. The analysis is loaded only where there are patterns.
 */
export async function findRedactionProblems(
  patterns: Config["redaction"]["patterns"],
  originOf: (path: KeyPath) => Origin,
): Promise<ConfigProblem[]> {
  if (patterns.length === 0) return [];
  const { loadFindSlowPattern } = await import("../events/find_slow_pattern.ts");
  const findSlow = await loadFindSlowPattern({ degreeLimit: DEGREE_LIMIT });
  return patterns.flatMap((pattern, index) => {
    const message = findFault(pattern) ?? findSlow(pattern);
    if (message === null) return [];
    const path = ["redaction", "patterns", index];
    return [{ origin: originOf(path), path: formatKeyPath(path), message, seen: formatSeen(pattern) }];
  });
}

function findFault(pattern: string): string | null {
  try {
    return new RegExp(pattern).test("") ? "matches an empty text; it must match what is to be cut out" : null;
  } catch (error) {
    return `is not a valid regular expression: ${error instanceof Error ? error.message : String(error)}`;
  }
}
