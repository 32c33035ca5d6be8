import type { FindSlowPattern } from "./compile_rules.ts";

interface SlowPatternOptions {
  readonly analysisMs?: number;
  /** The highest power of the length that a pattern's steps may grow with. */
  readonly degreeLimit?: number;
}

/** How long the analysis of one pattern may take; what is not found out by then passes, since messages are bounded. */
const ANALYSIS_MS = 5_000;
/** On a message of 4,096 characters a quadratic pattern takes milliseconds, a cubic one minutes. */
const DEGREE_LIMIT = 2;

/**
 * Loads the analysis of regular expressions (`recheck`: automata theory, not a guess by shape). It is large, so it is
 * loaded only when the configuration has patterns of its own.
 */
export async function loadFindSlowPattern(options: SlowPatternOptions = {}): Promise<FindSlowPattern> {
  const { analysisMs = ANALYSIS_MS, degreeLimit = DEGREE_LIMIT } = options;
  // @ts-types="./recheck.d.ts"
  const { default: recheck } = await import("recheck");
  return (pattern) => {
    // The library does not know inline flags; without them the structure, and so the answer, is the same.
    const { status, complexity } = recheck.checkSync(pattern.replaceAll(/\(\?[ims]+(?:-[ims]+)?:/g, "(?:"), "", {
      timeout: analysisMs,
    });
    if (status !== "vulnerable" || complexity === undefined) return null;
    const { type, degree = Infinity } = complexity;
    if (type !== "exponential" && degree <= degreeLimit) return null;
    const growth = type === "exponential" ? "exponentially" : `with power ${degree}`;
    return `may take for ever on some text (its steps grow ${growth} with the length: catastrophic backtracking); ` +
      "repeat one thing at a time and avoid quantifiers inside quantifiers";
  };
}
