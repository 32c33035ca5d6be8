/**
 * How much a name says about its value.
 *
 * - `certain`: the configuration says so; whatever has this name goes.
 * - `strong`: a password, token or key; it goes unless it is plainly no secret (a number, a switch, a reference).
 * - `firm`: the same, but words in lower case with hyphens are the name of an object (`clientSecret: oidc-client`).
 * - `medium`: may as well name an object (`secret: regcred`); what reads like a name or a sentence stays.
 * - `weak`: says little (`key`, `session`); only what looks random goes.
 */
type NameGrade = "none" | "weak" | "medium" | "firm" | "strong" | "certain";

/**
 * What a name is about: passwords are judged harder than tokens, of which there are also numbers; a `login` is a user and
 * a password together, or a scheme and what it takes.
 */
type NameTopic = "password" | "token" | "login" | "other";

export interface SecretName {
  readonly grade: NameGrade;
  readonly topic: NameTopic;
  /** Spelled like a variable (`DB_PASSWORD`): a value, never a field of a Kubernetes object. */
  readonly upper: boolean;
  /** Several values may be meant (`tokens`). */
  readonly plural: boolean;
  /** Hexadecimal digits are a key here; elsewhere they are a digest, a commit or a trace more often. */
  readonly hexToo: boolean;
}

/** Without one of these (lower case) no name is a secret's; each begins a search. */
export const NAME_FRAGMENTS = [
  "pass",
  "pwd",
  "psw",
  "kennwort",
  "wachtwoord",
  "senha",
  "contrasena",
  "parola",
  "haslo",
  "losenord",
  "secret",
  "token",
  "key",
  "cred",
  "auth",
  "dsn",
  "connection_",
  "connection-s",
  "connection s",
  "connections",
  "connstr",
  "conn_str",
  "cookie",
  "session",
  "signature",
  "signing",
  "mnemonic",
  "psk",
  "otp",
  "honeycomb",
  "samlresp",
  "macaroon",
  "saml_resp",
  "security_answer",
  "securityanswer",
  "seed",
  "salt",
  "jwt",
  "webhook",
  "plaintext",
  "_pw",
  "-pw",
  ".pw",
  "adminpw",
  "userpw",
  "dbpw",
  "ldappw",
  "vault",
  "rootpw",
  "bindpw",
] as const;

/** Names, by the word or the two words that they end with; docs/redaction.md is generated from it. */
export const NAME_ROWS: readonly { readonly words: string; readonly grade: NameGrade; readonly topic: NameTopic }[] = [
  {
    words:
      "password passwd passwort kennwort wachtwoord senha contrasena parola haslo losenord passphrase passcode pass pwd psw pswd pw passkey mnemonic psk rootpw bindpw adminpw userpw dbpw ldappw masterauth",
    grade: "strong",
    topic: "password",
  },
  { words: "token macaroon", grade: "strong", topic: "token" },
  { words: "authkey rpcauth", grade: "strong", topic: "other" },
  { words: "secret cookie signing salt otp", grade: "medium", topic: "other" },
  { words: "credential cred auth authorization", grade: "medium", topic: "login" },
  { words: "jwt", grade: "medium", topic: "token" },
  { words: "dsn seed session sessionid signature webhook key plaintext", grade: "weak", topic: "other" },
];

/** The last two words: kinds of keys and strings that are secrets. */
export const PAIR_ROWS: readonly { readonly pairs: string; readonly grade: NameGrade; readonly topic: NameTopic }[] = [
  {
    pairs: "api_key access_key private_key signing_key encryption_key decryption_key account_key shared_key " +
      "preshared_key master_key auth_key ssh_key storage_key hmac_key jwt_key crypt_key cipher_key aes_key deploy_key " +
      "license_key subscription_key function_key functions_key certificate_key admin_key root_key seal_key unseal_key stripe_key service_key app_key " +
      "application_key webhook_key fernet_key session_key cookie_key consumer_key integration_key " +
      "ingest_key vault_key recovery_key totp_seed otp_seed mfa_seed wallet_seed seed_phrase recovery_phrase recovery_code saml_response instrumentation_key honeycomb_team",
    grade: "strong",
    topic: "other",
  },
  { pairs: "pass_word pass_phrase pass_code secret_answer security_answer", grade: "strong", topic: "password" },
  {
    pairs:
      "secret_key client_secret app_secret api_secret application_secret consumer_secret webhook_secret jwt_secret " +
      "session_secret cookie_secret hmac_secret signing_secret shared_secret oauth_secret access_secret encryption_secret " +
      "key_secret csrf_secret nextauth_secret otp_secret totp_secret token_secret bot_secret master_secret admin_secret " +
      "verification_secret redis_auth",
    grade: "firm",
    topic: "other",
  },
  { pairs: "client_key", grade: "medium", topic: "other" },
  { pairs: "basic_auth http_auth proxy_auth user_pass", grade: "medium", topic: "login" },
  {
    pairs: "secret_id session_id connection_string conn_string conn_str webhook_url session_cookie",
    grade: "weak",
    topic: "other",
  },
];

