import assert from "node:assert/strict";
import { formatProblem } from "./config_problem.ts";
import { valueAt } from "./key_path.ts";
import { loadConfig, loadConfigContent } from "./load_config.ts";
import type { Override } from "./origin.ts";

const ENDPOINT = "central_endpoint: nats://a:4222\n";
type Env = Record<string, string>;
const load = (text: string, env: Env = {}, flags: readonly Override[] = []) =>
  loadConfigContent("c.yaml", { kind: "ok", text }, { env, flags });

interface Accepted {
  readonly name: string;
  /** Put after a valid `central_endpoint`. */
  readonly given: string;
  readonly env?: Env;
  readonly path: readonly (string | number)[];
  readonly want: unknown;
}

const KEY = `U${"A".repeat(55)}`;
const ACCEPTED: readonly Accepted[] = [
  { name: "an empty file takes defaults", given: "", path: ["reconnect_delay"], want: 5000 },
  { name: "a default section", given: "", path: ["nats", "delivery"], want: "core" },
  {
    name: "a duration of minutes and seconds",
    given: "heartbeat_interval: 1m30s",
    path: ["heartbeat_interval"],
    want: 90_000,
  },
  {
    name: "a duration as a number of seconds",
    given: "heartbeat_interval: 15",
    path: ["heartbeat_interval"],
    want: 15_000,
  },
  { name: "a fraction of seconds", given: "reconnect_delay: 1.5", path: ["reconnect_delay"], want: 1500 },
  { name: "the smallest reconnect_delay", given: "reconnect_delay: 1s", path: ["reconnect_delay"], want: 1000 },
  {
    name: "the smallest heartbeat_interval",
    given: "heartbeat_interval: 10s",
    path: ["heartbeat_interval"],
    want: 10_000,
  },
  { name: "the smallest metrics_interval", given: "metrics_interval: 30s", path: ["metrics_interval"], want: 30_000 },
  { name: "the smallest buffer", given: "buffer_size: 10", path: ["buffer_size"], want: 10 },
  { name: "retries without limit", given: "max_retries: -1", path: ["max_retries"], want: -1 },
  { name: "port 0", given: "health_port: 0", path: ["health_port"], want: 0 },
  { name: "the highest port", given: "health_port: 65535", path: ["health_port"], want: 65_535 },
  {
    name: "repeats without a window",
    given: "events:\n  repeat_window: 0s",
    path: ["events", "repeat_window"],
    want: 0,
  },
  {
    name: "a bare 0 as repeat window",
    given: "events: {repeat_window: 0}",
    path: ["events", "repeat_window"],
    want: 0,
  },
  { name: "no backlog", given: "events: {backlog: skip}", path: ["events", "backlog"], want: "skip" },
  { name: "the whole backlog", given: "events: {backlog: all}", path: ["events", "backlog"], want: "all" },
  { name: "a backlog of an hour", given: "events: {backlog: 1h}", path: ["events", "backlog"], want: 3_600_000 },
  { name: "a section whose lines are all comments", given: "nats:\n  # user: x\n", path: ["nats", "stream"], want: "" },
  { name: "a list without items", given: "events:\n  rules:\n", path: ["events", "rules"], want: [] },
  { name: "JSON is YAML", given: 'state: {"kind": "file", "path": "/x"}', path: ["state", "path"], want: "/x" },
  {
    name: "an anchor and its alias",
    given: "metrics:\n  labels: &l [a/*]\n  annotations: *l",
    path: ["metrics", "annotations", 0],
    want: "a/*",
  },
  {
    name: "bytes with a unit",
    given: "outbox: {spool_max_bytes: 64Mi}",
    path: ["outbox", "spool_max_bytes"],
    want: 67_108_864,
  },
  {
    name: "bytes as a number",
    given: "outbox: {spool_max_bytes: 2000000}",
    path: ["outbox", "spool_max_bytes"],
    want: 2_000_000,
  },
  {
    name: "narrowed tools",
    given: "commands: {allowed: {kubectl: [get]}}",
    path: ["commands", "allowed", "kubectl", 0],
    want: "get",
  },
  {
    name: "an empty verb list",
    given: "commands: {allowed: {kubectl: []}}",
    path: ["commands", "allowed", "kubectl"],
    want: [],
  },
  {
    name: "a trusted key",
    given: `commands: {require_signature: true, trusted_keys: [{name: a, public_key: ${KEY}}]}`,
    path: ["commands", "require_signature"],
    want: true,
  },
  { name: "user with password file", given: "nats: {user: u, password_file: /p}", path: ["nats", "user"], want: "u" },
  {
    name: "a subject template the other way round",
    given: "subject_template: aetherius.agent.{cluster_id}.{kind}",
    path: ["subject_template"],
    want: "aetherius.agent.{cluster_id}.{kind}",
  },
  { name: "a prefix of two tokens", given: "subject_prefix: fleet.a", path: ["subject_prefix"], want: "fleet.a" },
  {
    name: "a duration from the environment",
    given: "",
    env: { RECONNECT_DELAY: "2s" },
    path: ["reconnect_delay"],
    want: 2000,
  },
  {
    name: "seconds from the environment",
    given: "",
    env: { RECONNECT_DELAY: "7" },
    path: ["reconnect_delay"],
    want: 7000,
  },
  {
    name: "environment over file",
    given: "buffer_size: 20",
    env: { BUFFER_SIZE: "30" },
    path: ["buffer_size"],
    want: 30,
  },
  {
    name: "an empty variable is none",
    given: "buffer_size: 20",
    env: { BUFFER_SIZE: "" },
    path: ["buffer_size"],
    want: 20,
  },
  {
    name: "1 is true",
    given: "enable_events: false",
    env: { ENABLE_EVENTS: "1" },
    path: ["enable_events"],
    want: true,
  },
  { name: "0 is false", given: "", env: { ENABLE_METRICS: "0" }, path: ["enable_metrics"], want: false },
  {
    name: "True is true",
    given: "enable_commands: false",
    env: { ENABLE_COMMANDS: "True" },
    path: ["enable_commands"],
    want: true,
  },
  {
    name: "a numeric cluster id from the environment",
    given: "",
    env: { CLUSTER_ID: "12345" },
    path: ["cluster_id"],
    want: "12345",
  },
  {
    name: "an endpoint list with commas and spaces",
    given: "",
    env: { CENTRAL_ENDPOINT: "nats://x, tls://y:1" },
    path: ["central_endpoint"],
    want: ["nats://x", "tls://y:1"],
  },
  {
    name: "the namespaces to watch, over those of the file",
    given: "events: {namespaces: {include: [c]}}",
    env: { WATCH_NAMESPACES: "a, b" },
    path: ["events", "namespaces", "include"],
    want: ["a", "b"],
  },
  {
    name: "the namespaces to watch, for metrics",
    given: "",
    env: { WATCH_NAMESPACES: "a,b" },
    path: ["metrics", "namespaces"],
    want: ["a", "b"],
  },
  { name: "an upper-case log level", given: "", env: { LOG_LEVEL: "DEBUG" }, path: ["log_level"], want: "debug" },
  {
    name: "a form of authentication in the environment replaces the file's",
    given: "nats: {user: u, password_file: /p}",
    env: { NATS_TOKEN_FILE: "/t" },
    path: ["nats"],
    want: {
      tls: { handshake_first: false },
      token_file: "/t",
      inbox_prefix: "_INBOX",
      cloud_events: false,
      delivery: "core",
      stream: "",
      compression: { algorithm: "none", min_bytes: 1024 },
    },
  },
];

