import type { IdentityEvidence } from "./cluster_identity.ts";
import { absent, type Fact, type MissingFact } from "./fact.ts";
import { majorityOf } from "./majority.ts";

/** What one method found, with the words for the evidence, or why it found nothing. */
export type Finding = { readonly kind: "found"; readonly value: string; readonly detail: string } | MissingFact;

/** A way to learn one value from facts. */
export interface Method<Input> {
  readonly method: string;
  readonly read: (input: Input) => Finding;
}

/** Long enough for every name that Kubernetes or a cloud allows. */
const VALUE_LIMIT = 253;

/** A value fit for messages and labels, or why it is not: it may come from anybody who may write a label. */
export function finding(value: string, detail: string, whenEmpty: string): Finding {
  const text = value.trim();
  if (text === "") return absent(whenEmpty);
  if (text.length > VALUE_LIMIT) return absent(`${detail}: longer than ${VALUE_LIMIT} characters, not used`);
  if (/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(text)) {
    return absent(`${detail}: holds control characters, not used`);
  }
  return { kind: "found", value: text, detail };
}

/** Reads a fact; one that is missing is the finding. */
export function readFact<T>(fact: Fact<T>, read: (value: T) => Finding): Finding {
  return fact.kind === "found" ? read(fact.value) : fact;
}

/** What more than half of those that say something say. `what` names the thing looked at: "label x". */
export function majorityFinding(what: string, values: Iterable<string | null | undefined>): Finding {
  const majority = majorityOf(values);
  if (majority.kind === "none") return absent(`no node has ${what}`);
  if (majority.kind === "split") {
    return absent(`no majority for ${what}: ${majority.values.slice(0, 3).join(", ").slice(0, 200)}`);
  }
  return finding(majority.value, `${what} on ${majority.votes} of ${majority.of} nodes that have it`, "");
}

/** What all that say something agree on: for ids, where a majority that tips over would be another id. */
export function unanimousFinding(what: string, values: Iterable<string | null | undefined>): Finding {
  const distinct = [...new Set([...values].filter((value): value is string => !!value))];
  if (distinct.length > 1) return absent(`the nodes disagree about ${what}`);
  return finding(distinct[0] ?? "", what, `no node has ${what}`);
}

/** Asks every method; `value` is that of the first that found something. */
export function firstFinding<Input>(
  methods: readonly Method<Input>[],
  input: Input,
): { readonly value: string | null; readonly method: string | null; readonly evidence: readonly IdentityEvidence[] } {
  const findings = methods.map(({ method, read }) => ({ method, finding: read(input) }));
  const first = findings.find(({ finding }) => finding.kind === "found");
  return {
    value: first?.finding.kind === "found" ? first.finding.value : null,
    method: first?.method ?? null,
    evidence: findings.map(({ method, finding }) => evidenceOf(method, finding)),
  };
}

/** The line of evidence for one finding. */
export function evidenceOf(method: string, finding: Finding): IdentityEvidence {
  if (finding.kind !== "found") return { method, found: false, detail: finding.detail };
  return { method, found: true, detail: `${finding.value} (${finding.detail})` };
}
