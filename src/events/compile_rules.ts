import { compact } from "../lifecycle/compact.ts";
import { CATALOGUE } from "./catalogue/catalogue.ts";
import type { Classification } from "./classification.ts";
import { compilePattern, splitFlags } from "./compile_pattern.ts";
import { parseGoDuration } from "../wire/duration.ts";
import { findDeadRule } from "./find_dead_rule.ts";
import type { ConfiguredRule, Rule } from "./rule.ts";

/** A rule with its regular expressions made. */
export interface CompiledRule {
  readonly rule: Rule;
  readonly reasonPattern: RegExp | null;
  readonly match: RegExp | null;
  readonly kinds: ReadonlySet<string> | null;
  /** Whether `match` is looked for in names of images and paths of URLs too: a configured one may look for just these. */
  readonly seesNames: boolean;
  /** What an event that fits is. */
  readonly classification: Classification;
}

/** Rules by reason, so that an event meets only the few that may fit it. */
export interface RuleSet {
  readonly byReason: ReadonlyMap<string, readonly CompiledRule[]>;
  /** Rules for a pattern of reasons, or for any reason, in their order. */
  readonly anyReason: readonly CompiledRule[];
}

/** What is wrong with a configured rule; `path` is the key below the rule. */
interface RuleProblem {
  readonly index: number;
  readonly id: string;
  readonly path: string;
  readonly message: string;
}

type CompiledRules =
  | { readonly kind: "ok"; readonly rules: RuleSet }
  | { readonly kind: "invalid"; readonly problems: readonly RuleProblem[] };

/** Says why a regular expression may take for ever on some message, or `null` when it can't. */
export type FindSlowPattern = (pattern: string) => string | null;

/** Configured rules without a rank of their own come before the catalogue's. */
const CONFIGURED_RANK = -1;

/**
 * Makes the rule set of the catalogue and the configuration. A configured rule adds to the catalogue, or changes the rule
 * of its id in what it names. What can't work is returned as problems, all of them.
 */
export function compileRules(configured: readonly ConfiguredRule[], findSlowPattern: FindSlowPattern): CompiledRules {
  const rules = new Map<string, Rule>(CATALOGUE.map((rule) => [rule.id, rule]));
  const problems: RuleProblem[] = [];
  const seen = new Set<string>();
  const own = new Set(configured.filter(({ match }) => match !== undefined).map(({ id }) => id));
  configured.forEach((given, index) => {
    const problem = (path: string, message: string) => problems.push({ index, id: given.id, path, message });
    if (seen.has(given.id)) problem("id", `there are two rules with the id ${given.id}; give each its own`);
    seen.add(given.id);
    for (const [path, pattern] of [["match", given.match], ["reason_pattern", given.reason_pattern]] as const) {
      const fault = pattern === undefined ? null : patternFault(pattern, findSlowPattern);
      if (fault !== null) problem(path, fault);
    }
    const known = rules.get(given.id);
    const missing = known === undefined ? missingKey(given) : null;
    if (missing !== null) problem(missing.path, missing.message);
    rules.set(given.id, mergeRule(known, given));
  });
  if (problems.length === 0) problems.push(...findDeadRules(configured, rules));
  return problems.length > 0
    ? { kind: "invalid", problems }
    : { kind: "ok", rules: indexRules([...rules.values()], own) };
}

/** What of the configured rules can have no effect, beside all the others in the order in which they are asked. */
function findDeadRules(configured: readonly ConfiguredRule[], rules: ReadonlyMap<string, Rule>): RuleProblem[] {
  const isFirst = (rule: Rule) => rule.reason === undefined && (rule.rank ?? 0) < 0; // classify asks these before any other
  const ordered = inOrder([...rules.values()]);
  const asked = [...ordered.filter(isFirst), ...ordered.filter((rule) => !isFirst(rule))];
  return configured.flatMap((given, index) => {
    const rule = rules.get(given.id);
    const dead = rule === undefined ? null : findDeadRule(given, rule, asked.slice(0, asked.indexOf(rule)));
    return dead === null ? [] : [{ index, id: given.id, ...dead }];
  });
}

