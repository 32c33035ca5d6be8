import type { TokenPattern } from "./token_pattern.ts";

/** Passwords in the arguments of programs whose short flags take one; long flags say it by their name. */
export const ARGUMENT_PATTERNS: readonly TokenPattern[] = [
  {
    rule: "argument",
    hints: ["curl", "wget", "etcdctl"],
    pattern:
      /(\b(?:curl|wget|etcdctl)\b(?:[^\n-]|-(?!u\b|-user\b|-proxy-user\b)){0,256}(?:-u|--user|--proxy-user)["'\s,=-]{1,12}[^\s:"',]{1,64}:)(?!\[REDACTED)(?!\d{1,6}(?:\s|$))[^\s"']{1,256}/g,
  },
  {
    rule: "argument",
    hints: ["smbclient"],
    pattern: /(\bsmbclient\b(?:[^\n-]|-(?!U)){0,256}-U["'\s,]{0,12}[^\s%"']{1,64}%)(?!\[REDACTED)[^\s"',]{1,256}/g,
  },
  {
    rule: "argument",
    hints: ["mysql"],
    pattern:
      /(\b(?:mysql|mysqldump|mysqladmin|mysqlimport|mysqlsh)\b(?:[^\n-]|-(?!p)){0,256}-p)(?!\[REDACTED)[^\s"',-][^\s"',]{0,256}/g,
  },
  {
    rule: "argument",
    hints: ["mariadb"],
    pattern: /(\bmariadb(?:-dump|-admin)?\b(?:[^\n-]|-(?!p)){0,256}-p)(?!\[REDACTED)[^\s"',-][^\s"',]{0,256}/g,
  },
  {
    rule: "argument",
    hints: ["sshpass"],
    pattern: /(\bsshpass\b["'\s,-]{1,12}-p["'\s,-]{0,12})(?!\[REDACTED)[^\s"',][^\s"',]{0,256}/g,
  },
  {
    rule: "argument",
    hints: ["redis-cli"],
    pattern: /(\bredis-cli\b(?:[^\n-]|-(?!a\b)){0,256}-a["'\s,-]{1,12})(?!\[REDACTED)[^\s"',][^\s"',]{0,256}/g,
  },
  {
    rule: "argument",
    hints: [" login"],
    pattern: /(\blogin\b(?:[^\n-]|-(?!p\b)){0,256}-p["'\s,-]{1,12})(?!\[REDACTED)[^\s"',][^\s"',]{0,256}/g,
  },
  {
    rule: "argument",
    hints: ["mongo"],
    pattern:
      /(\bmongo(?:sh|dump|restore|export|import)?\b(?:[^\n-]|-(?!p\b)){0,256}-p["'\s,-]{1,12})(?!\[REDACTED)[^\s"',][^\s"',]{0,256}/g,
  },
  {
    rule: "argument",
    hints: ["ldap"],
    pattern:
      /(\bldap(?:search|add|modify|whoami)\b(?:[^\n-]|-(?!w\b)){0,256}-w["'\s,-]{1,12})(?!\[REDACTED)[^\s"',][^\s"',]{0,256}/g,
  },
  {
    rule: "argument",
    hints: ["pass:"],
    pattern: /(-pass(?:in|out|word)?["'\s,=-]{1,12}pass:)(?!\[REDACTED)[^\s"']{1,256}/g,
  },
  {
    rule: "argument",
    hints: ["htpasswd"],
    pattern:
      /(\bhtpasswd(?=[^\n]{0,32}-\w{0,8}b)(?:\s{1,4}-\w{1,8}){1,4}\s{1,4}(?!-)\S{1,128}\s{1,4}\S{1,64}\s{1,4})(?!\[REDACTED)[^\s"']{1,256}/g,
  },
  {
    rule: "argument",
    hints: ["sqlcmd"],
    pattern: /(\bsqlcmd\b(?:[^\n-]|-(?!P\b)){0,256}-P["'\s,]{1,12})(?!\[REDACTED)[^\s"',-][^\s"',]{0,256}/g,
  },
  {
    rule: "argument",
    hints: ["rabbitmqctl"],
    pattern:
      /(\brabbitmqctl\b[^\n]{0,64}?\b(?:add_user|change_password|authenticate_user)\s{1,4}\S{1,64}\s{1,4})(?!\[REDACTED)[^\s"'-][^\s"']{0,256}/g,
  },
  {
    rule: "argument",
    hints: ["vault login"],
    pattern: /(\bvault login\s{1,4})(?!\[REDACTED)(?=[^\s=]{0,128}[\d.])[^\s"'=-][^\s"'=]{7,256}/g,
  },
  {
    rule: "argument",
    hints: ["--password-stdin"],
    pattern:
      /(\becho\s{1,4}(?:-n\s{1,4})?["']?)(?!\[REDACTED|\$)[^\s"'|]{4,256}(?=["']?\s{0,4}\|[^\n]{0,128}--password-stdin)/g,
  },
];
