import type { FailureKind } from "../lifecycle/errors.ts";
import { isSubjectToken, subjectToken } from "../wire/subject_token.ts";
import type { IdentityEvidence } from "./cluster_identity.ts";
import type { ClusterFacts } from "./cluster_facts.ts";
import type { MissingFact } from "./fact.ts";
import { evidenceOf, type Finding } from "./finding.ts";
import { ID_METHODS } from "./id_methods.ts";
import { isReadableFormOf, readableId, type ReadableParts } from "./readable_id.ts";

export type IdStyle = "uid" | "provider";

/** The operator's own word on the id; `value` is trimmed and not empty. */
interface IdOverride {
  readonly value: string;
  readonly source: "environment" | "configuration";
}

export interface IdRules {
  readonly override: IdOverride | null;
  readonly style: IdStyle;
  /** The id that this agent used last, `null` when none is known. */
  readonly remembered: string | null;
}

export type IdDecision =
  | { readonly kind: "identified"; readonly id: string; readonly source: string }
  /** The cluster did not answer: ask again, since any other answer could be another id. */
  | { readonly kind: "retry"; readonly reason: string; readonly failure: FailureKind }
  /** The cluster answered, and nothing in the answers is unique. `failure` is what that means for the exit code. */
  | { readonly kind: "impossible"; readonly reason: string; readonly failure: FailureKind };

/**
 * Reads an operator's id as it comes from the environment or a file: `null` when blank, or when it is a reference that
 * nobody expanded (`$(CLUSTER_ID)` in a manifest, `${CLUSTER_ID}` in a template).
 */
export function parseOverride(value: string | undefined, source: IdOverride["source"]): IdOverride | null {
  const text = value?.trim() ?? "";
  return text === "" || /^\$(\([^)]*\)|\{[^}]*\})$/.test(text) ? null : { value: text, source };
}

/**
 * Decides the id. The operator's word comes first, then the UID of kube-system. Where that can't be read, an id that was
 * used before stays in use, else the next unique value stands in. An id in use also stays when it is still provably this
 * cluster's: a permission granted later, or a node pool renamed, changes nothing. Pure; never throws.
 */
export function decideId(facts: ClusterFacts, parts: ReadableParts, rules: IdRules): IdDecision {
  const { override, style } = rules;
  if (override !== null) return { kind: "identified", id: subjectToken(override.value), source: override.source };
  const remembered = rules.remembered !== null && isSubjectToken(rules.remembered) ? rules.remembered : null;
  const findings = ID_METHODS.map(({ method, permission, read }) => ({ method, permission, finding: read(facts) }));

  const ids = findings.flatMap(({ method, finding }) =>
    finding.kind === "found" ? [{ id: finding.value, source: method }] : []
  );
  const kept = remembered === null
    ? undefined
    : ids.find(({ id }) => style === "uid" ? id === remembered : isReadableFormOf(remembered, id));
  if (remembered !== null && kept !== undefined) return { kind: "identified", id: remembered, source: kept.source };

  for (const [index, { method, finding }] of findings.entries()) {
    if (finding.kind === "unreachable") return askAgain(finding);
    if (finding.kind === "found") return inStyle(finding.value, method, facts, parts, style);
    if (index === 0 && remembered !== null) return { kind: "identified", id: remembered, source: "remembered" };
  }
  return impossible(findings);
}

/** What each id method found, for `agent detect-cluster` and the status page. */
export function idEvidence(facts: ClusterFacts, override: IdOverride | null): readonly IdentityEvidence[] {
  const source = override?.source ?? "environment";
  const given = override === null
    ? { method: source, found: false, detail: "CLUSTER_ID is not set" }
    : { method: source, found: true, detail: `${override.value.slice(0, 200)} (set by the operator)` };
  return [given, ...ID_METHODS.map(({ method, read }) => evidenceOf(method, read(facts)))];
}

/** A readable id is made once and then used for good, so it waits until every part of it has been asked for. */
function inStyle(id: string, source: string, facts: ClusterFacts, parts: ReadableParts, style: IdStyle): IdDecision {
  if (style === "uid") return { kind: "identified", id, source };
  for (const fact of Object.values(facts)) {
    if (fact.kind === "unreachable") return askAgain(fact);
  }
  return { kind: "identified", id: readableId(id, parts), source };
}

/** For an agent both are worth another try: tokens are renewed. For a person a refusal is an answer. */
function askAgain({ detail, unauthorized }: Extract<MissingFact, { kind: "unreachable" }>): IdDecision {
  return { kind: "retry", reason: detail, failure: unauthorized === true ? "not_permitted" : "unreachable" };
}

function impossible(
  findings: readonly { readonly permission: string; readonly finding: Finding }[],
): IdDecision {
  const [kubeSystem] = findings;
  const refused = findings.filter(({ finding }) => finding.kind === "forbidden");
  const why = kubeSystem === undefined || kubeSystem.finding.kind === "found" ? "" : kubeSystem.finding.detail;
  const others = refused.slice(1).map(({ permission }) => permission);
  const remedy = refused[0] === kubeSystem
    ? `; set CLUSTER_ID, or grant "get" on namespace "kube-system" to the agent's ClusterRole`
    : "; set CLUSTER_ID";
  const also = others.length > 0
    ? ` (on some platforms one of these would do too: ${[...new Set(others)].join(", ")})`
    : "";
  return {
    kind: "impossible",
    reason: `Cannot tell which cluster this is: ${why}, and nothing else that is unique can be read${remedy}${also}`,
    failure: refused.length > 0 ? "not_permitted" : "bad_configuration",
  };
}
