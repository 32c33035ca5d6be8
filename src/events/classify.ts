import type { Classification, Fault } from "./classification.ts";
import { isNamesake } from "./cluster_scoped_kinds.ts";
import type { ClusterEvent } from "./cluster_event.ts";
import type { CompiledRule, RuleSet } from "./compile_rules.ts";
import { boundedText, matchedText } from "./matched_text.ts";
import { gradeBySigns, type SignGrade } from "./signs/grade_by_signs.ts";
import { verifyNamespace } from "./verify_namespace.ts";

interface ClassifyOptions {
  /** What becomes of a Warning that no rule knows. */
  readonly unknownWarnings: "report" | "drop";
}

/**
 * What the rules make of an event. Pure. A configured rule for any reason is asked before the rules of the event's own
 * reason. What no rule knows is graded by signs: a Warning is `unknown.warning` at least. An Event that stands in
 * another namespace than Kubernetes writes its like in is never more than low.
 */
export function classify(rules: RuleSet, event: ClusterEvent, options: ClassifyOptions): Classification {
  const own = rules.byReason.get(event.reason);
  const found = firstFit(rules.anyReason, event, isConfigured) ??
    (own === undefined ? null : firstFit(own, event)) ??
    firstFit(rules.anyReason, event);
  if (found !== null) return verified(event, found.classification);
  const graded = gradeBySigns(event);
  if (graded.kind === "ignored") return NORMAL;
  if (options.unknownWarnings === "drop") return event.type === "Warning" ? DROPPED : NORMAL;
  return verified(event, unknownFault(graded));
}

const NORMAL: Classification = { kind: "ignored", rule: null, reason: "normal" };
const DROPPED: Classification = { kind: "ignored", rule: null, reason: "unknown_warning" };

/** The fault that an event is by its words alone; its rule is the worst sign. */
function unknownFault({ severity, signs }: Extract<SignGrade, { kind: "graded" }>): Fault {
  const [rule] = signs;
  return rule === undefined ? UNKNOWN_WARNING : {
    kind: "fault",
    rule,
    severity,
    category: "unknown",
    explanation: `No rule knows it; graded ${severity} by the signs ${signs.join(", ")}`,
    byMessage: true,
    gradedBy: signs,
  };
}

function verified(event: ClusterEvent, classification: Classification): Classification {
  return classification.kind === "fault" ? verifyNamespace(event, classification) : classification;
}

const UNKNOWN_WARNING: Fault = {
  kind: "fault",
  rule: "unknown.warning",
  severity: "low",
  category: "unknown",
  explanation: "A warning that no rule knows",
  byMessage: true,
};

const isAny = () => true;
const isConfigured = ({ rule }: CompiledRule) => (rule.rank ?? 0) < 0;

function firstFit(
  rules: readonly CompiledRule[],
  event: ClusterEvent,
  among: (rule: CompiledRule) => boolean = isAny,
): CompiledRule | null {
  for (const rule of rules) if (among(rule) && fits(rule, event)) return rule;
  return null;
}

function fits({ rule, kinds, reasonPattern, match, seesNames }: CompiledRule, event: ClusterEvent): boolean {
  const { kind, apiVersion } = event.involvedObject;
  if (kinds !== null && (!kinds.has(kind) || (rule.apiGroup === undefined && isNamesake(kind, apiVersion)))) {
    return false;
  }
  if (rule.apiGroup !== undefined) {
    if (apiVersion === "" ? kinds === null : !fitsApiGroup(rule.apiGroup, apiVersion)) return false;
  }
  if (rule.component !== undefined && !fitsName(rule.component, event.reportingComponent)) return false;
  const { namespace } = event.involvedObject;
  if (rule.namespaces !== undefined && !rule.namespaces.some((wanted) => fitsName(wanted, namespace))) return false;
  if (rule.withinMs !== undefined && !isWithin(event, rule.withinMs)) return false;
  if (rule.eventType !== undefined && rule.eventType !== event.type) return false;
  if (reasonPattern !== null && !reasonPattern.test(event.reason)) return false;
  return match === null || match.test(seesNames ? boundedText(event.message) : matchedText(event.message));
}

/** Whether a component or a namespace is the one wanted, or begins as one with a final `*` asks. */
function fitsName(wanted: string, name: string): boolean {
  return wanted.endsWith("*") ? name.startsWith(wanted.slice(0, -1)) : name === wanted;
}

function isWithin({ firstSeenMs, lastSeenMs }: ClusterEvent, withinMs: number): boolean {
  return firstSeenMs !== null && lastSeenMs !== null && lastSeenMs - firstSeenMs <= withinMs;
}

function fitsApiGroup(wanted: string, apiVersion: string): boolean {
  const groupEnd = Math.max(0, apiVersion.indexOf("/"));
  return wanted.startsWith("*")
    ? apiVersion.endsWith(wanted.slice(1), groupEnd)
    : groupEnd === wanted.length && apiVersion.startsWith(wanted);
}