for (const { name, given, env, path, want } of ACCEPTED) {
  Deno.test(`configuration accepts ${name}`, async () => {
    const loaded = await load(ENDPOINT + given, env);
    assert.equal(loaded.kind, "ok", loaded.kind === "invalid" ? loaded.problems.map(formatProblem).join("\n") : "");
    if (loaded.kind === "ok") assert.deepEqual(valueAt(loaded.config, path), want);
  });
}

interface Refused {
  readonly name: string;
  /** Put after a valid `central_endpoint`, so that it begins in line 2. */
  readonly given: string;
  readonly env?: Env;
  /** The beginnings of all lines that are printed, or, with `…` in front, a part of them. */
  readonly want: readonly string[];
}

const REFUSED: readonly Refused[] = [
  {
    name: "an unknown key",
    given: "reconect_delay: 5s",
    want: ["c.yaml:2:1: reconect_delay: unknown key; did you mean reconnect_delay?"],
  },
  {
    name: "dashes in a key",
    given: "health-port: 1",
    want: ["c.yaml:2:1: health-port: unknown key; did you mean health_port?"],
  },
  {
    name: "a nested unknown key",
    given: "nats:\n  tls:\n    cafile: /x",
    want: ["c.yaml:4:5: nats.tls.cafile: unknown key; did you mean nats.tls.ca_file?"],
  },
  {
    name: "a key in the wrong section",
    given: "repeat_window: 1s",
    want: ["c.yaml:2:1: repeat_window: unknown key; did you mean events.repeat_window?"],
  },
  { name: "an unknown key without a near one", given: "zzzzzz: 1", want: ["c.yaml:2:1: zzzzzz: unknown key"] },
  { name: "__proto__ as a key", given: "__proto__: {a: 1}", want: ["c.yaml:2:1: __proto__: unknown key"] },
  { name: "constructor as a key", given: "constructor: 1", want: ["c.yaml:2:1: constructor: unknown key"] },
  {
    name: "an unknown key's secret stays hidden",
    given: "nats: {passwort: hunter2}",
    want: ["c.yaml:2:8: nats.passwort: unknown key"],
  },
  {
    name: "too short a reconnect_delay",
    given: "reconnect_delay: 999ms",
    want: ["c.yaml:2:18: reconnect_delay: must be a duration from 1s to 60s"],
  },
  { name: "too long a reconnect_delay", given: "reconnect_delay: 2m", want: ['…found "2m"'] },
  { name: "nanoseconds taken for seconds", given: "heartbeat_interval: 30000000000", want: ["…found 30000000000"] },
  { name: "a negative duration", given: "metrics_interval: -30s", want: ['…found "-30s"'] },
  { name: "a duration without a unit in quotes", given: 'metrics_interval: "60"', want: ['…found "60"'] },
  { name: "a duration of words", given: "heartbeat_interval: soon", want: ["c.yaml:2:21: heartbeat_interval"] },
  { name: "infinity", given: "heartbeat_interval: .inf", want: ["c.yaml:2:21: heartbeat_interval"] },
  { name: "not a number", given: "buffer_size: .nan", want: ["…found NaN"] },
  {
    name: "too short a heartbeat_interval",
    given: "heartbeat_interval: 9.999s",
    want: ["c.yaml:2:21: heartbeat_interval: must be a duration from 10s"],
  },
  { name: "too short a metrics_interval", given: "metrics_interval: 29", want: ["…from 30s to 24h"] },
  {
    name: "a buffer of 9",
    given: "buffer_size: 9",
    want: ["c.yaml:2:14: buffer_size: must be an integer from 10 to 1000000; found 9"],
  },
  { name: "a fraction where an integer belongs", given: "buffer_size: 10.5", want: ["…found 10.5"] },
  {
    name: "no retries",
    given: "max_retries: 0",
    want: ["…must be an integer from 1 to 1000000, or -1 for no limit; found 0"],
  },
  { name: "minus two retries", given: "max_retries: -2", want: ["…found -2"] },
  {
    name: "a port in quotes",
    given: 'health_port: "8080"',
    want: ['c.yaml:2:14: health_port: must be an integer from 0 to 65535; found "8080"'],
  },
  { name: "a port beyond the last", given: "health_port: 65536", want: ["…found 65536"] },
  { name: "a key without a value", given: "health_port:", want: ["…found nothing"] },
  {
    name: "yes as a boolean",
    given: "enable_events: yes",
    want: ['c.yaml:2:16: enable_events: must be true or false; found "yes"'],
  },
  { name: "an unknown log level", given: "log_level: verbose", want: ["…one of debug, info, warn, error, fatal"] },
  { name: "a number as cluster id", given: "cluster_id: 42", want: ["c.yaml:2:13: cluster_id: must be a text"] },
  { name: "a line break in the cluster id", given: 'cluster_id: "a\\nb"', want: ['…found "a\\nb"'] },
  { name: "a subject prefix with a wildcard", given: "subject_prefix: agent.*", want: ["…joined by dots"] },
  {
    name: "a template without a kind",
    given: "subject_template: a.{cluster_id}",
    want: ["c.yaml:2:19: subject_template"],
  },
  {
    name: "a template with a kind inside a token",
    given: "subject_template: a-{kind}.{cluster_id}",
    want: ["c.yaml:2:19: subject_template"],
  },
  {
    name: "a template with the id twice",
    given: "subject_template: '{kind}.{cluster_id}.{cluster_id}'",
    want: ["c.yaml:2:19: subject_template"],
  },
  { name: "a scalar where a section belongs", given: "nats: 5", want: ["c.yaml:2:7: nats"] },
  { name: "a list where a section belongs", given: "events: [a]", want: ["…found a list"] },
  {
    name: "a pasted secret where a file belongs",
    given: "nats: {token_file: s3cr3t}",
    want: ["c.yaml:2:20: nats.token_file: must be an absolute path; found a value that is not shown"],
  },
  {
    name: "a password where the file that holds it belongs",
    given: "nats: {password: s3cr3t}",
    want: ["c.yaml:2:8: nats.password: unknown key; did you mean nats.password_file?"],
  },
  {
    name: "values whose schema leaves the text to the library",
    given: "nats: 5\nevents: {rules: [{id: a.b, kinds: [], match: '', report: 1}, {}]}",
    want: [
      "c.yaml:2:7: nats: must be a mapping; found 5",
      "…events.rules[0].kinds: must be a list of at least 1 item; found an empty list",
      '…events.rules[0].match: must be a text of at least 1 character; found ""',
      "…events.rules[0].report: must be true or false; found 1",
      "…events.rules[1].id: must be set: words of a-z, 0-9 and _ joined by dots",
    ],
  },
  {
    name: "CloudEvents that are compressed",
    given: "nats: {cloud_events: true, compression: {algorithm: gzip}}",
    want: ["…nats.cloud_events: must be false while compression.algorithm is gzip"],
  },
  {
    name: "CloudEvents in batches",
    given: "nats: {cloud_events: true}\nevents: {batch: {max_events: 5}}",
    want: ["…nats.cloud_events: must be false while events.batch.max_events is above 1"],
  },
  {
    name: "two ways to authenticate",
    given: "nats:\n  token_file: /t\n  credentials_file: /c",
    want: ["c.yaml:3:3: nats: must be given one way to authenticate at most"],
  },
  {
    name: "a user without a password file",
    given: "nats: {user: bob}",
    want: ['c.yaml:2:14: nats.user: must be set together with password_file; found "bob"'],
  },
  {
    name: "a certificate without its key",
    given: "nats: {tls: {cert_file: /c}}",
    want: ["c.yaml:2:25: nats.tls.cert_file: must be set together with key_file"],
  },
  { name: "an unknown delivery", given: "nats: {delivery: kafka}", want: ["…one of core, jetstream"] },
  { name: "a stream name with a dot", given: "nats: {stream: a.b}", want: ["…a stream name"] },
  { name: "an unknown compression", given: "nats: {compression: {algorithm: zstd}}", want: ["…one of none, gzip"] },
  {
    name: "a namespace with capitals",
    given: "events: {namespaces: {include: [Default]}}",
    want: ["c.yaml:2:33: events.namespaces.include[0]: must be a namespace's name"],
  },
  {
    name: "a namespace in and out",
    given: "events: {namespaces: {include: [a], exclude: [a]}}",
    want: ["c.yaml:2:46: events.namespaces.exclude: must be without namespaces that include names too"],
  },
  { name: "an unknown backlog", given: "events: {backlog: some}", want: ['…"skip", "all", or a duration'] },
  {
    name: "a batch of none",
    given: "events: {batch: {max_events: 0}}",
    want: ["c.yaml:2:30: events.batch.max_events"],
  },
  {
    name: "an unknown collector",
    given: "metrics:\n  collectors:\n    - nodes\n    - disks",
    want: ["c.yaml:5:7: metrics.collectors[1]: must be one of cluster, nodes, pods, namespaces"],
  },
  {
    name: "a collector twice",
    given: "metrics: {collectors: [nodes, nodes]}",
    want: ["c.yaml:2:23: metrics.collectors: must be a list of different collectors"],
  },
  {
    name: "last-applied-configuration",
    given: "metrics: {annotations: [kubectl.kubernetes.io/last-applied-configuration]}",
    want: ["…is never reported"],
  },
  { name: "a timeout ceiling of a day", given: "commands: {timeout_ceiling: 24h}", want: ["…from 1s to 1h"] },
  {
    name: "required signatures without keys",
    given: "commands: {require_signature: true}",
    want: ["c.yaml:2:31: commands.require_signature: must be false while trusted_keys is empty"],
  },
  {
    name: "a seed in place of a public key",
    given: `commands: {trusted_keys: [{name: a, public_key: SU${"A".repeat(54)}}]}`,
    want: ["…found a value that is not shown"],
  },
  {
    name: "a key without a name",
    given: `commands:\n  trusted_keys:\n    - public_key: ${KEY}`,
    want: ["c.yaml:4:7: commands.trusted_keys[0].name: must be set"],
  },
  {
    name: "a key twice",
    given: `commands: {trusted_keys: [{name: a, public_key: ${KEY}}, {name: b, public_key: ${KEY}}]}`,
    want: ["…no name or key twice"],
  },
  {
    name: "LD_PRELOAD in the allowlist",
    given: "commands: {env_allowlist: [LD_PRELOAD]}",
    want: ["c.yaml:2:28: commands.env_allowlist[0]"],
  },
  {
    name: "HTTPS_PROXY in the allowlist",
    given: "commands: {env_allowlist: [HTTPS_PROXY]}",
    want: ["c.yaml:2:28: commands.env_allowlist[0]"],
  },
  { name: "a relative spool", given: "outbox: {spool_dir: spool}", want: ['…must be an absolute path; found "spool"'] },
  { name: "too small a spool", given: "outbox: {spool_max_bytes: 10}", want: ["…from 1Mi to 1024Gi"] },
  { name: "an unknown place for the state", given: "state: {kind: redis}", want: ["…one of file, configmap, none"] },
  {
    name: "two problems, in the order of the file",
    given: "zzzzzz: 1\nbuffer_size: 1",
    want: ["c.yaml:2:1: zzzzzz", "c.yaml:3:14: buffer_size"],
  },
  {
    name: "a key twice in the file",
    given: "buffer_size: 10\nbuffer_size: 20",
    want: ["c.yaml:3:1: buffer_size: is a duplicate key"],
  },
  {
    name: "a merge key",
    given: "nats: {<<: {user: a}}",
    want: ["c.yaml:2:8: nats: merge keys (<<) are not supported"],
  },
  { name: "a second document", given: "---\na: 1", want: ["c.yaml:2:1: a second document begins here"] },
  { name: "an unknown tag", given: "cluster_id: !secret x", want: ["c.yaml:2:13: is not YAML: tag resolve failed"] },
  { name: "an alias without an anchor", given: "cluster_id: *nowhere", want: ["c.yaml:2:13: "] },
  { name: "an alias of itself", given: "nats: &a [*a]", want: ["…nested too deeply"] },
  { name: "a tab as indentation", given: "nats:\n\tuser: a", want: ["c.yaml:3:1: is not YAML: tab as indent"] },
  { name: "a bracket that is never closed", given: "events: {backlog: all", want: ["c.yaml:2:22: is not YAML"] },
  { name: "a number as a key", given: "1: a", want: ["c.yaml:2:1: has a key that is not a string"] },
  {
    name: "a severity that a rule can not have",
    given: "events: {rules: [{id: team.disk, severity: urgent}]}",
    want: ['c.yaml:2:44: events.rules[0].severity: must be one of critical, high, medium, low; found "urgent"'],
  },
  {
    name: "a misspelt key in a rule",
    given: "events: {rules: [{id: team.disk, sevrity: high}]}",
    want: ["c.yaml:2:34: events.rules[0].sevrity: unknown key; did you mean events.rules[0].severity?"],
  },
  {
    name: "a rule's pattern that does not compile, beside a fault elsewhere",
    given: "events: {rules: [{id: team.disk, reason: X, severity: low, match: '('}]}\nbuffer_size: 1",
    want: ["c.yaml:2:67: events.rules[0].match: rule team.disk:", "c.yaml:3:14: buffer_size"],
  },
  {
    name: "a variable that is no integer",
    given: "",
    env: { BUFFER_SIZE: "many" },
    want: ['environment variable BUFFER_SIZE: buffer_size: must be an integer; found "many"'],
  },
  {
    name: "a variable that is no boolean",
    given: "",
    env: { ENABLE_EVENTS: "yes" },
    want: ["environment variable ENABLE_EVENTS: enable_events: must be 1, 0, true or false"],
  },
  {
    name: "a variable that is no duration",
    given: "",
    env: { RECONNECT_DELAY: "x" },
    want: ["environment variable RECONNECT_DELAY: reconnect_delay: must be a duration"],
  },
  {
    name: "a variable that names no namespace: it does not mean all of them",
    given: "",
    env: { WATCH_NAMESPACES: " , " },
    want: [
      "environment variable WATCH_NAMESPACES: events.namespaces.include: must be names of namespaces",
      "environment variable WATCH_NAMESPACES: metrics.namespaces: must be names of namespaces",
    ],
  },
  {
    name: "a variable beyond the limits",
    given: "",
    env: { HEALTH_PORT: "99999" },
    want: ["environment variable HEALTH_PORT: health_port: must be an integer from 0 to 65535; found 99999"],
  },
  {
    name: "a password in a wrong endpoint variable",
    given: "",
    env: { CENTRAL_ENDPOINT: "http://u:s3cr3t@h" },
    want: ['…found "http://***@h"'],
  },
  {
    name: "a wrong value that a variable hides",
    given: "buffer_size: 1",
    env: { BUFFER_SIZE: "50" },
    want: ["c.yaml:2:14: buffer_size"],
  },
];