function inOrder(rules: readonly Rule[]): readonly Rule[] {
  return [...rules].sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0));
}

/** The catalogue alone. */
export function compileCatalogue(): RuleSet {
  return indexRules(CATALOGUE, new Set());
}

function mergeRule(known: Rule | undefined, given: ConfiguredRule): Rule {
  const { reason_pattern, api_group, event_type, within, ignore, ...same } = given;
  const withinMs = within === undefined ? undefined : parseGoDuration(within) ?? undefined;
  return {
    severity: "medium",
    category: "custom",
    explanation: "",
    rank: CONFIGURED_RANK,
    ...known,
    ...compact({ ...same, reasonPattern: reason_pattern, apiGroup: api_group, eventType: event_type, withinMs }),
    ...(ignore === true ? { report: false } : {}),
    id: given.id,
  };
}

/** A new rule must say what it looks for, and how bad that is unless it ignores. */
function missingKey(given: ConfiguredRule): { path: string; message: string } | null {
  const conditions = [
    given.reason,
    given.reason_pattern,
    given.kinds,
    given.api_group,
    given.component,
    given.namespaces,
    given.match,
  ];
  if (conditions.every((condition) => condition === undefined)) {
    const near = nearestId(given.id);
    return {
      path: "id",
      message:
        "no rule of the catalogue has this id, and a new rule needs a reason, reason_pattern, kinds, api_group, component, namespaces or match" +
        (near === null ? "" : `; did you mean ${near}?`),
    };
  }
  if (given.severity === undefined && given.ignore !== true && given.report !== false) {
    return {
      path: "severity",
      message: "a new rule needs a severity (critical, high, medium or low), or ignore: true",
    };
  }
  return null;
}

/** The id of the catalogue that shares the longest beginning, three characters at least. */
function nearestId(id: string): string | null {
  let best: { id: string; shared: number } | null = null;
  for (const rule of CATALOGUE) {
    let shared = 0;
    while (shared < id.length && id[shared] === rule.id[shared]) shared++;
    if (shared >= 3 && (best === null || shared > best.shared)) best = { id: rule.id, shared };
  }
  return best?.id ?? null;
}

function patternFault(pattern: string, findSlowPattern: FindSlowPattern): string | null {
  try {
    compilePattern(pattern);
  } catch (error) {
    return `is not a valid regular expression: ${error instanceof Error ? error.message : error}`;
  }
  return findSlowPattern(splitFlags(pattern).source);
}

function indexRules(rules: readonly Rule[], ownMatches: ReadonlySet<string>): RuleSet {
  const byReason = new Map<string, CompiledRule[]>();
  const anyReason: CompiledRule[] = [];
  for (const rule of inOrder(rules)) {
    const compiled = compileRule(rule, ownMatches.has(rule.id));
    if (rule.reason === undefined) anyReason.push(compiled);
    for (const reason of reasonsOf(rule)) byReason.set(reason, [...byReason.get(reason) ?? [], compiled]);
  }
  return { byReason, anyReason };
}

/** The reasons that a rule names; none where it goes by a pattern, or fits any. */
export function reasonsOf({ reason }: Rule): readonly string[] {
  return reason === undefined ? [] : typeof reason === "string" ? [reason] : reason;
}

function compileRule(rule: Rule, seesNames: boolean): CompiledRule {
  return {
    rule,
    reasonPattern: rule.reasonPattern === undefined ? null : compilePattern(rule.reasonPattern),
    match: rule.match === undefined ? null : compilePattern(rule.match),
    kinds: rule.kinds === undefined ? null : new Set(rule.kinds),
    seesNames,
    classification: rule.report === false
      ? {
        kind: "ignored",
        rule: rule.id,
        reason: rule.withinMs === undefined ? "rule" : "young",
      }
      : {
        kind: "fault",
        rule: rule.id,
        severity: rule.severity,
        category: rule.category,
        explanation: rule.explanation,
        byMessage: rule.match === undefined || rule.perFinding === true,
      },
  };
}
