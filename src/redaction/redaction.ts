/** What each rule cuts out. Its name stands in the output (`[REDACTED:jwt]`), the metrics and the audit log. */
export const RULE_TEXTS = {
  configured: "what `redaction.names` and `redaction.patterns` name",
  private_key: "private keys in PEM, OpenSSH and PGP form, whole, cut, with log prefixes, or in base64",
  secret_data: "the values in `data` and `stringData` of a Secret",
  last_applied: "the annotation `last-applied-configuration`, a second copy of the object",
  authorization: "`Authorization` headers",
  bearer_token: "`Bearer …` anywhere",
  jwt: "JSON Web Tokens",
  cookie: "`Cookie` and `Set-Cookie` headers",
  url_password: "passwords in URLs and data source names",
  docker_auth: "credentials of registries",
  password_hash: "hashes of passwords: bcrypt, crypt, htpasswd",
  aws_key: "AWS access keys",
  gcp_key: "Google keys and tokens",
  azure_key: "Azure keys and client secrets",
  signed_url: "signatures in URLs",
  vendor_token:
    "tokens of services with a distinctive prefix: GitHub, GitLab, Slack, Stripe, npm, PyPI and more; and what has the form of one",
  nkey_seed: "seeds of NATS NKeys",
  env_value: "the value beside a name: `{name: DB_PASSWORD, value: …}`, headers, properties",
  argument: "the argument after a flag: `--password …`, `curl -u user:…`, `mysql -p…`",
  assignment: "the value after a name that says secret: `password=…`, `token: …`, `<secret>…`",
  table_column: "the cells below a heading that says secret",
  withheld: "a whole output whose redaction did not finish in time, or failed",
} as const satisfies Record<string, string>;
export type RedactionRule = keyof typeof RULE_TEXTS;

const isRule = (name: string): name is RedactionRule => Object.hasOwn(RULE_TEXTS, name);
/** The names of the rules. Where two cut out the same, the earlier one's mark is written. */
export const REDACTION_RULES: readonly RedactionRule[] = Object.keys(RULE_TEXTS).filter(isRule);
const RANKS: ReadonlyMap<RedactionRule, number> = new Map(REDACTION_RULES.map((rule, index) => [rule, index]));

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

/** Replaces the pieces, and counts them. Pieces that overlap become one, under the rule that stands first in the table. */
export function applyRedactions(text: string, pieces: readonly Redaction[], counts: RedactionCounts): string {
  if (pieces.length === 0) return text;
  const ordered = [...pieces].sort((a, b) => a.start - b.start);
  const parts: string[] = [];
  let position = 0;
  for (let i = 0; i < ordered.length;) {
    const first = ordered[i];
    if (first === undefined) break;
    let { rule, end } = first;
    for (i++; i < ordered.length; i++) {
      const next = ordered[i];
      if (next === undefined || next.start >= end) break;
      end = Math.max(end, next.end);
      if (rankOf(next.rule) < rankOf(rule)) rule = next.rule;
    }
    parts.push(text.slice(position, first.start), redactionMark(rule));
    counts[rule] = (counts[rule] ?? 0) + 1;
    position = end;
  }
  parts.push(text.slice(position));
  return parts.join("");
}

const rankOf = (rule: RedactionRule): number => RANKS.get(rule) ?? 0;
