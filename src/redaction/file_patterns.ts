import type { TokenPattern } from "./token_pattern.ts";

/** Secrets that files, setup programs and formats of their own tell in their own way. Bounded as all patterns are. */
export const FILE_PATTERNS: readonly TokenPattern[] = [
  {
    // cloud-init's chpasswd: a list of lines user:password.
    rule: "assignment",
    hints: ["chpasswd:"],
    pattern:
      /(^[ \t]{1,64}(?:- ["']?)?[a-z_][\w.-]{0,31}:)(?![\d:]{1,16}$|\[REDACTED)[^\s:]{3,128}(?=["']?[ \t\r]{0,4}$)/gm,
  },
  {
    // The users of Kafka's PlainLoginModule: user_alice="…".
    rule: "assignment",
    hints: ["loginmodule"],
    pattern: /(\buser_[\w.@-]{1,64}\s{0,4}=\s{0,4}["'])(?!\[REDACTED)[^"'\n]{1,512}/g,
  },
  {
    // What `vault operator init` prints in JSON.
    rule: "assignment",
    hints: ["root_token", "keys_base64", "unseal_keys"],
    pattern: /(["'])[0-9a-f]{64,68}(?=["'])/g,
  },
  {
    // The private parts of a JSON Web Key.
    rule: "private_key",
    hints: ["kty"],
    pattern: /((?<!\w)["']?(?:d|p|q|dp|dq|qi|k)["']?\s{0,4}:\s{0,4}["']?)(?!\[REDACTED)[\w-]{16,65536}(?![\w.:/-])/g,
  },
  {
    // A data source of MySQL in Go, without an address.
    rule: "url_password",
    hints: ["?parsetime", "?charset", "?multistatements", "?tls=", "?timeout", "?collation", "?loc="],
    pattern: /((?<![^\s"'=(])[^\s:@/"'=[\]]{1,64}:)(?!\[REDACTED)[^\s"'/]{1,256}(?=@\/[\w-]{1,64}\?)/g,
  },
  {
    // ipsec.secrets
    rule: "assignment",
    hints: [": psk ", ": eap ", ": xauth ", ": ntlm ", ": rsa ", ": ecdsa ", ": p12 ", ": pkcs8 "],
    pattern:
      /((?:^|\s): (?:PSK|EAP|XAUTH|NTLM|(?:RSA|ECDSA|P12|PKCS8) [^\s"]{1,128})[ \t]{1,8}["'])(?!\[REDACTED)[^"'\n]{1,512}/gm,
  },
  {
    // Network devices: `username admin password 0 …`.
    rule: "assignment",
    hints: ["password 0 ", "password 7 ", "secret 0 ", "secret 9 ", "key 0 ", "key 7 "],
    pattern: /(\b(?:password|secret|key) [079] )(?!\[REDACTED)(?=\S{0,64}[^\sa-z])[^\s"']{4,256}/g,
  },
  {
    rule: "assignment",
    hints: ["snmp-server community", "rocommunity", "rwcommunity"],
    pattern: /(\b(?:snmp-server community|r[ow]community6?)[ \t]{1,8})(?!\[REDACTED|\$|<)[^\s"']{3,256}/g,
  },
  {
    rule: "assignment",
    hints: ["createuser "],
    pattern:
      /(\bcreateUser[ \t]{1,4}\S{1,64}[ \t]{1,4}(?:MD5|SHA(?:-?\d{3})?)[ \t]{1,4}["']?)(?!\[REDACTED)[^\s"']{3,256}/g,
  },
  {
    rule: "assignment",
    hints: ["createuser "],
    pattern:
      /(\bcreateUser[ \t]{1,4}\S{1,64}[ \t]{1,4}(?:MD5|SHA(?:-?\d{3})?)[ \t]{1,4}\S{1,256}[ \t]{1,4}(?:AES|DES)(?:-?\d{3})?[ \t]{1,4}["']?)(?!\[REDACTED)[^\s"']{3,256}/g,
  },
  {
    // "… is the temporary password generated for root"
    rule: "assignment",
    hints: [
      "is the temp",
      "is the init",
      "is the gen",
      "is the default",
      "is the new",
      "is the admin",
      "is the root",
      "is the password",
      "is the token",
      "is the secret",
      "is your ",
    ],
    pattern:
      /((?:^|[\s"'`:])["'`]?)(?!\[REDACTED)(?=[^\s"'`]{0,64}[\d!@#$%^&*])(?=[^\s"'`]{0,64}[A-Za-z])[^\s"'`:]{6,256}(?=["'`]? is (?:the|your) (?:[a-z-]{1,16} ){0,3}(?:password|passphrase|token|secret)\b(?! (?:file|path|name|id|for the (?:secret|file))))/gim,
  },
  {
    // A workflow command of GitHub: what the log must not show.
    rule: "assignment",
    hints: ["::add-mask::"],
    pattern: /(::add-mask::)(?!\[REDACTED)[^\n]{1,65536}/g,
  },
  {
    rule: "assignment",
    hints: ["securestring"],
    pattern:
      /(\bConvertTo-SecureString[ \t]{1,4}(?:-(?:String|AsPlainText|Force)[ \t]{1,4}){0,3}["'])(?!\[REDACTED)[^"'\n]{1,512}/gi,
  },
  {
    // Expect: what is sent when a password is asked for.
    rule: "assignment",
    hints: ["assword"],
    pattern:
      /(assword[^\n]{0,64}?\bsend(?:_user)?[ \t]{1,4}(?:--[ \t]{1,4})?["'])(?!\[REDACTED|\$)[^"'\\\n]{3,256}(?=\\[rn]|["'])/g,
  },
];
