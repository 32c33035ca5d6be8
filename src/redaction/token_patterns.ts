import type { RedactionRule } from "./redaction.ts";

/** The most turns that a repetition takes. */
const TURNS = 65_536;

/** The end of a match: where it ended, or the end of the word when it ran into the bound of a repetition. */
export function endOfMatch(text: string, match: RegExpExecArray): number {
  const end = match.index + match[0].length;
  return match[0].length < TURNS ? end : endOfWord(text, end);
}

/** The index of the next white space or quote. */
export function endOfWord(text: string, from: number): number {
  END_OF_WORD.lastIndex = from;
  return END_OF_WORD.exec(text)?.index ?? text.length;
}

const END_OF_WORD = /[\s"'`\\]/g;

/** A shape that secrets have wherever they stand. Group 1 is kept, what follows it is cut out. */
export interface TokenPattern {
  readonly rule: RedactionRule;
  /** A text without which the pattern can't match (lower case): spares most outputs the search. */
  readonly hint: string;
  readonly pattern: RegExp;
}

/**
 * Each pattern begins at a boundary or a rare literal, and has no two neighbouring repetitions that match the same
 * character, so that a hostile output costs linear time. Every repetition is bounded, since V8 keeps a place to come back
 * to for each turn and throws when they are too many; who uses a match that long looks for its end (`endOfMatch`).
 */
export const TOKEN_PATTERNS: readonly TokenPattern[] = [
  {
    rule: "authorization",
    hint: "authorization",
    pattern:
      /(\bauthorization\\?["']?[ \t]{0,8}[:=][ \t]{0,8}\\?["']?(?:(?:bearer|basic|digest|negotiate|token|apikey)[ \t]{1,8})?)(?![\s\\"'<[]|bearer|basic|token|digest|negotiate)[^\s"'\\]{8,65536}/gi,
  },
  {
    rule: "bearer_token",
    hint: "bearer",
    pattern: /(\bbearer[ \t]{1,8})(?=[A-Za-z._~+/=-]{0,512}[0-9])[A-Za-z0-9._~+/=-]{20,65536}/gi,
  },
  {
    // A JWT's header is a JSON object, so its base64url begins with "eyJ". One cut off after its payload counts too.
    rule: "jwt",
    hint: "eyj",
    pattern: /(?<![\w-])()eyJ[\w-]{10,65536}\.[\w-]{4,65536}(?:\.[\w-]{0,65536}){0,3}/g,
  },
  {
    rule: "cookie",
    hint: "cookie:",
    pattern: /^([ \t]*(?:<[ \t])?(?:set-)?cookie:[ \t]*)(?![ \t]|\[REDACTED)[^\n]{1,65536}/gim,
  },
  {
    rule: "url_password",
    hint: "://",
    pattern: /(:\/\/[^\s/:@"'<>\\]{0,256}:)(?!\[REDACTED)[^\s/@"'<>\\]{1,512}(?=@)/g,
  },
  { rule: "url_password", hint: "://", pattern: /(:\/\/)[^\s/:@"'<>\\]{20,512}(?=@)/g },
  {
    rule: "url_password",
    hint: ")/",
    pattern: /((?<![^\s"'=])[^\s:@/"'=]{1,64}:)(?!\[REDACTED)[^\s@"']{1,256}(?=@(?:tcp|unix)\()/g,
  },
  { rule: "docker_auth", hint: "auth", pattern: /(\\?["']auth\\?["']\s{0,8}:\s{0,8}\\?["'])[A-Za-z0-9+/=]{8,65536}/g },
  {
    rule: "docker_auth",
    hint: ".dockerc",
    pattern: /(\.dockerc(?:onfigjson|fg)\\?["']?\s{0,8}:\s{0,8}\\?["']?)[A-Za-z0-9+/=]{8,65536}/g,
  },
  { rule: "aws_key", hint: "a", pattern: /(?<![A-Za-z0-9])()(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])/g },
  { rule: "gcp_key", hint: "aiza", pattern: /(?<![\w-])()AIza[\w-]{35}/g },
  { rule: "gcp_key", hint: "ya29.", pattern: /(?<![\w-])()ya29\.[\w-]{20,65536}/g },
  { rule: "gcp_key", hint: "gocspx-", pattern: /(?<![\w-])()GOCSPX-[\w-]{20,65536}/g },
  { rule: "azure_key", hint: "key=", pattern: /(\b(?:Account|SharedAccess)Key=)[A-Za-z0-9+/]{20,65536}={0,2}/gi },
  { rule: "azure_key", hint: "q~", pattern: /(?<![\w~.-])()[\w~.-]{3}\dQ~[\w~.-]{31,34}(?![\w~.-])/g },
  { rule: "signed_url", hint: "sig", pattern: /([?&]sig=)[A-Za-z0-9%+/=_-]{20,65536}/gi },
  {
    rule: "signed_url",
    hint: "x-",
    pattern: /([?&]X-(?:Amz|Goog)-(?:Signature|Security-Token|Credential)=)[^\s&"'\\]{8,65536}/gi,
  },
  {
    rule: "vendor_token",
    hint: "gh",
    pattern: /(?<!\w)()(?:gh[pousr]_[A-Za-z0-9]{30,65536}|github_pat_\w{40,65536})/g,
  },
  { rule: "vendor_token", hint: "glpat-", pattern: /(?<![\w-])()glpat-[\w-]{20,65536}/g },
  { rule: "vendor_token", hint: "xox", pattern: /(?<![\w-])()xox[abeoprs]-[\w-]{10,65536}/g },
  { rule: "vendor_token", hint: "hooks.slack.com", pattern: /(hooks\.slack\.com\/services\/)[\w/]{20,65536}/g },
  { rule: "vendor_token", hint: "_live_", pattern: /(?<!\w)()[prs]k_live_\w{16,65536}/g },
  { rule: "vendor_token", hint: "npm_", pattern: /(?<!\w)()npm_[A-Za-z0-9]{36}/g },
  { rule: "vendor_token", hint: "sk-", pattern: /(?<![\w-])()sk-(?=[\w-]{0,256}\d)[\w-]{32,65536}/g },
  { rule: "vendor_token", hint: "hv", pattern: /(?<![\w.-])()hv[sbr]\.[\w-]{20,65536}/g },
  { rule: "vendor_token", hint: "sg.", pattern: /(?<![\w.-])()SG\.[\w-]{16,64}\.[\w-]{16,65536}/g },
  { rule: "nkey_seed", hint: "s", pattern: /(?<![A-Za-z0-9])()S[OAUNCX][A-Z2-7]{56}(?![A-Za-z0-9])/g },
];
