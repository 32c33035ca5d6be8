import type { TokenPattern } from "./token_pattern.ts";

/** Secrets that pass between two programs, or a program and a person: dialogues, forms, codes that are used once. */
export const EXCHANGE_PATTERNS: readonly TokenPattern[] = [
  {
    // SMTP asks for a password in base64, and is answered in base64.
    rule: "authorization",
    hints: ["334 ugfzc3dvcmq6"],
    pattern: /(\b334 UGFzc3dvcmQ6[^\n]{0,64}\r?\n(?:[^\n]{0,64}[ :>\t])?)[A-Za-z0-9+/]{4,512}={0,2}(?=\s|$)/g,
  },
  {
    // IMAP: a001 LOGIN user password
    rule: "authorization",
    hints: [" login "],
    pattern:
      /((?:^|[:>*] )[A-Za-z]{0,4}\d{1,6} LOGIN "?[^\s"]{1,128}"? "?)(?!\[REDACTED|\d{1,3}(?:\.\d{1,3}){3})(?=[^\s"]{0,64}[\d!@#$%^&*])[^\s"]{4,256}/gm,
  },
  {
    // What OAuth exchanges for a token, as a parameter of a URL or a form.
    rule: "assignment",
    hints: ["?code=", "&code=", "code_verifier", "device_code"],
    pattern:
      /((?:[?&]code|\b(?:code_verifier|device_code))["']?[=:] {0,2}["']?)(?!\[REDACTED)(?=[^\s&"']{0,128}\d)(?=[^\s&"']{0,128}[a-z])[\w.~%/+-]{16,65536}/g,
  },
  {
    // InfluxDB takes u and p.
    rule: "assignment",
    hints: ["&p="],
    pattern: /([?&]u(?:ser)?=[^&\s"']{1,64}&p=)(?!\[REDACTED)[^&\s"']{3,256}/g,
  },
  {
    rule: "assignment",
    hints: [
      "one-time",
      "one time",
      "verification code",
      "confirmation code",
      "login code",
      "otp code",
      "2fa code",
      "mfa code",
    ],
    pattern:
      /(\b(?:one[- ]time|verification|confirmation|login|otp|2fa|mfa)(?: (?:pass|login))?[ -]?code(?: is|:| =|=)? {1,2}["']?)\d{6,8}\b/gi,
  },
  {
    // What somebody tried: login attempt [root/…]
    rule: "assignment",
    hints: ["login attempt"],
    pattern: /(\blogin attempt:? \[b?["']?[^\s/\]]{1,64}\/(?:b?["'])?)(?!\[REDACTED)[^\s\]"']{2,256}/gi,
  },
  {
    rule: "assignment",
    hints: ["recovery code", "backup code", "scratch code"],
    pattern:
      /(\b(?:recovery|backup|scratch) codes?(?: are| is)?:? {1,2})(?!\[REDACTED)(?:(?=[A-Za-z-]{0,31}\d)[A-Za-z0-9-]{6,32}(?:[ ,;]{1,2}|(?![\w-]))){1,16}/gi,
  },
  {
    // A name whose head was cut: …sword":"…", as Kubernetes shows the place in JSON that it can't read.
    rule: "assignment",
    hints: ["sword", "cret", 'ken"', 'ken\\"', "ken="],
    pattern:
      /((?:^|\.{3}\|?|…\|?)(?:a?s?sword["']?|e?cret["']?|o?ken(?:["']|(?==)))[ \t]{0,2}[=:][ \t]{0,2}["']?)(?!\[REDACTED)(?=[^\s"'\\]{0,64}[\d!@#$%^&*])[^\s"'\\,;&]{4,512}/gi,
  },
  {
    // A case class of Scala and its like, without quotes: Db(pg,Secret(…),5432)
    rule: "assignment",
    hints: ["secret(", "password(", "passphrase(", "token(", "apikey("],
    pattern:
      /((?<![\w.$>:-])(?:[A-Z]\w{0,24})?(?:Secret|Password|Passphrase|Token|ApiKey)\()(?!0x|\[REDACTED)(?=[^\s()]{0,64}\d)(?=[^\s()]{0,64}[A-Za-z])[^\s()"',:]{6,256}(?=\))/g,
  },
];
