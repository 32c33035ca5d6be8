/** The names of the rules, as they stand in the output (`[REDACTED:jwt]`), the metrics and the audit log. */
export const REDACTION_RULES = [
  "private_key",
  "secret_data",
  "last_applied",
  "env_value",
  "assignment",
  "authorization",
  "bearer_token",
  "jwt",
  "cookie",
  "url_password",
  "docker_auth",
  "aws_key",
  "gcp_key",
  "azure_key",
  "signed_url",
  "vendor_token",
  "nkey_seed",
  "configured",
] as const;
export type RedactionRule = (typeof REDACTION_RULES)[number];

/** A piece of text to be replaced by the mark of its rule; `end` is exclusive. */
export interface Redaction {
  readonly rule: RedactionRule;
  readonly start: number;
  readonly end: number;
}

/** How often each rule cut something out; rules that did nothing are absent. */
export type RedactionCounts = Partial<Record<RedactionRule, number>>;

/** A text without its secrets, each replaced by `[REDACTED:rule]`, and how many each rule cut out. */
export interface RedactedText {
  readonly text: string;
  readonly counts: RedactionCounts;
}

/** Adds `more` to `counts`. */
export function addRedactionCounts(counts: RedactionCounts, more: RedactionCounts): void {
  for (const rule of REDACTION_RULES) {
    const times = more[rule];
    if (times !== undefined) counts[rule] = (counts[rule] ?? 0) + times;
  }
}

/** What stands in the place of a secret. */
export function redactionMark(rule: RedactionRule): string {
  return `[REDACTED:${rule}]`;
}

/** Replaces the pieces, and counts them. A piece that overlaps an earlier one is taken together with it. */
export function applyRedactions(text: string, pieces: readonly Redaction[], counts: RedactionCounts): string {
  if (pieces.length === 0) return text;
  const ordered = [...pieces].sort((a, b) => a.start - b.start || b.end - a.end);
  const parts: string[] = [];
  let position = 0;
  for (const { rule, start, end } of ordered) {
    if (start >= position) {
      parts.push(text.slice(position, start), redactionMark(rule));
      counts[rule] = (counts[rule] ?? 0) + 1;
    }
    position = Math.max(position, end);
  }
  parts.push(text.slice(position));
  return parts.join("");
}
