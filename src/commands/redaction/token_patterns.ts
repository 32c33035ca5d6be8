import type { RedactionRule } from "./redaction.ts";

/** A shape that secrets have wherever they stand. Group 1 is kept, what follows it is cut out. */
export interface TokenPattern {
  readonly rule: RedactionRule;
  /** A text without which the pattern can't match (lower case): spares most outputs the search. */
  readonly hint: string;
  readonly pattern: RegExp;
}

/**
 * Each pattern begins at a boundary or a rare literal, and has no two neighbouring repetitions that match the same
 * character, so that a hostile output costs linear time. A test measures each.
 */
export const TOKEN_PATTERNS: readonly TokenPattern[] = [
  {
    rule: "authorization",
    hint: "authorization",
    pattern:
      /(\bauthorization\\?["']?[ \t]{0,8}[:=][ \t]{0,8}\\?["']?(?:(?:bearer|basic|digest|negotiate|token|apikey)[ \t]{1,8})?)(?![\s\\"'<[]|bearer|basic|token|digest|negotiate)[^\s"'\\]{8,}/gi,
  },
  {
    rule: "bearer_token",
    hint: "bearer",
    pattern: /(\bbearer[ \t]{1,8})(?=[A-Za-z._~+/=-]{0,512}[0-9])[A-Za-z0-9._~+/=-]{20,}/gi,
  },
  {
    // A JWT's header is a JSON object, so its base64url begins with "eyJ". One cut off after its payload counts too.
    rule: "jwt",
    hint: "eyj",
    pattern: /(?<![\w-])()eyJ[\w-]{10,}\.[\w-]{4,}(?:\.[\w-]*){0,3}/g,
  },
  {
    rule: "cookie",
    hint: "cookie:",
    pattern: /^([ \t]*(?:<[ \t])?(?:set-)?cookie:[ \t]*)(?![ \t]|\[REDACTED)[^\n]+/gim,
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
  { rule: "docker_auth", hint: "auth", pattern: /(\\?["']auth\\?["']\s{0,8}:\s{0,8}\\?["'])[A-Za-z0-9+/=]{8,}/g },
  {
    rule: "docker_auth",
    hint: ".dockerc",
    pattern: /(\.dockerc(?:onfigjson|fg)\\?["']?\s{0,8}:\s{0,8}\\?["']?)[A-Za-z0-9+/=]{8,}/g,
  },
  { rule: "aws_key", hint: "a", pattern: /(?<![A-Za-z0-9])()(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])/g },
  { rule: "gcp_key", hint: "aiza", pattern: /(?<![\w-])()AIza[\w-]{35}/g },
  { rule: "gcp_key", hint: "ya29.", pattern: /(?<![\w-])()ya29\.[\w-]{20,}/g },
  { rule: "gcp_key", hint: "gocspx-", pattern: /(?<![\w-])()GOCSPX-[\w-]{20,}/g },
  { rule: "azure_key", hint: "key=", pattern: /(\b(?:Account|SharedAccess)Key=)[A-Za-z0-9+/]{20,}={0,2}/gi },
  { rule: "azure_key", hint: "q~", pattern: /(?<![\w~.-])()[\w~.-]{3}\dQ~[\w~.-]{31,34}(?![\w~.-])/g },
  { rule: "signed_url", hint: "sig", pattern: /([?&]sig=)[A-Za-z0-9%+/=_-]{20,}/gi },
  {
    rule: "signed_url",
    hint: "x-",
    pattern: /([?&]X-(?:Amz|Goog)-(?:Signature|Security-Token|Credential)=)[^\s&"'\\]{8,}/gi,
  },
  { rule: "vendor_token", hint: "gh", pattern: /(?<!\w)()(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{40,})/g },
  { rule: "vendor_token", hint: "glpat-", pattern: /(?<![\w-])()glpat-[\w-]{20,}/g },
  { rule: "vendor_token", hint: "xox", pattern: /(?<![\w-])()xox[abeoprs]-[\w-]{10,}/g },
  { rule: "vendor_token", hint: "hooks.slack.com", pattern: /(hooks\.slack\.com\/services\/)[\w/]{20,}/g },
  { rule: "vendor_token", hint: "_live_", pattern: /(?<!\w)()[prs]k_live_\w{16,}/g },
  { rule: "vendor_token", hint: "npm_", pattern: /(?<!\w)()npm_[A-Za-z0-9]{36}/g },
  { rule: "vendor_token", hint: "sk-", pattern: /(?<![\w-])()sk-(?=[\w-]{0,256}\d)[\w-]{32,}/g },
  { rule: "vendor_token", hint: "hv", pattern: /(?<![\w.-])()hv[sbr]\.[\w-]{20,}/g },
  { rule: "vendor_token", hint: "sg.", pattern: /(?<![\w.-])()SG\.[\w-]{16,64}\.[\w-]{16,}/g },
  { rule: "nkey_seed", hint: "s", pattern: /(?<![A-Za-z0-9])()S[OAUNCX][A-Z2-7]{56}(?![A-Za-z0-9])/g },
];
