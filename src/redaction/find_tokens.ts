import { Buffer } from "node:buffer";
import { ARGUMENT_PATTERNS } from "./argument_patterns.ts";
import { createHintFinder } from "./hint_finder.ts";
import type { Redaction } from "./redaction.ts";
import { isReference } from "./secret_value.ts";
import { endOfMatch, LONG_RUN, type TokenPattern } from "./token_pattern.ts";
import { TOKEN_PATTERNS } from "./token_patterns.ts";

const LONG = new RegExp(`[A-Za-z0-9]{${LONG_RUN}}`);
/** base64 of "-----BEGIN": a PEM file in one word, as kubeconfig files and Secrets have it. */
const PEM_IN_BASE64 = /LS0tLS1CRUdJTi[A-Za-z0-9+/]{16,1048576}={0,2}/g;

/** Secrets that their own shape tells, wherever they stand. */
export function findTokens(text: string): Redaction[] {
  const found = findPatterns(text);
  if (/ls0tls1crudjti/i.test(text)) {
    for (const match of text.matchAll(PEM_IN_BASE64)) {
      if (!holdsPrivateKey(match[0])) continue;
      found.push({ rule: "private_key", start: match.index, end: match.index + match[0].length });
    }
  }
  return found;
}

/** Makes a search for what the patterns match, but for arguments that only say where the secret is (`-p$DB_PASSWORD`). */
function createPatternSearch(patterns: readonly TokenPattern[]): (text: string) => Redaction[] {
  const hints = [...new Set(patterns.flatMap((pattern) => pattern.hints))];
  const findHints = createHintFinder(hints);
  /** The patterns that each hint calls for; two hints may call for one. */
  const called = hints.map((hint) => patterns.filter((pattern) => pattern.hints.includes(hint)));
  const unhinted = patterns.filter((pattern) => pattern.hints.length === 0);
  return (text) => {
    const found: Redaction[] = [];
    const done = new Set<TokenPattern>();
    for (const hint of findHints(text)) {
      for (const pattern of called[hint] ?? []) {
        if (!done.has(pattern)) {
          done.add(pattern);
          findMatches(text, pattern, found);
        }
      }
    }
    if (unhinted.length > 0 && LONG.test(text)) {
      for (const pattern of unhinted) findMatches(text, pattern, found);
    }
    return found;
  };
}

function findMatches(text: string, { rule, pattern }: TokenPattern, found: Redaction[]): void {
  for (const match of text.matchAll(pattern)) {
    const start = match.index + (match[1]?.length ?? 0);
    const end = endOfMatch(text, match);
    if (rule !== "argument" || !isBareReference(text.slice(start, Math.min(end, start + 256)))) {
      found.push({ rule, start, end });
    }
  }
}

/** A backslash behind it belongs to the quote that follows. */
const isBareReference = (value: string): boolean => isReference(value.replace(/\\{1,16}$/, ""));

const findPatterns = createPatternSearch(TOKEN_PATTERNS);
/** The passwords in the arguments of programs. */
export const findArguments = createPatternSearch(ARGUMENT_PATTERNS);

/** A bundle may hold its key behind its certificates. What lost its end still decodes up to there. */
function holdsPrivateKey(base64: string): boolean {
  return Buffer.from(base64, "base64").includes("PRIVATE KEY");
}
