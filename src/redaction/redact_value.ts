import { redactArguments } from "./redact_arguments.ts";
import { addRedactionCounts, type RedactionCounts, redactionMark, type RedactionRule } from "./redaction.ts";
import { redactText } from "./redact_text.ts";
import { BUILT_IN_REDACTOR, type Redactor } from "./redactor.ts";
import { nameInside, type SecretName } from "./secret_name.ts";
import { isMarked, isSecretValue, JUDGED_LENGTH } from "./secret_value.ts";

/** A value as `JSON.parse` gives it. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

interface RedactedValue {
  readonly value: JsonValue;
  readonly counts: RedactionCounts;
}

/** Deeper than any Kubernetes object; what lies deeper is cut out whole. */
const DEPTH_LIMIT = 200;
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
const FLAG = /^--?([A-Za-z][\w.-]{0,127})$/;
/** Fields that name what stands in a field beside them, in the order in which they count. */
const NAME_FIELDS = [
  "name",
  "key",
  "path",
  "field",
  "param",
  "parameter",
  "variable",
  "option",
  "ParameterKey",
  "Name",
  "Key",
] as const;
const VALUE_FIELDS = ["value", "default", "data", "content", "ParameterValue", "Value"] as const;
/** The private parts of a JSON Web Key. */
const KEY_PARTS = /^(?:d|p|q|dp|dq|qi|k)$/;
const NO_NAME: SecretName = { grade: "none", topic: "other", upper: false, plural: false, hexToo: false };

/**
 * Cuts secrets out of decoded JSON, above all Kubernetes objects: `data` of Secrets, `env` by name, arguments after flags,
 * values by their keys, `last-applied-configuration`, and in each text what `redactText` finds. Numbers below a secret's
 * name go as well. What holds no secret is returned as it is, not copied.
 */
export function redactValue(value: JsonValue, options: { readonly redactor?: Redactor } = {}): RedactedValue {
  const walk = new ValueWalk(options.redactor ?? BUILT_IN_REDACTOR);
  return { value: walk.visit(value, NO_NAME, false, 0), counts: walk.counts };
}

class ValueWalk {
  readonly counts: RedactionCounts = {};
  readonly #redactor: Redactor;

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  /** `inSecrets`: an item of a list of Secrets, which says its kind in the list alone. */
  visit(value: JsonValue, name: SecretName, inSecrets: boolean, depth: number): JsonValue {
    if (depth > DEPTH_LIMIT) return this.#cut("secret_data");
    if (typeof value === "string") return this.#text(value, name, "assignment");
    if (typeof value === "number") {
      return isSecretValue(String(value), name, "field") ? this.#cut("assignment") : value;
    }
    if (value === null || typeof value !== "object") return value;
    return isList(value) ? this.#list(value, name, inSecrets, depth) : this.#object(value, name, inSecrets, depth);
  }

  /** A program in `command` and its arguments in `args` are one line. */
  #command(object: JsonObject): JsonObject {
    const { command, args } = object;
    if (!isTexts(command) || !isTexts(args)) return object;
    const redacted = redactArguments([...command, ...args]);
    return redacted.every((item, index) => item === (command[index] ?? args[index - command.length]))
      ? object
      : { ...object, command: this.#kept(command, redacted, 0), args: this.#kept(args, redacted, command.length) };
  }

