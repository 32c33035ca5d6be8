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
  {
    // The secret of a key of AWS stands beside its id, wherever that is.
    rule: "aws_key",
    hints: ["akia", "asia"],
    pattern:
      /((?<![A-Za-z0-9])A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])[^\n]{0,96}?(?<![A-Za-z0-9+/]))(?=[^\s]{0,39}[a-z])(?=[^\s]{0,39}\d)[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=])/g,
  },
  {
    // aws sts … --output text: its id, when it ends, its secret, its token
    rule: "aws_key",
    hints: ["credentials\t"],
    pattern: /(\bCREDENTIALS\t[^\s\t]{8,128}\t[^\s\t]{8,64}\t)(?!\[REDACTED)[^\n]{16,65536}/g,
  },
  {
    rule: "aws_key",
    hints: ["accesskey\t"],
    pattern: /(\bACCESSKEY\t[^\s\t]{8,128}\t[^\s\t]{8,64}\t)(?!\[REDACTED|Active|Inactive)[A-Za-z0-9+/]{16,128}/g,
  },
  {
    // Application key [base64:…] set
    rule: "assignment",
    hints: ["key [base64:"],
    pattern: /(\bkey \[base64:)(?!\[REDACTED)[A-Za-z0-9+/]{16,512}={0,2}/gi,
  },
  {
    // What sets a password up says it on a line of its own.
    rule: "assignment",
    hints: ["new value:"],
    pattern: /(\bpassword\b[^\n]{0,160}\r?\n[ \t]{0,64}new value:[ \t]{1,4})(?!\[REDACTED)[^\s"']{6,256}/gi,
  },
  {
    rule: "assignment",
    hints: ["this password", "this token", "this secret"],
    pattern:
      /(^[ \t]{0,64})(?!\[REDACTED)(?=[^\s]{0,64}\d)(?=[^\s]{0,64}[A-Za-z])[^\s"':/]{8,256}(?=[ \t]{0,4}(?:\r?\n[ \t]{0,64}){1,2}This (?:password|token|secret)\b)/gim,
  },
  {
    rule: "assignment",
    hints: ["login="],
    pattern: /(\blogin=[\w.@-]{1,64}:)(?!\[REDACTED|\d{1,5}\b)[^\s:"']{3,256}/g,
  },
  {
    // Keys of the kernel's crypto, in tunnels: rfc4106(gcm(aes)) …
    rule: "private_key",
    hints: ["rfc4106(", "hmac(", "cbc(", "gcm(aes)"],
    pattern: /(\b(?:rfc4106|hmac|cbc|xcbc|gcm)\([\w()-]{1,24}\){1,2} )(?!\[REDACTED)(?:0x)?[0-9a-f]{16,512}\b/g,
  },
  {
    rule: "authorization",
    hints: ["art-api"],
    pattern: /(\bX-JFrog-Art-Api["']?\s{0,2}[:=]\s{0,2}["']?)(?!\[REDACTED)[\w.-]{8,4096}/gi,
  },
  {
    rule: "assignment",
    hints: ["samlart="],
    pattern: /(\bSAMLart=)(?!\[REDACTED)[\w%+/=-]{8,4096}/gi,
  },
  {
    // A link that lets in whoever has it.
    rule: "signed_url",
    hints: ["/reset", "/confirm", "/verify", "/activat", "/invit", "/magic", "/recover"],
    pattern:
      /(:\/\/[^\s"'<>]{1,200}?\/(?:password-)?(?:reset|confirm|verify|activate|activation|invite|invitation|magic|recover)(?:[-_][a-z]{1,16})?(?:\/[a-z-]{1,24})?\/)(?!\[REDACTED)(?=[\w.-]{0,64}\d)(?=[\w.-]{0,64}[a-z])[\w-]{20,4096}/gi,
  },
  {
    rule: "assignment",
    hints: ["addauth digest"],
    pattern: /(\baddauth digest [^\s:]{1,64}:)(?!\[REDACTED)[^\s"']{2,256}/g,
  },
  {
    // The secrets of a volume, as its driver logs a call: secrets:<key:"…" value:"…" >
    rule: "secret_data",
    hints: ["secrets:<", "secrets:{"],
    pattern: /(\bsecrets:[<{] ?key: ?"[^"\n]{1,128}" {1,4}value: ?")(?!\[REDACTED)[^"\n]{1,65536}/g,
  },
  {
    // Password typed in browser: […]
    rule: "assignment",
    hints: ["password typed", "password entered", "password given", "password received", "password provided"],
    pattern:
      /(\bpassword (?:typed|entered|given|received|provided)(?: [a-z]{1,16}){0,4}: {1,2}["'`[]?)(?!\[REDACTED)(?=[^\s"']{0,64}[\d!@#$%^&*])[^\s"'`\]]{3,256}/gi,
  },
];
