import { ARGUMENT_PATTERNS } from "./argument_patterns.ts";
import type { TokenPattern } from "./token_pattern.ts";
import { EXCHANGE_PATTERNS } from "./exchange_patterns.ts";
import { FILE_PATTERNS } from "./file_patterns.ts";
import { VENDOR_TOKENS } from "./vendor_tokens.ts";

/**
 * Each pattern begins at a boundary or a rare literal, and has no two neighbouring repetitions that match the same
 * character, so that a hostile output costs linear time. Every repetition is bounded, since V8 keeps a place to come back
 * to for each turn and throws when they are too many; who uses a match that long looks for its end (`endOfMatch`).
 */
const GENERAL_PATTERNS: readonly TokenPattern[] = [
  {
    rule: "authorization",
    hints: ["authorization"],
    pattern:
      /(\bauthorization["']?\]?[ \t]{0,8}[:=][ \t]{0,8}\[?["']?(?:(?:bearer|basic|digest|negotiate|ntlm|token|apikey|api-key|splunk|geniekey|key|jwt|macaroon|sso-key|ssws|zoho-oauthtoken)[ \t]{1,8})?)(?![\s"'<[$]|bearer\b|basic\b|token\b|digest\b|negotiate\b|webhook\b|rbac\b)(?=[^\s"'\\\]]{0,512}[^\sa-z"'\\\],.])[^\s"'\\\]]{8,65536}/gi,
  },
  {
    // What `%v` makes of a Secret.
    rule: "secret_data",
    hints: ["kind:secret"],
    pattern: /(\b(?:d|stringD)ata:map\[)(?!\[REDACTED)[^\]\n]{1,65536}/g,
  },
  {
    // The whole rest of the header: each of its fields may be enough to sign in.
    rule: "authorization",
    hints: ["authorization"],
    pattern:
      /(\bauthorization["']?\]?[ \t]{0,8}[:=][ \t]{0,8}\[?["']?(?:digest|hawk|oauth|signature|aws4-hmac-sha256)[ \t]{1,8})(?!\[REDACTED)[a-z][\w-]{0,32}=[^\n]{4,65536}/gi,
  },
  {
    // How a browser, or kubectl exec, sends a token over a WebSocket.
    rule: "bearer_token",
    hints: ["bearer.auth"],
    pattern: /(\bbearer\.authorization\.k8s\.io\.)(?!\[REDACTED)[\w.-]{4,65536}/gi,
  },
  {
    // What Redis reads, and what a trace of its protocol shows.
    rule: "assignment",
    hints: ["auth"],
    pattern:
      /(\bAUTH\r?\n[ \t]{0,64}(?:\$\d{1,4}\r?\n[ \t]{0,64}[\w.-]{1,64}\r?\n[ \t]{0,64}(?=\$))?\$\d{1,4}\r?\n[ \t]{0,64})(?!\[REDACTED)[^\s][^\r\n]{0,512}/g,
  },
  {
    rule: "assignment",
    hints: ["auth"],
    pattern:
      /((?:^[ \t]{0,64}|["'>\]:] {0,4}["']?)AUTH["']? {1,4}(?:["']?[\w.-]{1,64}["']? {1,4})?["']?)(?!\[REDACTED)(?=[^\s"']{0,128}[\d!@#$%^&*])[^\s"'}]{4,512}(?=["']?[)}\]]{0,4}[ \t]{0,4}\r?$)/gm,
  },
  {
    rule: "authorization",
    hints: ["auth "],
    pattern:
      /(\bAUTH (?:PLAIN|LOGIN|XOAUTH2|CRAM-MD5) )(?!\[REDACTED)(?=[a-z]{0,64}[A-Z0-9+/])[A-Za-z0-9+/]{8,65536}={0,2}/g,
  },
  {
    rule: "bearer_token",
    hints: ["bearer"],
    pattern: /(\bbearer[ \t]{1,8})(?=[A-Za-z._~+/=-]{0,512}[0-9])[A-Za-z0-9._~+/=-]{16,65536}/gi,
  },
  {
    rule: "authorization",
    hints: ["basic "],
    pattern:
      /(\b(?:[Bb]asic|BASIC)[ \t]{1,4})(?![A-Za-z][a-z]{1,32}(?:[A-Z][a-z]{1,32}){0,8}(?![A-Za-z0-9+/=]))(?=[A-Za-z+/]{0,64}(?:[0-9=]|[a-z][A-Z]))[A-Za-z0-9+/]{12,65536}={0,2}(?![\w/+-])/g,
  },
  {
    // A JWT's header is a JSON object, so its base64url begins with "eyJ". One cut off after its payload counts too.
    rule: "jwt",
    hints: ["eyj"],
    pattern: /(?<![\w-])()eyJ[\w\u00ad-]{10,65536}\.[\w\u00ad-]{4,65536}(?:\.[\w\u00ad-]{0,65536}){0,3}/g,
  },
  {
    rule: "cookie",
    hints: ["cookie"],
    pattern:
      /(?<![\w-])((?:set-)?cookie["']?\]?:[ \t]{0,8}\[?["']?)(?![ \t"'[]|\[REDACTED)[\w.-]{1,128}=[^\n"\]]{1,65536}/gi,
  },
  {
    rule: "url_password",
    hints: ["@tcp(", ":3306)", ":3307)"],
    pattern:
      /((?<![^\s"'=(])[^\s:@/"'=[\]]{1,64}:)(?!\[REDACTED)(?!\$[{(]?\w{1,64}[})]?@)[^\s"']{1,256}(?=@(?:tcp)?\()/g,
  },
  {
    rule: "url_password",
    hints: ["@unix("],
    pattern: /((?<![^\s"'=(])[^\s:@/"'=[\]]{1,64}:)(?!\[REDACTED)[^\s"']{1,256}(?=@unix\()/g,
  },
  {
    rule: "url_password",
    hints: ["thin:"],
    pattern: /(\bthin:[^\s/@"']{1,64}\/)(?!\[REDACTED)[^\s@"']{1,256}(?=@)/g,
  },
  { rule: "docker_auth", hints: ["auth"], pattern: /(["']auth["']\s{0,8}:\s{0,8}["'])[A-Za-z0-9+/=]{8,65536}/g },
  {
    rule: "docker_auth",
    hints: [".dockerc"],
    pattern: /(\.dockerc(?:onfigjson|fg)["']?\s{0,8}:\s{0,8}["']?)[A-Za-z0-9+/=]{8,65536}/g,
  },
  // base64 of {"auths":
  { rule: "docker_auth", hints: ["eyjhdxroc"], pattern: /()eyJhdXRocyI6[A-Za-z0-9+/=]{8,65536}/g },
  {
    rule: "docker_auth",
    hints: ["jhdxrocyi6"],
    pattern: /()(?<![A-Za-z0-9+/])ewog[A-Za-z0-9+/]{2,8}JhdXRocyI6[A-Za-z0-9+/=]{8,65536}/g,
  },
  {
    rule: "password_hash",
    hints: ["$2$", "$2a$", "$2b$", "$2x$", "$2y$"],
    pattern: /(?<![\w$])()\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}/g,
  },
  {
    rule: "password_hash",
    hints: ["$1$", "$5$", "$6$", "$y$", "$7$", "$gy$", "$apr1$", "$argon2", "$scrypt", "$pbkdf2"],
    pattern: /(?<![\w$])()\$(?:1|5|6|y|7|gy|apr1|argon2(?:id|i|d)|scrypt|pbkdf2[\w-]{0,16})\$[\w./=,$+-]{12,512}/g,
  },
  { rule: "password_hash", hints: ["{sha", "{ssha"], pattern: /()\{SS?HA\d{0,3}\}[A-Za-z0-9+/]{20,256}={0,2}/gi },
  { rule: "password_hash", hints: ["scram-sha-"], pattern: /()SCRAM-SHA-\d{1,3}\$\d{1,8}:[A-Za-z0-9+/=$:]{20,512}/g },
  {
    // db:5432:app:user:password, a line of .pgpass
    rule: "assignment",
    hints: [":5432:", ":5433:", ":6432:", ":*:"],
    pattern: /^([ \t]{0,64}[\w.*-]{1,253}:(?:\d{2,5}|\*):[\w.*-]{1,63}:[\w.*@-]{1,63}:)(?!\[REDACTED)[^\s:]{4,256}$/gm,
  },
  {
    // user:$apr1$… is found above; user:{plain} is not. login u password p, in .netrc.
    rule: "assignment",
    hints: ["login"],
    pattern:
      /(\blogin\s{1,8}(?!with\b|using\b|via\b|by\b|and\b)\S{1,128}\s{1,8}password\s{1,8})(?!\[REDACTED)[^\s"'\\]{1,256}/gi,
  },
  {
    rule: "assignment",
    hints: ["identified"],
    pattern:
      /((?<!\b(?:is|are|be|was|were|been|[a-z]{3,16}ly) )\bidentified\s{1,4}(?:with\s{1,4}[\w"']{1,64}\s{1,4})?(?:by|as)\s{1,4}(?:password\s{1,4})?['"])(?!\[REDACTED)[^'"\n]{1,512}/gi,
  },
  {
    rule: "assignment",
    hints: ["password"],
    pattern:
      /(\bpassword\s{1,4}(?:=\s{0,4}|for\s{1,4}(?:(?:the\s{1,4})?(?:user|account|role)\s{1,4})?\S{1,64}\s{1,4}(?:=|to|is)\s{1,4})?')(?!\[REDACTED)(?=[^'\n]{0,128}[^'\na-z ])[^'\n]{1,512}(?=')/gi,
  },
  {
    // Too short, or of other letters, to be looked up as a name.
    rule: "assignment",
    hints: ["pw=", "pw:", 'pw"', "pw ="],
    pattern:
      /((?<![A-Za-z0-9])pw["']?[ \t]{0,4}[:=][ \t]{0,4}["']?)(?!\[REDACTED)(?=[^\s"',;&\\]{0,64}[^a-z\s"',;&$<\\])[^\s"',;&$<{\\][^\s"',;&\\]{3,512}/gi,
  },
  {
    rule: "assignment",
    hints: ["mot de passe", "contraseña", "hasło", "lösenord", "пароль", "密码", "密碼", "パスワード", "비밀번호"],
    pattern:
      /((?:mot de passe|contraseña|hasło|lösenord|пароль|密码|密碼|パスワード|비밀번호)["']?[ \t]{0,4}[:=：＝][ \t]{0,4}["']?)(?!\[REDACTED)(?=[^\s"',;]{0,64}[\d!@#$%^&*])[^\s"',;]{4,512}/gi,
  },
  {
    // What pydantic says of a field: its name, and below it what it was given.
    rule: "assignment",
    hints: ["input_value="],
    pattern:
      /(^[ \t]{0,8}[\w.]{0,64}(?:password|passwd|passphrase|secret|token|api_?key|access_key|private_key|secret_key|dsn)\r?\n[^\n]{0,256}?\binput_value=['"])(?!\[REDACTED)[^'"\n]{1,512}/gim,
  },
  {
    rule: "assignment",
    hints: ["password"],
    pattern:
      /(\b(?:set|reset|change|changed|changing|updated?|updating)\b(?: (?:the|its|a))? password(?: (?:for|of)(?: user)? [^\s]{1,64})? to ["']?)(?!\[REDACTED)(?=[^\s"']{0,64}[\d!@#$%^&*])[^\s"']{4,512}/gi,
  },
  {
    // A data source that lost its scheme.
    rule: "url_password",
    hints: ["lookup ", "connect to ", "connecting to "],
    pattern:
      /(\b(?:lookup|connect to|connecting to) ["']?[\w.-]{1,64}:)(?!\[REDACTED)(?=[^\s@/:]{0,64}[A-Za-z])[^\s@/:]{3,256}(?=@(?!sha\d)[\w.-])/g,
  },
  {
    rule: "assignment",
    hints: ["auth-pass"],
    pattern:
      /(\bauth-pass\s{1,8}(?!(?:in|for|from|to|is|of|not|must|and|or)\b)[\w.-]{1,64}\s{1,8})(?!\[REDACTED)[^\s"']{3,512}/g,
  },
  {
    rule: "assignment",
    hints: ["credentials", "login", "log in", "sign in"],
    pattern:
      /(\b(?:credentials|login|log in|sign in)\b(?: as)?[ \t]{0,4}[:=]?[ \t]{1,4}[\w.@-]{1,64} \/ )(?!\[REDACTED)(?=[^\s"']{0,64}[^a-z\s"'])[^\s"']{4,256}/gi,
  },
  {
    // Users of Redis: user app on >…
    rule: "assignment",
    hints: ["on >", "off >"],
    pattern: /(\b(?:user|setuser)\s{1,4}[\w.-]{1,64}\s{1,4}(?:on|off)\s{1,4}>)(?!\[REDACTED)[^\s"']{3,512}/gi,
  },
  {
    rule: "assignment",
    hints: ["stats auth"],
    pattern: /(\bstats auth\s{1,8}[^\s:]{1,64}:)(?!\[REDACTED)[^\s"']{3,512}/gi,
  },
  {
    // A list of users of PgBouncer.
    rule: "password_hash",
    hints: ['" "md5'],
    pattern: /^([ \t]{0,64}"[\w.-]{1,64}" ")md5[0-9a-f]{32}(?=")/gm,
  },
  {
    // What setup programs print once: "A temporary password is generated for root@localhost: …".
    rule: "assignment",
    hints: ["password"],
    pattern:
      /((?:\b(?:generated|temporary|initial|one-time|following|bootstrap|new)\b[^\n:]{0,64}\bpassword\b[^\n:]{0,128}|\bpassword\b[^\n:]{0,64}\b(?:generated|reset|created)\b[^\n:]{0,128}):\s{1,40})(?!\[REDACTED)(?=[^\s:]{0,64}(?:[A-Z][^\s:]{0,32}[a-z]|[a-z][^\s:]{0,32}[A-Z]|\d[a-f]))(?=[^\s:]{0,64}[\d!@#$%^&*;+?])[^\s"':]{8,128}(?=["'.]?[)}\]]{0,4}[ \t\r]{0,4}(?:\n|$))/gi,
  },
  {
    rule: "assignment",
    hints: ["password "],
    pattern: /(\bPASSWORD [\w.-]{1,64} = )(?!\[REDACTED)[^\s"']{4,512}/g,
  },
  { rule: "aws_key", hints: ["akia"], pattern: /(?<![A-Za-z0-9])()AKIA[A-Z2-7]{16}(?![A-Za-z0-9])/g },
  { rule: "aws_key", hints: ["asia"], pattern: /(?<![A-Za-z0-9])()ASIA[A-Z2-7]{16}(?![A-Za-z0-9])/g },
  { rule: "aws_key", hints: ["abia"], pattern: /(?<![A-Za-z0-9])()ABIA[A-Z2-7]{16}(?![A-Za-z0-9])/g },
  { rule: "aws_key", hints: ["acca"], pattern: /(?<![A-Za-z0-9])()ACCA[A-Z2-7]{16}(?![A-Za-z0-9])/g },
  { rule: "gcp_key", hints: ["aiza"], pattern: /(?<![\w-])()AIza[\w-]{35}/g },
  { rule: "gcp_key", hints: ["ya29."], pattern: /(?<![\w-])()ya29\.[\w-]{20,65536}/g },
  { rule: "gcp_key", hints: ["gocspx-"], pattern: /(?<![\w-])()GOCSPX-[\w-]{20,65536}/g },
  { rule: "gcp_key", hints: ["1//0"], pattern: /(?<![\w/-])()1\/\/0[\w-]{40,65536}/g },
  { rule: "azure_key", hints: ["key="], pattern: /(\b(?:Account|SharedAccess)Key=)[A-Za-z0-9+/]{20,65536}={0,2}/gi },
  {
    rule: "azure_key",
    hints: ["0q~", "1q~", "2q~", "3q~", "4q~", "5q~", "6q~", "7q~", "8q~", "9q~"],
    pattern: /(?<![\w~.-])()[\w~.-]{3}\dQ~[\w~.-]{31,34}(?![\w~.-])/g,
  },
  { rule: "signed_url", hints: ["sig="], pattern: /([?&;]sig=)(?!\[REDACTED)[^\s&"'\\<>]{16,65536}/gi },
  {
    rule: "signed_url",
    hints: ["signature="],
    pattern: /([?&](?:X-Amz-|X-Goog-)?Signature=)(?!\[REDACTED)[^\s&"'\\<>]{8,65536}/gi,
  },
  {
    rule: "signed_url",
    hints: ["x-amz-", "x-goog-"],
    pattern: /([?&]X-(?:Amz|Goog)-(?:Security-Token|Credential)=)(?!\[REDACTED)[^\s&"'\\<>]{8,65536}/gi,
  },
  { rule: "nkey_seed", hints: [], pattern: /(?<![A-Za-z0-9])()S[OAUNCX][A-Z2-7]{56}(?![A-Za-z0-9])/g },
];

/** All shapes. */
export const TOKEN_PATTERNS: readonly TokenPattern[] = [
  ...GENERAL_PATTERNS,
  ...FILE_PATTERNS,
  ...EXCHANGE_PATTERNS,
  ...ARGUMENT_PATTERNS,
  ...VENDOR_TOKENS,
];
