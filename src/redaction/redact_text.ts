import { findAssignments, findEnvValues } from "./find_assignments.ts";
import { findJsonSecrets } from "./find_json_secrets.ts";
import { findLastApplied } from "./find_last_applied.ts";
import { findPrivateKeys } from "./find_private_keys.ts";
import { findYamlSecrets } from "./find_yaml_secrets.ts";
import { applyRedactions, type RedactedText, type Redaction, type RedactionCounts } from "./redaction.ts";
import { BUILT_IN_REDACTOR, type Redactor } from "./redactor.ts";
import { endOfMatch, TOKEN_PATTERNS } from "./token_patterns.ts";

export interface RedactTextOptions {
  /** The text ends, or begins, where a limit cut it: half a Secret or half a key looks like less than it is. */
  readonly cut?: boolean;
  readonly redactor?: Redactor;
}

/**
 * Cuts secrets out of a text, each replaced by `[REDACTED:rule]`. It knows how secrets look, and can't know those that
 * look like nothing. What structure tells goes first (key blocks, Secrets, annotations), then the shapes of tokens, then
 * names that say "secret".
 *
 * Linear in the length of `text`, whatever it holds. Doing it twice changes nothing.
 */
export function redactText(text: string, options: RedactTextOptions = {}): RedactedText {
  const cut = options.cut ?? false;
  const counts: RedactionCounts = {};
  let redacted = applyRedactions(text, findConfigured(text, options.redactor ?? BUILT_IN_REDACTOR), counts);
  redacted = applyRedactions(redacted, findPrivateKeys(redacted), counts);
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

function findConfigured(text: string, { patterns }: Redactor): Redaction[] {
  const found: Redaction[] = [];
  for (const pattern of patterns) {
    for (const match of text.matchAll(pattern)) {
      const [start, end] = match.indices?.[1] ?? [match.index, match.index + match[0].length];
      if (end > start && !text.startsWith("[REDACTED:", start)) found.push({ rule: "configured", start, end });
    }
  }
  return found;
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