for (const { name, given, env, want } of REFUSED) {
  Deno.test(`configuration refuses ${name}`, async () => {
    const loaded = await load(ENDPOINT + given, env);
    assert.equal(loaded.kind, "invalid");
    if (loaded.kind !== "invalid") return;
    const lines = loaded.problems.map(formatProblem);
    assert.equal(lines.length, want.length, lines.join("\n"));
    for (const [index, part] of want.entries()) {
      const line = lines[index] ?? "";
      assert.ok(part.startsWith("…") ? line.includes(part.slice(1)) : line.startsWith(part), `${line}\nlacks ${part}`);
    }
    assert.doesNotMatch(lines.join("\n"), /hunter2|s3cr3t|SUAAAA/);
  });
}

const ENDPOINTS = [
  { name: "an empty list", given: "[]", ok: false },
  { name: "an empty text", given: '""', ok: false },
  { name: "no scheme", given: "localhost:4222", ok: true },
  { name: "no scheme and no port", given: "nats.central.svc", ok: true },
  { name: "no scheme, with a password", given: "u:p@localhost:4222", ok: true },
  { name: "a scheme that lacks its colon", given: "nats//localhost:4222", ok: false },
  { name: "http", given: "http://a", ok: false },
  { name: "no host", given: "nats://", ok: false },
  { name: "a path", given: "nats://a/b", ok: false },
  { name: "a port beyond the last", given: "nats://a:70000", ok: false },
  { name: "plain and WebSocket mixed", given: "[nats://a, ws://b]", ok: false },
  { name: "a password without a user", given: "nats://:p@a", ok: false },
  { name: "a bad escape in a password", given: "nats://u:%zz@a", ok: false },
  { name: "a trailing comma, as a template leaves it", given: "'nats://a, '", ok: true },
  { name: "nothing but a comma", given: "','", ok: false },
  { name: "a WebSocket with a path", given: "wss://a/nats", ok: true },
  { name: "IPv6", given: "nats://[::1]:4222", ok: true },
  { name: "a list", given: "[nats://a, tls://b]", ok: true },
  { name: "user and password", given: "nats://u:p@a", ok: true },
];