  /** Counts what was cut out, and returns the list as it is now. */
  #kept(items: readonly string[], redacted: readonly string[], from: number): readonly string[] {
    return items.map((item, index) => {
      const now = redacted[from + index] ?? item;
      if (now !== item) this.counts.argument = (this.counts.argument ?? 0) + 1;
      return now;
    });
  }

  #list(given: readonly JsonValue[], name: SecretName, inSecrets: boolean, depth: number): JsonValue {
    const items = isTexts(given) ? this.#kept(given, redactArguments(given), 0) : given;
    let changed = items.some((item, index) => item !== given[index]);
    const kept = items.map((item, index) => {
      const flag = this.#flagBefore(items, index);
      const next = typeof item === "string" && flag !== null
        ? this.#text(item, flag, "argument")
        : this.visit(item, name, inSecrets, depth + 1);
      changed ||= next !== item;
      return next;
    });
    return changed ? kept : given;
  }

  /** What the flag before an item says of it: `["--password", "…"]`. */
  #flagBefore(items: readonly JsonValue[], index: number): SecretName | null {
    const [before, item] = [items[index - 1], items[index]];
    if (typeof before !== "string" || typeof item !== "string" || item.startsWith("-")) return null;
    const flag = FLAG.exec(before)?.[1];
    if (flag === undefined) return null;
    const name = this.#redactor.gradeName(flag);
    return name.grade === "none" ? null : name;
  }

  #object(object: JsonObject, inside: SecretName, inSecrets: boolean, depth: number): JsonValue {
    const kind = object["kind"];
    const isSecret = kind === "Secret" || (inSecrets && kind === undefined);
    const named = this.#nameOf(object);
    const isKey = typeof object["kty"] === "string";
    let changed = false;
    const read = this.#command(object);
    if (read !== object) changed = true;
    const fields = Object.entries(read).map(([key, value]): [string, JsonValue] => {
      const kept = this.#field(
        key,
        value,
        { isSecret, named, holdsSecrets: kind === "SecretList", isKey, inside },
        depth,
      );
      changed ||= kept !== value;
      return [key, kept];
    });
    return changed ? Object.fromEntries(fields) : object;
  }

  #field(
    key: string,
    value: JsonValue,
    owner: {
      readonly isSecret: boolean;
      readonly named: SecretName | null;
      readonly holdsSecrets: boolean;
      readonly isKey: boolean;
      readonly inside: SecretName;
    },
    depth: number,
  ): JsonValue {
    if (owner.isSecret && (key === "data" || key === "stringData")) return this.#cutAll(value, depth);
    if (key === LAST_APPLIED && !isDone(value)) return this.#cut("last_applied");
    if (owner.isKey && KEY_PARTS.test(key) && !isDone(value)) return this.#cut("private_key");
    if (owner.named !== null && VALUE_FIELDS.some((field) => field === key) && typeof value === "string") {
      return this.#text(value, owner.named, "env_value");
    }
    const name = this.#redactor.gradeName(key);
    // What an object named `passwords` has is a password, whatever its key.
    const named = name.grade === "none" && typeof value === "string" ? nameInside(owner.inside, key) ?? name : name;
    return this.visit(value, named, owner.holdsSecrets && key === "items", depth + 1);
  }

  /** `{name: DB_PASSWORD, value: …}` names its value. */
  #nameOf(object: JsonObject): SecretName | null {
    if (VALUE_FIELDS.every((field) => typeof object[field] !== "string")) return null;
    for (const field of NAME_FIELDS) {
      const name = object[field];
      if (typeof name === "string" && name.length <= 256) return this.#redactor.gradeName(name);
    }
    // {"type": "password", "value": …}
    const type = typeof object["type"] === "string" ? this.#redactor.gradeName(object["type"]) : NO_NAME;
    return type.topic === "password" ? type : null;
  }

  #text(text: string, name: SecretName, rule: RedactionRule): string {
    if (text === "") return text;
    if (name.grade !== "none" && isSecretValue(text.slice(0, JUDGED_LENGTH), name, "field")) return this.#cut(rule);
    const redacted = redactText(text, { redactor: this.#redactor });
    addRedactionCounts(this.counts, redacted.counts);
    return redacted.text;
  }

  #cutAll(value: JsonValue, depth: number): JsonValue {
    if (value === null || isDone(value)) return value;
    if (typeof value !== "object" || depth > DEPTH_LIMIT) return this.#cut("secret_data");
    if (isList(value)) return value.map((item) => this.#cutAll(item, depth + 1));
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.#cutAll(item, depth + 1)]));
  }

  #cut(rule: RedactionRule): string {
    this.counts[rule] = (this.counts[rule] ?? 0) + 1;
    return redactionMark(rule);
  }
}

/** There is nothing, or a mark. */
function isDone(value: JsonValue): boolean {
  return value === null || value === "" || (typeof value === "string" && isMarked(value));
}

function isTexts(value: JsonValue | undefined): value is readonly string[] {
  return value !== undefined && isList(value) && value.length > 0 && value.every((item) => typeof item === "string");
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