const LAST_WORDS: ReadonlyMap<string, { readonly grade: NameGrade; readonly topic: NameTopic }> = new Map(
  NAME_ROWS.flatMap(({ words, grade, topic }) => words.split(" ").map((word) => [word, { grade, topic }] as const)),
);

/** Written together, as `apikey` is. */
const PAIRS: ReadonlyMap<string, { readonly grade: NameGrade; readonly topic: NameTopic }> = new Map(
  PAIR_ROWS.flatMap(({ pairs, grade, topic }) =>
    pairs.split(" ").map((pair) => [pair.replace("_", ""), { grade, topic }] as const)
  ),
);

/** Before `key` these make it what things are looked up, ordered or locked by. */
const LOOKUP_WORDS = new Set(
  ("cache object idempotency partition sort row request dedup foreign primary composite unique group index " +
    "lookup map hash search message event job lock label topic shard sharding host file image data item record entity " +
    "node pod service resource selector translation i18n metric query commit build artifact layer blob content state " +
    "hot etag storage queue task trace span user order")
    .split(" "),
);

/** What stands behind the word that counts and changes nothing: `SECRET_KEY_BASE`, `TOKEN_V2`, `password.old`. */
const SUFFIXES = new Set(
  ("base old new current previous prev next prod production dev development staging stage test live default backup raw " +
    "plain plaintext b64 base64 encoded value val string text data env content override primary secondary main " +
    "alt temp tmp ro rw readonly writer reader master slave replica")
    .split(" "),
);

/** Behind a secret word these make it the name of something else: `password_file`, `tokenExpirationSeconds`. */
const OTHER_MATTER = new Set(
  ("name names ref refs reference file files filename path paths dir directory url uri endpoint host port expiry expires " +
    "expiration expire exp ttl second seconds ms minutes hours days age lifetime timeout interval count counts length len " +
    "min max size limit limits type types kind policy policies mode enabled disabled enable disable required optional " +
    "reset reuse changed class provider issuer audience audiences subject id ids version header headers field fields " +
    "prefix suffix algorithm alg method methods format store stores manager rotation rotate rotator source sources " +
    "namespace namespaces selector template strategy status state error errors valid validation validator invalid missing used usage " +
    "left remaining budget per rate bucket review reviews request requests response server service volume volumes mount " +
    "mounts mounted handler controller operator plugin driver sync syncer cache label labels annotation annotations " +
    "encryption encrypted encoder command hashing strength history attempts attempt success failure failures stdin prompt hint manifest engine backend group groups role " +
    "account user users username binding check checks test result results time at on by for from to event events set " +
    "generator creation created updated deleted found hash digest checksum sha sha1 sha256 md5 fingerprint thumbprint sock socket")
    .split(" "),
);

/** What is done with a secret, and whether there is one: `--export-secret-keys`, `has_password`. */
const ACTIONS = new Set("export list delete hide show print has is require requires disable ignore skip".split(" "));

/** Names about digests of secrets, or about what everybody may read. */
const PUBLIC_WORDS = new Set(
  "checksum digest fingerprint thumbprint public pub checksums sha256 sha sha1 md5 hash etag count num number total"
    .split(" "),
);

const HASHED = /(?:^| )(?:password|passwd|pass|pwd)(?: hash| digest| sha\d*| md5| hex| double)+$/;

/** Words that end so and are no password: what one does, and programs. */
const NOT_PASSWORDS = /^(?:com|by|tres|sur|encom|over|under|ask|mini)pass$|^(?:ch|ht)passwd$/;

/** Endings of words that are written together: `pgpassword`, `clientsecret`. */
const JOINED =
  /(password|passwd|passphrase|(?:client|app|api|consumer|webhook|jwt|session|cookie|hmac|signing|shared|oauth|key)secret|secret|token|credential|(?:api|access|secret|private|encryption|signing|account|shared|master|license|instrumentation)key|connectionstring|pass|pwd)$/;

const NONE: SecretName = { grade: "none", topic: "other", upper: false, plural: false, hexToo: false };
const CACHE_LIMIT = 2048;
const cache = new Map<string, SecretName>();

/** What the built-in tables say of a name. Remembers the last names, since outputs repeat theirs. */
export function gradeName(name: string): SecretName {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const graded = grade(name);
  if (cache.size >= CACHE_LIMIT) cache.clear();
  cache.set(name, graded);
  return graded;
}

/** A field that holds what the object is called after: `admin_password: {value: …, sensitive: true}`. */
const VALUE_ITSELF = /^(?:value|val|plain|plaintext)$/i;

/**
 * What the name of an object with several secrets says of the values in it: `passwords: {root: …}`. Other objects have
 * fields beside the secret, or the names of objects, so that there only what looks random goes; `null` where nothing does. A `key` may say that the field is the secret itself.
 */