for (const { name, given, ok } of ENDPOINTS) {
  Deno.test(`central_endpoint ${ok ? "takes" : "refuses"} ${name}`, async () => {
    assert.equal((await load(`central_endpoint: ${given}\n`)).kind, ok ? "ok" : "invalid");
  });
}

Deno.test("a missing central_endpoint names the variable that could hold it", async () => {
  const loaded = await load("");
  assert.ok(loaded.kind === "invalid");
  assert.match(
    loaded.problems.map(formatProblem).join("\n"),
    /^c\.yaml:1:1: central_endpoint: must be set, here or in CENTRAL_ENDPOINT/,
  );
});

Deno.test("an empty list of addresses and a port that is too high are said in words of our own", async () => {
  const messageOf = async (text: string) => {
    const loaded = await load(`central_endpoint: ${text}\n`);
    assert.ok(loaded.kind === "invalid");
    return loaded.problems.map(formatProblem).join("\n");
  };
  assert.match(await messageOf("[]"), /must be one or more nats:\/\/.* addresses, .*; found an empty list$/);
  assert.match(await messageOf("nats://h:99999"), /; the address has a port above 65535; found "nats:\/\/h:99999"$/);
  assert.match(await messageOf("[nats://a, nats://h:65536/]"), /; address 2 has a port above 65535; /);
  assert.match(await messageOf("nats://h:port"), /; the address is none of these; /);
});

