import { type Redaction, REDACTION_RULES } from "./redaction.ts";
import type { SecretName } from "./secret_name.ts";

/**
 * Where a value stands: `field` of a structure or an assignment, the rest of a `line`, in a sentence (`prose`), where
 * "token expired" is no secret, or after a colon in one (`told`): "token: expired" is none, "token: a1-b2" is.
 */
export type ValuePlace = "field" | "line" | "prose" | "told";

/** What a value is judged by; callers may cut it off here. */
export const JUDGED_LENGTH = 256;

const MARK = new RegExp(String.raw`\[REDACTED:(?:${REDACTION_RULES.join("|")})\]`, "g");
const MARK_HERE = new RegExp(MARK.source, "y");

/** Whole values that are no secrets. */
const SWITCHES =
  /^(?:true|false|yes|no|on|off|null|nil|none|undefined|~|n\/a|unset|empty|required|optional|enabled|disabled|unknown|invalid|valid|active|inactive|present|absent|expired|missing|incorrect|wrong|failed|skipped|finished|done|started|succeeded|completed|pending|changed|unchanged|updated|rotated|revoked|ok|redacted|hidden|masked|omitted|removed|sensitive|not set|\(none\)|\(empty\)|\(sensitive(?: value)?\)|\(unset\)|\(hidden\)|\(known after apply\)|\[(?:filtered|hidden|masked|redacted|removed|omitted|protected)\]|[*x.•-]+|\*{2,8}[a-z]{1,16}\*{2,8}|-|<?your[-_ ][\w-]{1,64}>?|(?:string|bytes|object|boolean|integer|text)[!?]?|await|new|VALUE_SPECIFIED_IN_NO_LOG_PARAMETER|(?:files|compat)(?: [a-z]{1,16}){0,4})$/i;
