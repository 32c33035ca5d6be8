import type { ValueGrammar } from "../argument/value_grammar.ts";
import type { FlagRule, OperandRule, ToolRule, VerbRule } from "./tool_rule.ts";

// Every flag of kubectl 1.36 (and of the versions back to 1.32) on the verbs that may run, with a decision each. A flag
// that is not here is refused too; the denied rows exist so that the reason can say why.

const bool = "switch";
const labelSelector = { kind: "label_selector" } as const;
const fieldSelector = { kind: "field_selector" } as const;
const words = (...list: string[]): ValueGrammar => ({ kind: "word", words: list });
const int = (min: number, max: number): ValueGrammar => ({ kind: "int", min, max });

const HOUR_MS = 3_600_000;
const SINCE: ValueGrammar = { kind: "duration", minMs: 1, maxMs: 366 * 24 * HOUR_MS };
const LOG_BYTES_LIMIT = 10 * 1024 * 1024;
const LOG_BYTES_DEFAULT = 1024 * 1024;

function allow(name: string, value: FlagRule["value"], short?: string): FlagRule {
  return short === undefined ? { name: `--${name}`, value } : { name: `--${name}`, short: `-${short}`, value };
}

/** The value's grammar does not matter for a flag that never passes; whether it takes one matters for reading on. */
function deny(name: string, takes: "switch" | "value", denied: string, short?: string): FlagRule {
  return { ...allow(name, takes === "switch" ? bool : words(), short), denied };
}

const ALL_NAMESPACES = allow("all-namespaces", bool, "A");
const SELECTOR = allow("selector", labelSelector, "l");
const FIELD_SELECTOR = allow("field-selector", fieldSelector);
const NO_HEADERS = allow("no-headers", bool);
const CHUNK_SIZE = allow("chunk-size", int(1, 5000));
const MISSING_KEYS = allow("allow-missing-template-keys", bool);
const FILES: readonly FlagRule[] = [
  deny("filename", "value", "would read a file or URL of the sender's choice", "f"),
  deny("kustomize", "value", "would read a file or URL of the sender's choice", "k"),
  deny("recursive", "switch", "only goes with files", "R"),
];

const GET: readonly FlagRule[] = [
  ALL_NAMESPACES,
  MISSING_KEYS,
  CHUNK_SIZE,
  FIELD_SELECTOR,
  ...FILES,
  allow("ignore-not-found", bool),
  { ...allow("label-columns", { kind: "label_keys" }, "L"), list: true },
  NO_HEADERS,
  allow("output", { kind: "kubectl_output" }, "o"),
  deny("output-watch-events", "switch", "would stream without end"),
  deny("raw", "value", "would read any path of the API server"),
  SELECTOR,
  allow("server-print", bool),
  allow("show-kind", bool),
  allow("show-labels", bool),
  allow("show-managed-fields", bool),
  allow("sort-by", { kind: "sort_field" }),
  deny("subresource", "value", "would reach proxy, exec, log and token"),
  deny("template", "value", "would run a Go template or read one from a file"),
  deny("watch", "switch", "would stream without end", "w"),
  deny("watch-only", "switch", "would stream without end"),
];

const DESCRIBE: readonly FlagRule[] = [ALL_NAMESPACES, CHUNK_SIZE, ...FILES, SELECTOR, allow("show-events", bool)];

const LOGS: readonly FlagRule[] = [
  allow("all-containers", bool),
  allow("all-pods", bool),
  allow("container", { kind: "namespace" }, "c"),
  deny("follow", "switch", "would stream without end", "f"),
  deny("ignore-errors", "switch", "only goes with --follow"),
  deny("insecure-skip-tls-verify-backend", "switch", "would stop checking who the kubelet is"),
  { ...allow("limit-bytes", int(1, LOG_BYTES_LIMIT)), fallback: String(LOG_BYTES_DEFAULT) },
  allow("max-log-requests", int(1, 20)),
  allow("pod-running-timeout", { kind: "duration", minMs: 1, maxMs: 60_000 }),
  allow("prefix", bool),
  allow("previous", bool, "p"),
  SELECTOR,
  allow("since", SINCE),
  allow("since-time", { kind: "time" }),
  { ...allow("tail", int(0, 10_000)), fallback: "1000" },
  allow("timestamps", bool),
];

const PROTOCOL_BUFFERS = deny("use-protocol-buffers", "switch", "has no use in diagnosis");
const SHOW_SWAP = allow("show-swap", bool);
const TOP_SORT = allow("sort-by", words("cpu", "memory"));
const TOP_PODS: readonly FlagRule[] = [
  ALL_NAMESPACES,
  allow("containers", bool),
  FIELD_SELECTOR,
  NO_HEADERS,
  SELECTOR,
  SHOW_SWAP,
  TOP_SORT,
  allow("sum", bool),
  PROTOCOL_BUFFERS,
];
const TOP_NODES: readonly FlagRule[] = [
  NO_HEADERS,
  SELECTOR,
  allow("show-capacity", bool),
  SHOW_SWAP,
  TOP_SORT,
  PROTOCOL_BUFFERS,
];

const OBJECT_OUTPUT = allow("output", words("json", "yaml", "name"), "o");
const OBJECT_TEMPLATE = deny("template", "value", "would run a Go template or read one from a file");

const EVENTS: readonly FlagRule[] = [
  ALL_NAMESPACES,
  MISSING_KEYS,
  CHUNK_SIZE,
  allow("for", { kind: "type_and_name" }),
  NO_HEADERS,
  OBJECT_OUTPUT,
  allow("show-managed-fields", bool),
  OBJECT_TEMPLATE,
  { ...allow("types", { kind: "event_types" }), list: true },
  deny("watch", "switch", "would stream without end", "w"),
];

