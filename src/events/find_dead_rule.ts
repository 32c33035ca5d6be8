import { CATALOGUE } from "./catalogue/catalogue.ts";
import { compilePattern, splitFlags } from "./compile_pattern.ts";
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
  return deadReason(given) ?? deadName(given) ?? deadKind(given) ?? deadNamespace(given) ??
    deadPattern("match", given.match) ??
    deadPattern("reason_pattern", given.reason_pattern) ?? deadSeverity(given, rule) ?? shadowed(rule, before);
}

/** What a name never holds, and an author means as a pattern. */
const PATTERN_SIGN = /[*?^$|\\]/;

function deadReason({ reason }: ConfiguredRule): DeadRule | null {
  if (reason === undefined) return null;
  const limit = EVENT_TEXT_LIMITS.reason;
  const path = "reason";
  if (reason.length > limit) return { path, message: `fits no event: a reason has ${limit} characters at most` };
  if (reason !== reason.trim()) return { path, message: "fits no event: no reason begins or ends with white space" };
  if (/\w,\s?\w/.test(reason)) {
    return { path, message: "fits no event: it is one reason; write several as reason_pattern, such as ^(A|B)$" };
  }
  return PATTERN_SIGN.test(reason)
    ? { path, message: `fits no event: a reason is compared exactly; write a regular expression as reason_pattern` }
    : null;
}

/** A name that is compared exactly but for a wildcard at one end, and has a sign of a pattern elsewhere. */
function deadName(given: ConfiguredRule): DeadRule | null {
  const names: readonly (readonly [string, readonly string[] | undefined, RegExp, string])[] = [
    ["kinds", given.kinds, /$^/, "a kind is compared exactly"],
    [
      "api_group",
      given.api_group === undefined ? [] : [given.api_group],
      /^\*/,
      "only a * at its beginning is a wildcard",
    ],
    ["component", given.component === undefined ? [] : [given.component], /\*$/, "only a * at its end is a wildcard"],
    ["namespaces", given.namespaces, /\*$/, "only a * at its end is a wildcard"],
  ];
  for (const [path, values, wildcard, rule] of names) {
    const dead = values?.find((value) => PATTERN_SIGN.test(value.replace(wildcard, "")));
    if (dead !== undefined) return { path, message: `${JSON.stringify(dead)} fits no event: ${rule}` };
  }
  return null;
}

/** The kinds that the catalogue knows, by their names in small letters. */
const KINDS = new Map(CATALOGUE.flatMap(({ kinds = [] }) => kinds.map((kind) => [kind.toLowerCase(), kind] as const)));

/** What kubectl takes for a kind, and an event never says: `pod`, `pods`. */
function deadKind({ kinds }: ConfiguredRule): DeadRule | null {
  for (const kind of kinds ?? []) {
    const small = kind.toLowerCase();
    const meant = KINDS.get(small) ?? KINDS.get(small.replace(/s$/, "")) ?? KINDS.get(small.replace(/ies$/, "y"));
    if (meant === undefined || meant === kind) continue;
    return {
      path: "kinds",
      message: `${JSON.stringify(kind)} fits no event: a kind is compared exactly; write ${meant}`,
    };
  }
  return null;
}

/** The names that a namespace can have (RFC 1123, as kube-apiserver checks them), or how one begins. */
const NAMESPACE = /^(?!-)[a-z0-9-]{1,63}(?:\*|(?<!-))$|^\*$/;

function deadNamespace({ namespaces }: ConfiguredRule): DeadRule | null {
  const dead = namespaces?.find((namespace) => !NAMESPACE.test(namespace));
  return dead === undefined
    ? null
    : { path: "namespaces", message: `${JSON.stringify(dead)} fits no event: no namespace can have this name` };
}

/** Texts that no pattern with something to look for is found in, all of them. */
const ANYTHING = ["", "\u0001", "a 1"];
/** `[]` holds no character, so that nothing fits it. */
const EMPTY_CLASS = /(?:^|[^\\])\[\]/;

/** What other engines (RE2, PCRE, POSIX) read otherwise than JavaScript, which takes it for plain characters. */
const OTHER_ENGINES: readonly { readonly found: RegExp; readonly message: string }[] = [
  {
    found: /\[\^?\[:\^?[a-z]+:\]/,
    message: "POSIX classes such as [:digit:] are not known here; write \\d, \\w, \\s or [a-z]",
  },
  { found: /(?:^|[^\\])(?:\\\\)*\\[AzZ]/, message: "\\A, \\z and \\Z are not known here; write ^ and $" },
  {
    found: /(?:^|[^\\])(?:\\\\)*\\[pP](?:\{|L|N)/,
    message: "classes such as \\p{L} are not known here; list the characters",
  },
  { found: /(?:^|[^\\])(?:\\\\)*\\Q/, message: "\\Q…\\E is not known here; write a \\ before each sign" },
];

function deadPattern(path: string, pattern: string | undefined): DeadRule | null {
  if (pattern === undefined) return null;
  if (EMPTY_CLASS.test(pattern)) {
    return { path, message: "can't be found in any text: [] holds no character; say which, or leave it out" };
  }
  const other = OTHER_ENGINES.find(({ found }) => found.test(pattern));
  if (other !== undefined) return { path, message: `means something else than it says: ${other.message}` };
  if (/^\/[^/]+\/(?:i|g|gi|ig|im|mi)$/.test(pattern)) {
    return { path, message: "is written between slashes, which are looked for too; leave them and what follows out" };
  }
  if (isAnchoredInside(pattern)) {
    return { path, message: "can't be found in any text: there is something before ^ or after $" };
  }
  const compiled = compilePattern(pattern);
  return ANYTHING.every((text) => compiled.test(text))
    ? { path, message: `is found in every text (an empty alternative?); say what to look for, or leave ${path} out` }
    : null;
}

/** Whether a letter or digit must stand before the beginning or after the end. What is in brackets is no anchor. */
function isAnchoredInside(pattern: string): boolean {
  if (splitFlags(pattern).flags.includes("m")) return false; // each line has a beginning and an end
  const bare = pattern.replace(/\\.|\[(?:\\.|[^\]\\])*\]/g, "_");
  return /[A-Za-z0-9_]\^|\$[A-Za-z0-9_]/.test(bare);
}

function deadSeverity(given: ConfiguredRule, rule: Rule): DeadRule | null {
  if (given.ignore === true && given.report === true) {
    return { path: "report", message: "contradicts ignore: true; leave one of them out" };
  }
  if (given.severity === undefined || rule.report !== false) return null;
  const remedy = given.ignore === true || given.report === false
    ? "leave it out, or report the event"
    : "this rule is not reported unless it sets report: true";
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
