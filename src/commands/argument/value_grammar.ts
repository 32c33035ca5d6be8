import { formatGoDuration, parseGoDuration } from "../../wire/duration.ts";
import { parseHost } from "../target/host.ts";
import { orList } from "../checked.ts";
import { parseFieldTemplate } from "../print/custom_columns.ts";
import { parseFieldSelector } from "./field_selector.ts";
import { KUBECTL_OUTPUT_FORMS, parseKubectlOutput } from "./kubectl_output.ts";
import { isTypeAndName } from "./object_name.ts";
import { LABEL_KEY, parseLabelSelector } from "./label_selector.ts";

/** What a flag's value, or an argument of a configured tool, may be. */
export type ValueGrammar =
  | { readonly kind: "word"; readonly words: readonly string[]; readonly ignoreCase?: boolean }
  | { readonly kind: "int"; readonly min: number; readonly max: number }
  | { readonly kind: "duration"; readonly minMs: number; readonly maxMs: number }
  | { readonly kind: "time" }
  | { readonly kind: "namespace" }
  | { readonly kind: "kubernetes_name" }
  | { readonly kind: "label_keys" }
  | { readonly kind: "lower_words" }
  | { readonly kind: "api_group" }
  | { readonly kind: "group_version" }
  | { readonly kind: "label_selector" }
  | { readonly kind: "field_selector" }
  | { readonly kind: "sort_field" }
  | { readonly kind: "kubectl_output" }
  | { readonly kind: "type_and_name" }
  | { readonly kind: "event_types" }
  | { readonly kind: "address" }
  | { readonly kind: "host" }
  | { readonly kind: "path"; readonly below: string };

type Kind = ValueGrammar["kind"];
type Grammar<K extends Kind> = Extract<ValueGrammar, { kind: K }>;

/** How one kind of value is read, and what to tell people it is. */
interface ValueReader<K extends Kind> {
  /** The value in the agent's own spelling, or `null` when it is not of this kind. */
  readonly read: (text: string, grammar: Grammar<K>) => string | null;
  readonly expected: (grammar: Grammar<K>) => string;
}

const DNS_LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const DNS_SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;
const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;
const GROUP_VERSION = /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?v\d{1,3}(?:(?:alpha|beta)\d{1,3})?$/;
// kubectl's relaxed JSONPath for one field: `.metadata.name`, `{.status.conditions[0].type}`, `metadata.labels.a\.b/c`,
// `.spec.containers[?(@.name=="app")].image`.
const SORT_FIELD = /^[A-Za-z0-9_.{}\[\]()'"\\/?@=*:-]{1,253}$/;
const EVENT_TYPES = ["Normal", "Warning"] as const;
const LOWER_WORDS = /^[a-z][a-z-]{0,62}(?:,[a-z][a-z-]{0,62}){0,15}$/;

const READERS: { readonly [K in Kind]: ValueReader<K> } = {
  word: {
    read: (text, { words, ignoreCase }) =>
      words.find((word) => word === text || (ignoreCase === true && word.toLowerCase() === text.toLowerCase())) ?? null,
    expected: ({ words }) => orList(words),
  },
  int: {
    // A leading zero or sign means other things to other programs.
    read: (text, { min, max }) =>
      /^(?:0|[1-9]\d{0,14})$/.test(text) && Number(text) >= min && Number(text) <= max ? text : null,
    expected: ({ min, max }) => `a whole number from ${min} to ${max}`,
  },
  duration: {
    read: (text, { minMs, maxMs }) => {
      const ms = /^[0-9.]/.test(text) ? parseGoDuration(text) : null;
      return ms !== null && ms >= minMs && ms <= maxMs ? text : null;
    },
    expected: ({ minMs, maxMs }) => `a duration from ${formatGoDuration(minMs)} to ${formatGoDuration(maxMs)}`,
  },
  time: {
    read: (text) => RFC3339.test(text) && !Number.isNaN(Date.parse(text)) ? text : null,
    expected: () => "an RFC 3339 time such as 2026-01-31T10:00:00Z",
  },
  namespace: { read: matching(DNS_LABEL), expected: () => "a DNS label of at most 63 characters" },
  kubernetes_name: { read: matching(DNS_SUBDOMAIN), expected: () => "a Kubernetes object's name" },
  label_keys: {
    read: (text) => text.split(",").every((key) => LABEL_KEY.test(key)) ? text : null,
    expected: () => "label keys, with commas between them",
  },
  lower_words: { read: matching(LOWER_WORDS), expected: () => "lower-case words, with commas between them" },
  api_group: {
    read: matching(DNS_SUBDOMAIN),
    expected: () => "an API group such as apps or rbac.authorization.k8s.io",
  },
  group_version: { read: matching(GROUP_VERSION), expected: () => "an API version such as apps/v1" },
  label_selector: { read: parseLabelSelector, expected: () => "a label selector such as app=web,tier!=cache" },
  field_selector: { read: parseFieldSelector, expected: () => "a field selector such as status.phase!=Running" },
  sort_field: {
    read: (text) => SORT_FIELD.test(text) && parseFieldTemplate(text) !== null ? text : null,
    expected: () => "a field such as .metadata.creationTimestamp",
  },
  kubectl_output: { read: parseKubectlOutput, expected: () => KUBECTL_OUTPUT_FORMS },
  type_and_name: { read: (text) => isTypeAndName(text) ? text : null, expected: () => "TYPE/NAME, such as pod/web-1" },
  event_types: {
    read: (text) => {
      const types = text.split(",").map((type) =>
        EVENT_TYPES.find((known) => known.toLowerCase() === type.toLowerCase())
      );
      return types.every((type) => type !== undefined) ? [...new Set(types)].join(",") : null;
    },
    expected: () => `${orList(EVENT_TYPES)}, or both with a comma between them`,
  },
  address: {
    read: (text) => {
      const host = parseHost(text);
      return host?.kind === "address" ? host.address : null;
    },
    expected: () => "an IP address",
  },
  host: {
    read: (text) => {
      const host = parseHost(text);
      return host === null ? null : host.kind === "address" ? host.address : host.name;
    },
    expected: () => "a DNS name or an IP address",
  },
  path: {
    read: (text, { below }) => isPathBelow(text, below) ? text : null,
    expected: ({ below }) => `a plain path below ${below}`,
  },
};

/** Reads a value; returns it in the agent's own spelling, or `null` when it is not of the kind. Never throws. */
export function parseValue(text: string, grammar: ValueGrammar): string | null {
  return readerOf(grammar).read(text, grammar);
}

/** What a value of the kind is, to stand after "needs" or "must be". */
export function expectedValue(grammar: ValueGrammar): string {
  return readerOf(grammar).expected(grammar);
}

/** Whether `path` is absolute, has no empty, `.` or `..` part, and lies below the folder (and is not the folder itself). */
export function isPathBelow(path: string, folder: string): boolean {
  const parts = path.split("/").slice(1);
  return path.startsWith(`${folder.replace(/\/$/, "")}/`) &&
    parts.every((part) => part !== "" && part !== "." && part !== "..");
}

function readerOf<K extends Kind>(grammar: Grammar<K> & { readonly kind: K }): ValueReader<K> {
  return READERS[grammar.kind];
}

function matching(pattern: RegExp): (text: string) => string | null {
  return (text) => pattern.test(text) ? text : null;
}