const ROLLOUT_HISTORY: readonly FlagRule[] = [
  ...FILES,
  MISSING_KEYS,
  OBJECT_OUTPUT,
  allow("revision", int(1, 1_000_000_000)),
  SELECTOR,
  allow("show-managed-fields", bool),
  OBJECT_TEMPLATE,
];

const ROLLOUT_STATUS: readonly FlagRule[] = [
  ...FILES,
  allow("revision", int(1, 1_000_000_000)),
  SELECTOR,
  // Bounded by the command's own time, see bound_waiting.ts.
  allow("timeout", { kind: "duration", minMs: 1000, maxMs: HOUR_MS }),
  allow("watch", bool, "w"),
];

const CAN_I: readonly FlagRule[] = [
  ALL_NAMESPACES,
  allow("list", bool),
  NO_HEADERS,
  allow("quiet", bool, "q"),
  allow("subresource", { kind: "lower_words" }),
];

const EXPLAIN: readonly FlagRule[] = [
  allow("api-version", { kind: "group_version" }),
  allow("output", words("plaintext", "plaintext-openapiv2"), "o"),
  // -R is new in 1.36: the long form is printed, which every version takes.
  { ...allow("recursive", bool), aliases: ["-R"] },
];

const VERSION: readonly FlagRule[] = [allow("client", bool), allow("output", words("yaml", "json"), "o")];

const API_RESOURCES: readonly FlagRule[] = [
  allow("api-group", { kind: "api_group" }),
  allow("cached", bool),
  { ...allow("categories", { kind: "lower_words" }), list: true },
  allow("namespaced", bool),
  NO_HEADERS,
  allow("output", words("wide", "name"), "o"),
  allow("sort-by", words("name", "kind")),
  { ...allow("verbs", { kind: "lower_words" }), list: true },
];

const GLOBAL: readonly FlagRule[] = [
  allow("namespace", { kind: "namespace" }, "n"),
  deny("as", "value", "would impersonate somebody"),
  deny("as-group", "value", "would impersonate somebody"),
  deny("as-uid", "value", "would impersonate somebody"),
  deny("as-user-extra", "value", "would impersonate somebody"),
  deny("cache-dir", "value", "would write files"),
  deny("certificate-authority", "value", "would change whom the agent trusts"),
  deny("client-certificate", "value", "would change the agent's credentials"),
  deny("client-key", "value", "would change the agent's credentials"),
  deny("cluster", "value", "would choose another API server"),
  deny("context", "value", "would choose another API server"),
  deny("disable-compression", "switch", "has no use in diagnosis"),
  deny("insecure-skip-tls-verify", "switch", "would stop checking who the API server is"),
  deny("kubeconfig", "value", "would choose another API server and could start programs"),
  deny("kuberc", "value", "would read a file that can redefine commands"),
  deny("log-flush-frequency", "value", "has no use in diagnosis"),
  deny("match-server-version", "switch", "has no use in diagnosis"),
  deny("password", "value", "would change the agent's credentials"),
  deny("profile", "value", "would write files"),
  deny("profile-output", "value", "would write files"),
  deny("request-timeout", "value", "is set by the agent: send a timeout in the command"),
  deny("server", "value", "would choose another API server", "s"),
  deny("tls-server-name", "value", "would change whom the agent trusts"),
  deny("token", "value", "would change the agent's credentials"),
  deny("user", "value", "would change the agent's credentials"),
  deny("username", "value", "would change the agent's credentials"),
  deny("v", "value", "would print request headers and bodies", "v"),
  deny("vmodule", "value", "would print request headers and bodies"),
  deny("warnings-as-errors", "switch", "has no use in diagnosis"),
];

function verb(
  words: VerbRule["words"],
  scope: NonNullable<VerbRule["scope"]>,
  flags: readonly FlagRule[],
  operands: OperandRule,
): VerbRule {
  return { words, scope, flags: [...flags, ...GLOBAL], operands };
}

/** kubectl, with the verbs that only read. */
export const KUBECTL: ToolRule = {
  name: "kubectl",
  path: null,
  syntax: "pflag",
  layout: "operands_first",
  longValue: "joined",
  globalFlags: GLOBAL,
  verbs: [
    verb([["get"]], "by_type", GET, { kind: "resources" }),
    verb([["describe"]], "by_type", DESCRIBE, { kind: "resources" }),
    verb([["logs"]], "namespaced", LOGS, { kind: "log_source" }),
    verb([["top"], ["pods", "pod", "po"]], "namespaced", TOP_PODS, { kind: "optional_name" }),
    verb([["top"], ["nodes", "node", "no"]], "none", TOP_NODES, { kind: "optional_name" }),
    verb([["events"]], "namespaced", EVENTS, { kind: "none" }),
    verb([["rollout"], ["history"]], "namespaced", ROLLOUT_HISTORY, { kind: "resources" }),
    verb([["rollout"], ["status"]], "namespaced", ROLLOUT_STATUS, { kind: "resources" }),
    verb([["auth"], ["can-i"]], "namespaced", CAN_I, { kind: "access_question" }),
    verb([["explain"]], "none", EXPLAIN, { kind: "field_path" }),
    verb([["version"]], "none", VERSION, { kind: "none" }),
    verb([["cluster-info"]], "none", [], { kind: "none" }),
    verb([["api-resources"]], "none", API_RESOURCES, { kind: "none" }),
    verb([["api-versions"]], "none", [], { kind: "none" }),
  ],
  pinning: "none",
  timeoutMs: null,
  outputLimitBytes: null,
};