Deno.test("without a file a missing central_endpoint names the file, the variable and the option", async () => {
  const loaded = await loadConfig({ env: {} });
  assert.ok(loaded.kind === "invalid");
  assert.match(
    loaded.problems.map(formatProblem).join("\n"),
    /must be set in \/etc\/agent\/config\.yaml \(there is no such file\), in CENTRAL_ENDPOINT or with --nats: /,
  );
});

Deno.test("flags stand over environment and file, and origins say so", async () => {
  const flags: Override[] = [{ path: ["health_port"], value: 3, origin: { kind: "flag", flag: "--health-port" } }];
  const loaded = await load(
    `${ENDPOINT}health_port: 1\nbuffer_size: 11\n`,
    { HEALTH_PORT: "2", MAX_RETRIES: "4" },
    flags,
  );
  assert.ok(loaded.kind === "ok");
  assert.equal(loaded.config.health_port, 3);
  assert.deepEqual(loaded.originOf(["health_port"]), { kind: "flag", flag: "--health-port" });
  assert.deepEqual(loaded.originOf(["max_retries"]), { kind: "environment", variable: "MAX_RETRIES" });
  assert.deepEqual(loaded.originOf(["buffer_size"]), { kind: "file", file: "c.yaml", line: 3, column: 14 });
  assert.deepEqual(loaded.originOf(["nats", "delivery"]), { kind: "default" });
});