export function nameInside(name: SecretName, key = ""): SecretName | null {
  if (name.grade === "none" || name.grade === "weak") return null;
  if (VALUE_ITSELF.test(key)) return name;
  if (name.grade === "certain" || (name.plural && (name.topic === "password" || name.topic === "token"))) return name;
  return { ...name, grade: "weak", hexToo: name.hexToo || name.topic === "password" };
}

/** `dbPassword1`, `DB_PASSWORD_V2` and `db-password` are the words db and password. */
function splitName(name: string): readonly string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word) =>
      word === "b64" || /^(?:sha|md)\d+$/.test(word) || word === "base64" ? word : word.replace(/\d+$/, "")
    )
    .filter((word) => word !== "" && word !== "v");
}

/** Words of a model's vocabulary: `eos_token: </s>`. What members of etcd share to find each other is as public. */
const VOCABULARY = /^(?:bos|eos|pad|unk|sep|cls|mask|image|special)$/;
/** The working directory of a shell. */
const WORKING_DIRECTORY: SecretName = { grade: "strong", topic: "other", upper: false, plural: false, hexToo: false };

function grade(name: string): SecretName {
  if (name === "PWD" || name === "OLDPWD" || name === "pwd") return WORKING_DIRECTORY;
  const words = splitName(name);
  const upper = /^[A-Z0-9_]*$/.test(name);
  // A digest of a password may be enough to find it.
  if (HASHED.test(words.join(" "))) return { grade: "weak", topic: "password", upper, plural: false, hexToo: true };
  if (words.length === 0 || words.some((word) => PUBLIC_WORDS.has(word))) return NONE;
  if (words.length > 1 && ACTIONS.has(words[0] ?? "")) return NONE;
  const pairAtEnd = PAIRS.has(words.slice(-2).join(""));
  let end = words.length;
  while (!pairAtEnd && end > 1 && SUFFIXES.has(words[end - 1] ?? "")) end--;
  const graded = gradeEnd(words.slice(0, end), upper);
  if (graded !== null) return graded;
  return gradeInside(words, upper);
}

function gradeEnd(words: readonly string[], upper: boolean): SecretName | null {
  const last = words.at(-1) ?? "";
  const plural = last.endsWith("s") && !/(?:pass|ss)$/.test(last);
  const word = plural ? last.slice(0, -1) : last;
  if (isObjectName(words, word)) return { grade: "weak", topic: "other", upper: false, plural, hexToo: false };
  const before = words.at(-2) ?? "";
  if (word === "token" && (VOCABULARY.test(before) || words.slice(-3, -1).join(" ") === "initial cluster")) return NONE;
  const pair = PAIRS.get(before + word) ?? (words.length === 1 ? PAIRS.get(word) : undefined);
  if (pair !== undefined) return of(pair.grade, pair.topic);
  const single = LAST_WORDS.get(word);
  if (single !== undefined) return of(single.grade, single.topic);
  const joined = NOT_PASSWORDS.test(word) ? undefined : JOINED.exec(word)?.[1];
  if (joined === undefined) return null;
  const known = LAST_WORDS.get(joined);
  const together = known ?? PAIRS.get(joined);
  return of(together?.grade ?? "strong", together?.topic ?? "other");

  function of(given: NameGrade, topic: NameTopic): SecretName {
    const raised = (given === "medium" || given === "firm") && upper ? "strong" : given;
    const hexToo = upper || given === "weak" && PAIRS.has(before + word) ||
      (word === "key" && before !== "" && !LOOKUP_WORDS.has(before));
    // `tokens` are counted or listed more often than told.
    return { grade: plural && topic === "token" && !upper ? "medium" : raised, topic, upper, plural, hexToo };
  }
}

/** Fields that hold the name of a Secret in every spelling: `imagePullSecrets`, `existingSecret`, `TLS_SECRET`. */
function isObjectName(words: readonly string[], last: string): boolean {
  return last === "secret" && /^(?:existing|pull|tls|image|ca|cert|certificate|bootstrap)$/.test(words.at(-2) ?? "");
}

/** A secret word that is not the last: `PASSWORD_DB`, `TOKEN_GITHUB`. */
function gradeInside(words: readonly string[], upper: boolean): SecretName {
  const at = words.findLastIndex((word, index) =>
    ["strong", "medium"].includes(LAST_WORDS.get(word)?.grade ?? "none") ||
    (index > 0 && PAIRS.has(words[index - 1] + word))
  );
  if (at === -1 || words.slice(at + 1).some((word) => OTHER_MATTER.has(word))) return NONE;
  const topic = LAST_WORDS.get(words[at] ?? "")?.topic ?? "other";
  return { grade: topic === "password" ? "medium" : "weak", topic, upper, plural: false, hexToo: upper };
}
