import { Buffer } from "node:buffer";
import type { Redaction } from "./redaction.ts";
import { isReference } from "./secret_value.ts";
import { endOfMatch, LONG_RUN, type TokenPattern } from "./token_pattern.ts";
import { TOKEN_PATTERNS } from "./token_patterns.ts";

const LONG = new RegExp(`[A-Za-z0-9]{${LONG_RUN}}`);
/** base64 of "-----BEGIN": a PEM file in one word, as kubeconfig files and Secrets have it. */
const PEM_IN_BASE64 = /LS0tLS1CRUdJTi[A-Za-z0-9+/]{16,1048576}={0,2}/g;

/** Secrets that their own shape tells, wherever they stand. */
export function findTokens(text: string): Redaction[] {
  const found = findPatterns(text, TOKEN_PATTERNS);
  if (/ls0tls1crudjti/i.test(text)) {
    for (const match of text.matchAll(PEM_IN_BASE64)) {
      if (!holdsPrivateKey(match[0])) continue;
      found.push({ rule: "private_key", start: match.index, end: match.index + match[0].length });
    }
  }
  return found;
}

/** What the patterns match, but for arguments that only say where the secret is (`-p$DB_PASSWORD`). */
export function findPatterns(text: string, patterns: readonly TokenPattern[]): Redaction[] {
  const lower = text.toLowerCase();
  const hasLongRun = LONG.test(text);
  const found: Redaction[] = [];
  for (const { rule, hints, pattern } of patterns) {
    if (hints.length === 0 ? !hasLongRun : !hints.some((hint) => lower.includes(hint))) continue;
    for (const match of text.matchAll(pattern)) {
      const start = match.index + (match[1]?.length ?? 0);
      const end = endOfMatch(text, match);
      if (rule !== "argument" || !isReference(text.slice(start, Math.min(end, start + 256)))) {
        found.push({ rule, start, end });
      }
    }
  }
  return found;
}

/** A bundle may hold its key behind its certificates. What lost its end still decodes up to there. */
function holdsPrivateKey(base64: string): boolean {
  return Buffer.from(base64, "base64").includes("PRIVATE KEY");
}
