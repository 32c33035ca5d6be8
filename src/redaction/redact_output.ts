import { findAssignments, findEnvValues } from "./find_assignments.ts";
import { findJsonSecrets } from "./find_json_secrets.ts";
import { findLastApplied } from "./find_last_applied.ts";
import { findPrivateKeys } from "./find_private_keys.ts";
import { findYamlSecrets } from "./find_yaml_secrets.ts";
import { applyRedactions, type Redaction, type RedactionCounts } from "./redaction.ts";
import { endOfMatch, TOKEN_PATTERNS } from "./token_patterns.ts";

/** Output without its secrets, each replaced by `[REDACTED:rule]`, and how many each rule cut out. */
export interface RedactedText {
  readonly text: string;
  readonly counts: RedactionCounts;
}

/**
 * Cuts secrets out of a tool's output. This is the third lock, after RBAC and the policy: it knows how secrets look, and
 * can't know those that look like nothing. What structure tells goes first (key blocks, Secrets, annotations), then the
 * shapes of tokens, then names that say "secret". `cut` says that the output ends where a limit ended it.
 *
 * Linear in the length of `text`, whatever it holds. Doing it twice changes nothing.
 */
export function redactOutput(text: string, cut: boolean): RedactedText {
  const counts: RedactionCounts = {};
  let redacted = applyRedactions(text, findPrivateKeys(text), counts);
  redacted = applyRedactions(redacted, findLastApplied(redacted), counts);
  redacted = applyRedactions(redacted, findJsonSecrets(redacted, cut).filter(isNew(redacted)), counts);
  redacted = applyRedactions(redacted, findYamlSecrets(redacted, cut).filter(isNew(redacted)), counts);
  redacted = redactTokens(redacted, counts);
  redacted = applyRedactions(redacted, findEnvValues(redacted), counts);
  redacted = applyRedactions(redacted, findAssignments(redacted), counts);
  return { text: redacted, counts };
}

/** An empty value holds nothing, and a mark needs no second one. */
function isNew(text: string): (piece: Redaction) => boolean {
  return ({ start, end }) =>
    end > start && !/^[ \t]*["']?\[REDACTED:[a-z_]+\]["']?[ \t]*$/.test(text.slice(start, Math.min(end, start + 80)));
}

function redactTokens(text: string, counts: RedactionCounts): string {
  const lower = text.toLowerCase();
  const pieces: Redaction[] = [];
  for (const { rule, hint, pattern } of TOKEN_PATTERNS) {
    if (!lower.includes(hint)) continue;
    for (const match of text.matchAll(pattern)) {
      pieces.push({ rule, start: match.index + (match[1]?.length ?? 0), end: endOfMatch(text, match) });
    }
  }
  return applyRedactions(text, pieces, counts);
}
