import type { TokenPattern } from "./token_pattern.ts";

/** From a program's name to a flag of it: the rest of one command. */
const GAP = String.raw`(?:[^\n;|&]|[;|&](?![;|&\s])){0,256}?(?<=[\s"',])`;
const SEPARATE = String.raw`["'\s,=]{1,12}`;
/** In its quotes, or a word; a number is a port. */
const VALUE = String
  .raw`(?!\[REDACTED|\d{1,6}(?:[\s"',\\]|$)|[}\])\\]{1,8}(?:[\s"',]|$))(?:(?<=')[^'\n]{1,256}(?=')|(?<=")[^"\n]{1,256}(?=")|[^\s"',-][^\s"',]{0,256})`;

/** Programs whose flag takes a password, as the next argument or at once (`attached`), or behind a `user` and a sign. */
const PROGRAMS: readonly {
  readonly programs: string;
  readonly flag: string;
  readonly attached?: boolean;
  /** The sign between the user and the password. */
  readonly user?: string;
}[] = [
  { programs: "curl wget etcdctl", flag: "(?:-[a-zA-Z]{0,4}u|--user|--proxy-user)", user: ":", attached: true },
  { programs: "http https", flag: "(?:-a|--auth)", user: ":" },
  { programs: "ctr", flag: "(?:-u|--user)", user: ":" },
  { programs: "smbclient", flag: "-U", user: "%", attached: true },
  { programs: "lftp", flag: "-u", user: "," },
  {
    programs: "mysql mysqldump mysqladmin mysqlimport mysqlsh mariadb mariadb-dump mariadb-admin",
    flag: "-p",
    attached: true,
  },
  { programs: "7z 7za sshpass", flag: "-p", attached: true },
  { programs: "mongo mongosh mongodump mongorestore mongoexport mongoimport", flag: "-p" },
  { programs: "mongo mongosh mongodump mongorestore mongoexport mongoimport", flag: "-p", attached: true },
  { programs: "login cqlsh rabbitmqadmin twine useradd sshpass", flag: "-p" },
  { programs: "sqlcmd bcp zip unzip ipmitool", flag: "-P" },
  { programs: "redis-cli", flag: "-a" },
  { programs: "ldapsearch ldapadd ldapmodify ldapwhoami ldapdelete ldappasswd", flag: "-w" },
  { programs: "ldappasswd", flag: "-[as]" },
  { programs: "snmpwalk snmpget snmpset snmpbulkwalk", flag: "-c" },
  { programs: "snmpwalk snmpget snmpset snmpbulkwalk", flag: "-A" },
  { programs: "snmpwalk snmpget snmpset snmpbulkwalk", flag: "-X" },
  { programs: "openssl", flag: "-k" },
  { programs: "schtasks", flag: "/rp" },
  { programs: "doctl", flag: "(?:-t|--access-token)" },
];

function patternOf({ programs, flag, attached, user }: typeof PROGRAMS[number]): TokenPattern {
  const names = programs.split(" ");
  // Short names are parts of words, and http is in every URL.
  const hints = names.map((name) => name.startsWith("http") ? `${name} -` : name.length < 4 ? `${name} ` : name);
  const gap = attached ? String.raw`["'\s,=]{0,12}` : SEPARATE;
  const link = user === undefined
    ? (attached ? `["']?` : gap)
    : String.raw`${gap}[^\s"'${user},-][^\s"'${user},]{0,63}${user}`;
  return {
    rule: "argument",
    hints,
    pattern: new RegExp(String.raw`(\b(?:${names.join("|")})\b${GAP}${flag}${link})${VALUE}`, "g"),
  };
}