/** What stands behind a value in YAML, or in source code. */
const COMMENT = /[ \t]{1,64}(?:#|\/\/)[ \t][^\n]*$/;
/** Brackets and quotes: the end of what is around, and no value. */
const PUNCTUATION = /^[\s"'`,;:{}()[\]<>\\]*$/;
/** Complete references to where the value is. One that is not closed is a value that begins like one. */
const REFERENCES = new RegExp(
  "^(?:" + [
    String.raw`<set to the key [^\n]*`,
    "<[a-z][a-z _.:-]{0,64}>", // <your-password>, <none>
    String.raw`\$\{[\w.:-]{1,128}\}`,
    String.raw`\$\{\w{1,128}:?\?[^}\n]{0,128}\}`, // ${DB_PASSWORD:?missing}
    String.raw`\$\([A-Za-z_]\w{0,127}\)`,
    String.raw`\$\([a-z]+ [^)]{1,128}\)`,
    String.raw`\$[A-Z_]\w{0,127}`,
    String.raw`\$\d{1,2}|\?`, // parameters of SQL statements
    // $db_password, :new_password
    String.raw`[$:@](?:[a-z]{1,16}_){0,3}(?:password|passwd|pass|pwd|token|secret|(?:api_?)?key)(?:_[a-z]{1,16}){0,2}`,
    String.raw`\$(?:http|arg|cookie|upstream_http|sent_http|proxy|remote)_\w{1,64}`, // variables of nginx
    String.raw`\$?\{\{[^{}]{1,200}\}\}`, // templates, and expressions of workflows
    String.raw`%[A-Z_]\w{0,64}%|%\([\w.]{1,64}\)[sd]|%[svqd+#]{1,3}`,
    String.raw`\{[a-z_]\w{0,64}\}|\{\}|\[\]|""`,
  ].join("|") + ")[,;]?$",
);
/** The same at the beginning of a text whose value is not in quotes. */
const REFERENCE_HEAD =
  /^(?:\$\([^()\n]{1,128}\)|<?\$\{[^{}\n]{1,128}\}|<\((?!echo|printf)[^()\n]{1,128}\)|\$(?:[a-z]{1,16}_){0,3}[a-z]{0,16}(?:[Pp]assword|[Pp]asswd|[Pp]wd|[Tt]oken|[Ss]ecret|[Kk]ey)|\$\{[^{}\n]{1,128}\}|\$?\{\{[^{}\n]{1,200}\}\}|`[a-z][\w./-]{0,64} [^`\n]{1,256}`|<(?:set to [^\n<>]{0,128}|[a-z][a-z _.:'-]{0,128})>|%[+#]?[svqdxeTw]|\((?:sensitive value|known after apply)\))(?=[\s"',;)\]}\\/:|>]|$)/;
/** Source code that says where the value comes from: `process.env.TOKEN`, `self.cache.get(…)`, `os.Getenv("TOKEN")`. */
const CODE = new RegExp(
  "^(?:" + [
    String
      .raw`(?:self|this|process|settings|config|conf|cfg|os|ctx|req|request|opts|options|args|env|params|spec|values|props|app|ENV|System|Deno|import\.meta|\$this->\w{1,32})(?:\??\.[A-Za-z_]\w{0,64}){1,8}(?:[([].{0,128})?`,
    String.raw`(?:process\.env|os\.environ|ENV|env|config|settings|params|request\.\w{1,16})\[["'][\w.-]{1,64}["']?\]?`,
    String.raw`[A-Za-z_][\w.]{0,64}[a-z]\((?:[a-z][\w., ]{0,64})?\)`,
    String.raw`[\w$]{1,32}\([\w$]{0,32}\)\.\w{1,32}[(.].{0,128}`, // jQuery(this).attr(…
    String.raw`(?:function\b ?\w{0,32})?\([\w, :]{0,64}\) ?(?:=>|\{).{0,128}`,
    String.raw`[*&]?[a-z]\w{0,16}\.(?:[A-Z][a-z]{1,24}){1,8}`, // tls.RequireAnyClientCert
    String.raw`[A-Za-z_]\w{0,64}\{\}?`,
    String.raw`&?[a-z]\w{0,32}\.[A-Z]\w{0,64}(?:\{|\([^"'\x60]).{0,128}`, // &corev1.Secret{, auth.NewClient(ctx
    String.raw`[a-z]\w{0,16}(?:\.[a-z]\w{0,24}\([\w"', ]{0,64}\)){1,8}`, // z.string().min(12)
    String
      .raw`(?:[A-Za-z_]\w{0,32}[.:]{1,2}){0,4}\w{0,16}(?:[Ee]nv|ENV|[Gg]et|[Rr]ead|[Ll]oad|[Ll]ookup|[Ff]etch)\w{0,24}\((?:["'\w\\].{0,128})?`,
  ].join("|") + ")[,;]?$",
);
/** Where secrets are kept, said in the way of the tools that read them from there; and what Sealed Secrets encrypts. */
const STORES =
  /^(?:vault:|arn:aws[\w-]*:|projects\/[\w-]+\/secrets\/|op:\/\/|ref\+|file:|env:|ssm:|secretsmanager:|!(?:Ref|Sub|GetAtt|ImportValue|secret|env_var|reference|include) |@Microsoft\.KeyVault|ENC\[|kms:|sops:|awssm:|gcpsm:|azurekeyvault:|Ag[A-D][A-Za-z0-9+/]{240})/;
/** Fields of tables and of classes are declared, not told: `password varchar(255) NOT NULL`, `password: Optional[str] = None`. */
const DECLARATION =
  /^(?:(?:var)?char(?:acter varying|2)?\(\d{1,5}\)(?:\s.*)?|(?:str|string|text|SecretStr|Secret|bytes|any|(?:Optional|Option|Maybe)[[<]\w{1,32}[\]>])(?: ?[|=] ?\w{1,16})?)[;,]?$/i;
const NUMBER =
  /^[+-]?\d{1,4}$|^[+-]?\d+\.\d+$|^[+-]?\d+(?:\.\d+)?(?:ns|us|ms|s|m|h|d|%|Ki|Mi|Gi|k|M|G|B|KB|MB|GB)$|^(?:\d+(?:h|m|s|ms))+$/;
const ANY_NUMBER = /^[+-]?[\d_,.*]+$/;
const TIME = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d|$)/;
const DIGEST = /^(?:sha(?:1|256|384|512)|md5):[0-9a-f]{32,128}$/i;
const POINTER =
  /^(?:\(\*[\w.]+\)\(?)?0x[0-9a-f]{4,16}\)?$|^\(\*?[\w.*]+\)(?:\(nil\)|\(0x[0-9a-f]+\)|nil)$|^\*?v\d\w*\.\w+$/;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const HEX = /^(?:0x)?[0-9a-f]+$/i;
/** What clouds call machines, disks and networks: `i-0a1b…`. */
const RESOURCE_ID = /^[a-z]{1,12}-[0-9a-f]{8,17}$/;
/** `topologyKeyValue`, `CriticalAddonsOnly`, `TokenURL`, `eTag`. */
const CAMEL_CASE = /^[A-Z]?[a-z]+(?:[A-Z][a-z]+)*[A-Z]{0,5}$/;
/** An address without a query, a user, or a part that is long enough for a secret. */
const PLAIN_URL = /^https?:\/\/[\w.:-]{1,253}(?:\/[\w.~%+-]{0,28}){0,16}(?:#[\w.-]{0,64})?[,;)]?$/;
const VERSION_RANGE = /^(?:[~^]|[<>]=?) ?v?\d+(?:\.\d+){1,2}[\w.+-]{0,32}$/;
const VERSION = /^v?\d+(?:\.\d+){1,3}(?:[-+][\w.-]{1,64})?$/;
/** Choices (`authorization|autoscaling|…`), names of pictures in Markdown, of algorithms, and of items (`args[token.index]`). */
const OTHER_WORDS =
  /^[a-z]+(?:\|[a-z]+)+$|^:[a-z_]{2,40}:|^(?:utf|iso|rsa|dsa|ecdsa|ed|x|aes|hmac|sha|md|hs|rs|es|ps|secp|chacha|argon)-?\d+\w{0,8}$|^[a-z]\w{0,32}\[[a-z][\w.]{0,64}\]?$/i;
/** `TriggerAuthentication/rabbit-2`, `metav1.GetOptions`, `{@link`: an object and its kind, a type, a reference in a comment. */
const OBJECT =
  /^[A-Z][A-Za-z]{2,40}\/[a-z0-9][a-z0-9.-]*$|^[a-z][a-z0-9]{1,16}(?:\.[A-Z][A-Za-z0-9]{1,40}){1,4}$|^\{@[a-z]+$/;
/** The next field of a line in logfmt. */
const NEXT_FIELD = /^[a-z][a-z_.-]{1,32}=[^=]/;

/** How a sentence goes on after "token" or "password". */
const SENTENCE =
  /^(?:expected|got|want|any|creation|modifying|modifications|destruction|destroying|refresh|importing|must|should|shall|is|are|was|were|has|have|had|not|no|cannot|can|can't|could|couldn't|failed|failure|fails|failing|authentication|authorization|invalid|expired|expires|expiring|missing|required|incorrect|too|at|for|of|in|on|or|and|as|does|did|do|doesn't|unable|error|mismatch|unauthorized|forbidden|denied|rejected|accepted|changed|updated|created|generated|stored|issued|printed|written|saved|applied|shown|logged|encrypted|hashed|verified|cached|copied|retrieved|obtained|acquired|returned|cleared|removed|deleted|rotated|refreshed|refreshing|renewed|reset|revoked|loaded|found|from|using|used|with|without|the|a|an|this|that|will|would|may|might|use|user|users|cache|lookup|access|permission|connection|timeout|timed|please|see|set|sent|received|request|response|validation|validating|verification|signature|malformed|unexpected|unknown|when|while|because|since|after|before|only|just|already|still|never|if|to|be|been|by|it|its|you|your|we|they|waiting|retrying|skipping|ignoring|reading|fetching|getting|generating|creating|updating|deleting|syncing|rotating|starting|enabled|disabled|optional|default|none|null|syntax|value|provided|given|empty|length|format|type|field|header|parameter|specified|supplied|configured|mounted|ready|available|unavailable|internal|context|rpc|http|https|dial|eof|read|write|open|stat|secret|secrets|token|tokens|password|passwords|key|keys|credentials?|bearer|basic|digest|negotiate|mode|webhook|rbac|node|anonymous|success|successful|successfully|passed|granted|allowed|completed|done|service|server|client|account|api|namespace|pod|object|resource|configmap|certificate)\b(?![^\s:]{0,64}\d)/i;

/**
 * Whether what stands under a secret's name is to be cut out. Judges the value, not the name alone: numbers, switches,
 * references, paths and (where the name is vague) names of objects stay readable.
 */
export function isSecretValue(given: string, name: SecretName, place: ValuePlace): boolean {
  if (name.grade === "none") return false;
  const value = (place === "line" ? given.replace(COMMENT, "") : given).trim();
  if (PUNCTUATION.test(value) || isMarked(value)) return false;
  if (name.grade === "certain") return true;
  if (isOrdinary(value, name) || (name.topic === "login" && AUTH_METHODS.test(value))) return false;
  if (place !== "field" && isSentence(value, name, place)) return false;
  if (isSpoken(place) && NEXT_FIELD.test(value)) return false;
  switch (name.grade) {
    case "strong":
      return !isSpoken(place) || isSuspicious(value, name) || (place === "told" && isLoneCode(value));
    case "firm":
      return !WORDS.test(value) && (!isSpoken(place) || isSuspicious(value, name));
    case "medium":
      if (name.topic === "login" && !isSpoken(place) && isLogin(value)) return true;
      return !isNameLike(isSpoken(place) ? firstWord(value) : value) &&
        (!isSpoken(place) || isSuspicious(value, name));
    case "weak":
      return looksRandom(isSpoken(place) ? firstWord(value) : value, name.hexToo);
  }
}

const isSpoken = (place: ValuePlace): boolean => place === "prose" || place === "told";

/** Words in lower case, as objects are called; a single one may be a key of a Secret. */
const WORDS = /^[a-z]+(?:[-./][a-z]+)*$/;

/** All that is said is one word with a digit in it. */
function isLoneCode(value: string): boolean {
  return /^[^\s:]{4,}$/.test(value) && /[A-Za-z]/.test(value) && /\d/.test(value);
}

/** A user and a password (`svc:kettle`), in a list too, or a scheme and what it takes (`Bearer …`). */
function isLogin(value: string): boolean {
  const behindScheme = /^(?:bearer|basic|token|apikey)\s+(\S{4,})$/i.exec(value)?.[1];
  if (behindScheme !== undefined) return !SENTENCE.test(behindScheme) && !isReference(behindScheme);
  if (/^[\w.@-]{1,64}:(?!\d{1,5}$)[^\s/:]{3,}$/.test(value)) return true;
  const second = /^["']?[\w.@-]{1,64}["']?\s{0,4},\s{0,4}["']?([^\s"',]{3,})["']?$/.exec(value)?.[1];
  return second !== undefined && !AUTH_METHODS.test(second);
}

const AUTH_METHODS =
  /^(?:basic|digest|bearer|token|tokens|oidc|saml|ldap|kerberos|negotiate|ntlm|m?tls|jwt|oauth\d?|x509|webhook|rbac|node|none|anonymous|password|passwords|cert|certificate|certificates|scram[\w-]*|plain|local|github|google|azure|approle|kubernetes|userpass|login|cram-md5|xoauth2?|gssapi)$/i;

/** Whether a value is no more than a complete reference to where the secret is: `$DB_PASSWORD`, `${TOKEN}`. */
export function isReference(value: string): boolean {
  return REFERENCES.test(value);
}

/** Whether a text begins with a complete reference that may hold spaces: `$(cat /run/token)`, `{{ .Values.password }}`. */
export function beginsWithReference(text: string): boolean {
  const head = REFERENCE_HEAD.exec(text)?.[0];
  // A default inside a reference is a value.
  return head !== undefined && !/:[-=+]/.test(head);
}

/** Moves a piece's ends out of the marks that it would cut in two. */
export function besideMarks(text: string, piece: Redaction): Redaction {
  const start = markAround(text, piece.start)?.end ?? piece.start;
  const end = markAround(text, piece.end)?.end ?? piece.end;
  return start === piece.start && end === piece.end ? piece : { rule: piece.rule, start, end };
}

/** The mark that has `place` strictly inside it. */
function markAround(text: string, place: number): { readonly end: number } | null {
  const near = text.slice(Math.max(0, place - 40), place).lastIndexOf("[");
  const from = Math.max(0, place - 40) + near;
  if (near === -1 || !text.startsWith("[REDACTED:", from)) return null;
  MARK_HERE.lastIndex = from;
  return MARK_HERE.test(text) && MARK_HERE.lastIndex > place ? { end: MARK_HERE.lastIndex } : null;
}

/** Whether marks of earlier redactions are all there is, but for a scheme or punctuation around them. */
export function isMarked(value: string): boolean {
  if (!value.includes("[REDACTED:")) return false;
  const rest = value.replaceAll(MARK, "");
  return rest !== value && /^(?:[\s"'`,;:&|()[\]{}<>\\-]|bearer|basic|token|digest)*$/i.test(rest);
}

function isOrdinary(value: string, name: SecretName): boolean {
  if (NUMBER.test(value) || SWITCHES.test(value) || REFERENCES.test(value)) return true;
  if (
    DECLARATION.test(value) || CODE.test(value) || STORES.test(value) || TIME.test(value) || DIGEST.test(value) ||
    POINTER.test(value) || VERSION_RANGE.test(value)
  ) {
    return true;
  }
  if (name.plural && ANY_NUMBER.test(value)) return true;
  // What a struct holds is read by itself: Session{user:12 …}
  if (name.grade !== "strong" && /^[A-Z]\w{0,32}\{\w{1,32}:/.test(value)) return true;
  if (PLAIN_URL.test(value) || /^HKEY_[A-Z]/.test(value)) return true;
  return /^(?:~|\.{1,2}|<[\w-]{1,32}>|\$\{?[A-Z_]{1,32}\}?)?\/|^[A-Z]:\\/.test(value) &&
    isPath(value.replaceAll(/<[\w-]{1,32}>|\$\{?[A-Z_]{1,32}\}?/g, "x"), name);
}

/** A path of a file or folder. Passwords may begin with a slash: theirs must be long and of plain words. */
function isPath(value: string, name: SecretName): boolean {
  const parts = value.split("/").filter((part) => !/^(?:\.{0,2}|~)$/.test(part));
  const plain = parts.every((part) => /^\.{0,2}[a-z0-9][a-z0-9._-]*$/.test(part) && !/\d[a-z]+\d/.test(part));
  if (!plain) return false;
  return parts.length >= 3 || name.topic !== "password" || /^[.~].*\.[a-z]{2,5}$/.test(value);
}

/** Three words or more, of letters alone: no token has spaces. */
const PLAIN_WORDS =
  /^[`"'(]?[A-Za-z]+[`"',)]{0,2} [`"'(]?[A-Za-z-]+[`"',.)]{0,2} [`"'(]?[A-Za-z-]+[`"',.:;)]{0,2}(?: |$)/;

/** A sentence goes on, or a number of things is told. */
function isSentence(value: string, name: SecretName, place: ValuePlace): boolean {
  if (/^\d{1,9},? [a-z]|^(?:\.{3}|…)(?:\s|$)/.test(value)) return true;
  if ((name.topic === "token" || name.topic === "login") && PLAIN_WORDS.test(value)) return true;
  if (name.upper && place === "line") return false;
  return SENTENCE.test(value) &&
    (/^\S+\s+[^=]/.test(value) || isSpoken(place) || /^\S+[,.;:!)]*$/.test(value) && isWord(value));
}

/** What passwords are used for, or are made of: "with password rotation". */
const PASSWORD_MATTERS =
  /^(?:authentication|auth|protection|file|files|hashing|hash|hashes|encryption|prompt|rotation|policy|policies|login|logins|manager|grant|flow|reset|input|field|based|only|credentials?|access|recovery|expiry|validation|strength|generator|store|plugin|set|callback|provider|method|mode|encoder|from|in|stored|change|changes|and|or|protected|detected|attempt|attempts|function|functions|rule|rules|helper|helpers|inputs|attribute|attributes|keyring|property|argument|correct|complete|support|feature|features|options|fields|entry|entries|managers|through|over|username|usernames|email|host|hostname|database)\b/i;

/** Whether the first word behind "with password" may be one, letters alone as it may be. */
export function isSpokenPassword(value: string, name: SecretName): boolean {
  const word = firstWord(value).replace(/[,.;:!?)]+$/, "");
  return name.topic === "password" && /^[A-Za-z]{4,64}$/.test(word) && !name.plural && !SENTENCE.test(word) &&
    !PASSWORD_MATTERS.test(word) && !SWITCHES.test(word);
}

const firstWord = (value: string): string => value.split(/[\s"'`]/, 1)[0] ?? "";
const isWord = (value: string): boolean => /^[A-Za-z][a-z']*[,.;:!)]*$/.test(value);

/** In a sentence a secret must stand out from its words. */
function isSuspicious(value: string, name: SecretName): boolean {
  const word = firstWord(value);
  const core = word.replace(/\]\(.*$|[,.;:!?)\]}>"'*`]+$/, "");
  if (core.length < 4 || ANY_NUMBER.test(core) || /^[A-Z][A-Z0-9_]*$|^[A-Z]+(?:-[A-Z]+)+$/.test(core)) return false;
  if (VERSION.test(core) || OTHER_WORDS.test(core) || OBJECT.test(core)) return false;
  if (name.topic !== "password" && UUID.test(core)) return false;
  if (/^[a-z]+$/.test(core)) {
    // A password of letters alone, at the end of what is said.
    return name.topic === "password" && core.length >= 6 && word === value && !SENTENCE.test(core) &&
      !PASSWORD_MATTERS.test(core);
  }
  if (isWord(core) || isCamelCase(core)) return false;
  if (name.topic !== "password" && isNameLike(core)) return false;
  return /\d/.test(core) || /[a-z][A-Z]|[^\w.,:;/-]/.test(core) || looksRandom(core, false);
}

/** Words in lower case, as names of objects are (`db-credentials`, `kube-system/registry`, `web-tls-7f9c4d`), or a sentence. */
function isNameLike(value: string): boolean {
  if (value.length > 253) return false;
  const parts = value.replace(/[,.;:)\]}]+$/, "").split(/[-._/:, ]+/).filter((part) => part !== "");
  if (parts.length <= 1) return /^[A-Z]?[a-z]*$/.test(parts[0] ?? "");
  const word = value.includes(" ") ? /^[A-Z]?[a-z]{1,24}\d{0,2}$|^\d{1,4}$/ : /^[a-z]{1,24}\d{0,2}$|^\d{1,4}$/;
  return parts.every((part, index) => word.test(part) || (index === parts.length - 1 && /^[a-z0-9]{3,10}$/.test(part)));
}

/** `linux-node-6166d0…`: what caches and artifacts are called. */
const NAMED_DIGEST = /^(?:[A-Za-z][A-Za-z0-9.]{0,31}[-_.:/]){1,8}[0-9a-f]{32,64}$/;

/** Words that are written together; what is drawn by lot has more capitals. */
function isCamelCase(value: string): boolean {
  return CAMEL_CASE.test(value) && (value.length < 12 || (value.match(/[A-Z]/g)?.length ?? 0) * 3 < value.length);
}

/** Whether a text looks drawn by lot: long, of several kinds of characters, in no order that words have. */
function looksRandom(value: string, hexToo: boolean): boolean {
  if (value.length < 16 || !/^[\w+/=.~-]+$/.test(value)) return false;
  if (UUID.test(value)) return hexToo;
  if (RESOURCE_ID.test(value)) return false;
  if (HEX.test(value)) return hexToo && value.length >= 32;
  if (NAMED_DIGEST.test(value) || isCamelCase(value)) return false;
  if (
    isNameLike(value) ||
    /^~?[\w.-]*(?:\/[\w.-]+)*(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?$/.test(value) && /[./]/.test(value)
  ) {
    return false;
  }
  let kinds = 0;
  for (const kind of [/[a-z]/, /[A-Z]/, /\d/, /[+/=_!@#$%^&*-]/]) if (kind.test(value)) kinds++;
  return kinds >= 2 && turnsOf(value) * 5 >= value.length;
}

/** How often a character is of another kind than the one before it: capitals, small letters, digits, signs. */
export function turnsOf(value: string): number {
  let turns = 0;
  for (let i = 1; i < value.length; i++) {
    if (kindOf(value.charCodeAt(i)) !== kindOf(value.charCodeAt(i - 1))) turns++;
  }
  return turns;
}

function kindOf(code: number): number {
  if (code >= 0x61 && code <= 0x7a) return 0;
  if (code >= 0x41 && code <= 0x5a) return 1;
  return code >= 0x30 && code <= 0x39 ? 2 : 3;
}
