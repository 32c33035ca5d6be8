import { compilePattern } from "./compile_pattern.ts";
import { EVENT_TEXT_LIMITS } from "./event_text_limits.ts";
import type { ConfiguredRule, Rule } from "./rule.ts";

/** Why something about a rule has no effect; `path` is the key below the rule. */
interface DeadRule {
  readonly path: string;
  readonly message: string;
}

/**
 * What of a configured rule can have no effect: an author who wrote it believes that it has. `rule` is what it comes to,
 * and `before` are the rules that are asked before it, in their order.
 */
export function findDeadRule(given: ConfiguredRule, rule: Rule, before: readonly Rule[]): DeadRule | null {
  return deadReason(given) ?? deadPattern("match", given.match) ??
    deadPattern("reason_pattern", given.reason_pattern) ?? deadSeverity(given, rule) ?? shadowed(rule, before);
}

function deadReason({ reason }: ConfiguredRule): DeadRule | null {
  const limit = EVENT_TEXT_LIMITS.reason;
  return reason === undefined || reason.length <= limit
    ? null
    : { path: "reason", message: `fits no event: a reason has ${limit} characters at most` };
}

/** Texts that no pattern with something to look for is found in, all of them. */
const ANYTHING = ["", "\u0001", "a 1"];
/** `[]` holds no character, so that nothing fits it. */
const EMPTY_CLASS = /(?:^|[^\\])\[\]/;

function deadPattern(path: string, pattern: string | undefined): DeadRule | null {
  if (pattern === undefined) return null;
  if (EMPTY_CLASS.test(pattern)) {
    return { path, message: "can't be found in any text: [] holds no character; say which, or leave it out" };
  }
  const compiled = compilePattern(pattern);
  return ANYTHING.every((text) => compiled.test(text))
    ? { path, message: `is found in every text (an empty alternative?); say what to look for, or leave ${path} out` }
    : null;
}

function deadSeverity(given: ConfiguredRule, rule: Rule): DeadRule | null {
  if (given.ignore === true && given.report === true) {
    return { path: "report", message: "contradicts ignore: true; leave one of them out" };
  }
  if (given.severity === undefined || rule.report !== false) return null;
  const remedy = given.ignore === true || given.report === false
    ? "leave it out, or report the event"
    : "this rule is not reported unless report: true stands beside it";
  return { path: "severity", message: `has no effect: ${remedy}` };
}

function shadowed(rule: Rule, before: readonly Rule[]): DeadRule | null {
  const first = before.find((earlier) => takesAll(earlier, rule));
  return first === undefined ? null : {
    path: "id",
    message: `never fits: ${first.id}, which is asked before it, takes every event that it would; ` +
      "say more in that one, or put this one first",
  };
}

/** Whether whatever fits `rule` fits `earlier`: each of its conditions is left out, the same, or wider. */
function takesAll(earlier: Rule, rule: Rule): boolean {
  const isSame = (key: "reasonPattern" | "apiGroup" | "component" | "eventType" | "match") =>
    earlier[key] === undefined || earlier[key] === rule[key];
  const isWithin = earlier.withinMs === undefined || (rule.withinMs ?? Infinity) <= earlier.withinMs;
  return isWithin && covers(list(earlier.reason), list(rule.reason)) && covers(earlier.kinds, rule.kinds) &&
    covers(earlier.namespaces, rule.namespaces) &&
    (["reasonPattern", "apiGroup", "component", "eventType", "match"] as const).every(isSame);
}

function list(reason: Rule["reason"]): readonly string[] | undefined {
  return typeof reason === "string" ? [reason] : reason;
}

function covers(wide: readonly string[] | undefined, narrow: readonly string[] | undefined): boolean {
  return wide === undefined || (narrow !== undefined && narrow.every((value) => wide.includes(value)));
}