/** Passwords in the arguments of programs whose short flags take one; long flags say it by their name. */
export const ARGUMENT_PATTERNS: readonly TokenPattern[] = [
  ...PROGRAMS.map(patternOf),
  {
    rule: "argument",
    hints: ["sqlplus"],
    pattern: /(\bsqlplus\s{1,4}(?:-\w{1,8}\s{1,4}){0,4}["']?[\w.$-]{1,64}\/)(?!\[REDACTED)[^\s"'@]{1,256}/gi,
  },
  {
    rule: "argument",
    hints: ["chpasswd"],
    pattern: /(["'\s][\w.-]{1,64}:)(?!\[REDACTED)[^\s"':|]{3,256}(?=["']?\s{0,4}\|\s{0,4}(?:sudo\s{1,4})?chpasswd\b)/g,
  },
  {
    rule: "argument",
    hints: ["chpasswd"],
    pattern: /(\bchpasswd\s{1,4}<<<\s{0,4}["']?[\w.-]{1,64}:)(?!\[REDACTED)[^\s"']{3,256}/g,
  },
  {
    rule: "argument",
    hints: ["curl"],
    pattern: /(\bcurl\b(?:[^\n;|]){0,256}?\s-b["'\s]{1,4}[\w.-]{1,64}=)(?!\[REDACTED)[^\s"']{4,4096}/g,
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
    hints: ["password-stdin", "password_stdin", "kinit", "sudo -s", "--stdin", "--passphrase-fd", "cryptsetup"],
    pattern:
      /(\b(?:echo|printf)\s{1,4}(?:-[ne]{1,2}\s{1,4})?["']?)(?!\[REDACTED|\$|%)[^\s"'|]{4,256}(?=["']?\s{0,4}\|\s{0,4}[^\n|]{0,128}?(?:password[-_]stdin|\bkinit\b|\bsudo -S|--stdin|--passphrase-fd|\bcryptsetup\b))/g,
  },
  {
    rule: "argument",
    hints: ["password-command"],
    pattern: /(--password-command[= ]["']?(?:echo|printf) )(?!\[REDACTED|\$)[^\s"'|]{3,256}/g,
  },
  {
    rule: "argument",
    hints: ["encrypt_string"],
    pattern:
      /(\bencrypt_string(?:\s{1,4}--?[\w-]{1,32}(?:[= ][\w./@-]{1,64})?){0,4}\s{1,4}["'])(?!\[REDACTED|\$)[^"'\n]{1,512}/g,
  },
  {
    rule: "argument",
    // What a shell hands over as a file: --password-file=<(echo …)
    hints: ["<(echo", "<(printf"],
    pattern:
      /((?:key|pass(?:word|wd|phrase)?|token|secret)(?:-file)?[= ]<\((?:echo|printf)(?: -n)? ["']?)(?!\[REDACTED|\$)[^\s"')]{4,256}/gi,
  },
  {
    // … or as its input: docker login --password-stdin … <<< …
    rule: "argument",
    hints: ["<<<"],
    pattern:
      /((?:password[-_]stdin|passphrase-fd|--stdin|\bkinit|\bsudo -S)[^\n|]{0,256}?<<< {0,2}["']?)(?!\[REDACTED|\$)[^\s"']{4,256}/g,
  },
  {
    // printf "//npm.example.net/:_authToken=%s" …
    rule: "argument",
    hints: ["%s"],
    pattern:
      /(\bprintf ["'][^"'\n%]{0,256}(?:key|pass(?:word|wd|phrase)?|token|secret|auth)["']?[:= ]{1,3}["']?%s[^"'\n]{0,64}["'] ["']?)(?!\[REDACTED|\$)[^\s"']{4,4096}/gi,
  },
  {
    // The last of the texts that a program signs in with: new PDO('mysql:…', 'root', '…').
    rule: "argument",
    hints: [
      "pdo",
      "mysqli",
      "getconnection(",
      "ldap_bind(",
      "ftp_login(",
      "sequelize(",
      ".login(",
      "authenticate(",
      "basicauth(",
    ],
    pattern:
      /(\b(?:PDO(?:->__construct)?|mysqli(?:_connect|->__construct)?|getConnection|ldap_bind|ftp_login|Sequelize|login|authenticate|(?:HTTP|Set|set)?[Bb]asicAuth)\((?:[$\w>-]{1,64},\s{0,4})?(?:["'][^"'\n]{0,256}["']\s{0,4},\s{0,4}){1,2}["'])(?!\[REDACTED)[^"'\n]{1,256}(?=["'])/g,
  },
  {
    // The user and the password of a constructor: PlainCredentials('svc', '…'), basic_auth("svc", "…")
    rule: "argument",
    hints: ["credential(", "credentials(", "authenticator(", "authprovider(", "basic_auth(", "authenticationtoken("],
    pattern:
      /(\b\w{0,48}(?:[cC]redentials?|Authenticator|AuthProvider|AuthenticationToken|basic_auth)\(["'][^"'\n]{1,128}["'],\s{0,4}["'])(?!\[REDACTED)(?=[^"'\n]{0,64}[\d!@#$%^&*])[^"'\n]{4,256}(?=["'])/g,
  },
  {
    // mount.cifs takes both in one option.
    rule: "argument",
    hints: ["cifs"],
    pattern: /(\bcifs\b[^\n]{0,256}?\buser(?:name)?=[^\s,%=]{1,64}%)(?!40|2[fF]|5[cC]|\[REDACTED)[^\s,"']{3,256}/g,
  },
  {
    // Whatever the program: a user, and behind it a password.
    rule: "argument",
    hints: [" -u ", " --user"],
    pattern:
      /(\s(?:-[uU]|--user(?:name)?)[ =]["']?[^\s"'-][^\s"']{0,63}["']? -[pP][ =]?["']?)(?!\[REDACTED|\$)(?=[^\s"']{0,64}[\d!@#$%^&*])(?=[^\s"']{0,64}[A-Za-z])[^\s"'-][^\s"']{3,256}/g,
  },
  {
    // The same where a stack trace shows how a driver was called: Driver->connect(Array, 'shop', '…', Array).
    rule: "argument",
    hints: ["connect(", "_login(", "auth("],
    pattern:
      /((?:->|::)\w{0,32}(?:[cC]onnect|[lL]ogin|[aA]uth(?:enticate)?)\((?:(?:Array|Object\([\w\\]{1,128}\)|NULL|["'][^"'\n]{0,256}["']),\s{0,4}){0,3}["'][^"'\n]{0,256}["']\s{0,4},\s{0,4}["'])(?!\[REDACTED)(?=[^"'\n]{0,64}[\d!@#$%^&*])(?=[^"'\n]{0,64}[A-Za-z])[^"'\n]{4,256}(?=["'])/g,
  },
  {
    rule: "argument",
    hints: ["mc alias set", "mc config host add"],
    pattern:
      /(\bmc (?:alias set|config host add)\s{1,4}\S{1,64}\s{1,4}\S{1,256}\s{1,4}\S{1,128}\s{1,4})(?!\[REDACTED|\$)[^\s"'-][^\s"']{3,256}/g,
  },
  {
    rule: "argument",
    hints: ["net user "],
    pattern: /(\bnet user\s{1,4}\S{1,64}\s{1,4})(?![/*]|\[REDACTED)(?=\S{0,64}[\d!@#$%^&*])[^\s"'/]{4,256}/gi,
  },
  {
    rule: "argument",
    hints: ["net use "],
    pattern:
      /(\bnet use(?: [A-Z*]:?)? \\{2,4}[^\s"']{1,256} )(?![/*]|\[REDACTED)[^\s"'/]{3,256}(?=\s{1,4}\/(?:user|persistent|savecred)|\s{0,4}$)/gim,
  },
];
