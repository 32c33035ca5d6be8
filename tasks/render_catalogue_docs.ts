import { CATALOGUE } from "../src/events/catalogue/catalogue.ts";
import { reasonsOf } from "../src/events/compile_rules.ts";
import { formatGoDuration } from "../src/wire/duration.ts";
import type { Rule } from "../src/events/rule.ts";
import { markdownTable } from "./markdown_table.ts";

const INTRODUCTION = `# Catalogue of faults

<!-- Written by \`deno task docs:catalogue\` from src/events/catalogue/. Change the rules, not this page. -->

All built-in rules. An event matches a rule if everything in the column "event" holds; [events.md](events.md)
says which rule wins if several match, and how \`events.rules\` adds to this list, changes a rule by its id, or ignores what it reports.
Ids are stable: central programs can rely on them.

- A reason between slashes, and what follows "message", are regular expressions.
- \`Normal\` or \`Warning\` means that the rule requires that type; the others match both.
- "known noise" is seen, counted in \`agent_events_ignored_total\`, and not reported.
`;

/** docs/catalogue.md: every built-in rule, by category, from the rules alone. */
export function renderCatalogueDocs(rules: readonly Rule[] = CATALOGUE): string {
  const categories = groupByCategory(rules);
  return [
    INTRODUCTION,
    renderSummary(categories),
    ...[...categories].flatMap(([category, members]) => [`## ${category}\n`, renderRules(members)]),
  ].join("\n");
}

function groupByCategory(rules: readonly Rule[]): ReadonlyMap<string, readonly Rule[]> {
  const categories = new Map<string, Rule[]>();
  for (const rule of rules) categories.set(rule.category, [...categories.get(rule.category) ?? [], rule]);
  return new Map([...categories].sort(([a], [b]) => a < b ? -1 : 1));
}

function renderSummary(categories: ReadonlyMap<string, readonly Rule[]>): string {
  const row = (name: string, rules: readonly Rule[]) => {
    const reported = rules.filter(isReported);
    const withSeverity = (severity: string) => String(reported.filter((rule) => rule.severity === severity).length);
    return [
      name,
      ...["critical", "high", "medium", "low"].map(withSeverity),
      String(rules.length - reported.length),
      String(rules.length),
    ];
  };
  return markdownTable(["category", "critical", "high", "medium", "low", "known noise", "rules"], [
    ...[...categories].map(([category, rules]) => row(`[${category}](#${category})`, rules)),
    row("all", [...categories.values()].flat()),
  ]);
}

function renderRules(rules: readonly Rule[]): string {
  return markdownTable(
    ["id", "event", "kinds", "severity", "meaning"],
    rules.map((rule) => [
      `\`${rule.id}\``,
      renderConditions(rule),
      rule.kinds?.join(", ") ?? "any",
      isReported(rule) ? rule.severity : "known noise",
      rule.explanation,
    ]),
  );
}

function renderConditions(rule: Rule): string {
  const reasons = reasonsOf(rule);
  return [
    ...(rule.eventType === undefined ? [] : [rule.eventType]),
    ...(reasons.length === 0 ? [] : [reasons.map(code).join(" or ")]),
    ...(rule.reasonPattern === undefined ? [] : [code(`/${rule.reasonPattern}/`)]),
    ...(rule.apiGroup === undefined ? [] : [`of ${code(rule.apiGroup)}`]),
    ...(rule.component === undefined ? [] : [`from ${code(rule.component)}`]),
    ...(rule.namespaces === undefined ? [] : [`in ${rule.namespaces.map(code).join(" or ")}`]),
    ...(rule.withinMs === undefined ? [] : [`in its first ${formatGoDuration(rule.withinMs)}`]),
    ...(rule.match === undefined ? [] : [`message ${code(rule.match)}`]),
  ].join(", ");
}

/** Inline code may hold backticks when its fence is longer. */
function code(text: string): string {
  return text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``;
}

function isReported(rule: Rule): boolean {
  return rule.report !== false;
}
