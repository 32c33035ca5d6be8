import { compact } from "../lifecycle/compact.ts";
import { isJsonObject, objectOf, textOf } from "../inventory/json_field.ts";
import type { JsonObject, JsonValue } from "../redaction/redact_value.ts";
import { clipText } from "./clip_text.ts";

/** One difference between two pod templates. Without `from` and `to`, the values may be secrets and only their place is told. */
export interface TemplateChange {
  /** `containers[app].image`, `containers[app].env[LOG_LEVEL]`. */
  readonly path: string;
  readonly change: "added" | "removed" | "changed";
  readonly from?: string;
  readonly to?: string;
}

const CHANGES_LIMIT = 40;
const VALUE_LENGTH = 400;
const PATH_LENGTH = 300;
const DEPTH_LIMIT = 20;

/** What tells the items of a list apart, by the first of these that all of them have. */
const ITEM_KEYS = ["name", "mountPath", "containerPort", "topologyKey", "key"] as const;
/** Fields whose values people put secrets into, or which no list allows to leave the cluster: only what is named is told. */
const NAMES_ONLY: ReadonlySet<string> = new Set([
  "env",
  "annotations",
  "labels",
  "httpHeaders",
  "volumeAttributes",
  "options",
  "sysctls",
]);
/** The controller's own mark on each template, different in each. */
const OWN_MARKS: ReadonlySet<string> = new Set(["pod-template-hash", "rollouts-pod-template-hash"]);

interface TemplateDiff {
  readonly changes: readonly TemplateChange[];
  /** How many more there are. */
  readonly leftOut: number;
}

/**
 * What differs between two pod templates (`spec.template` of two ReplicaSets). Lists are compared by name, not by place.
 * `redact` cuts the secrets out of each value that is told.
 */
export function diffTemplate(
  before: unknown,
  after: unknown,
  redact: (value: JsonValue) => JsonValue,
): TemplateDiff {
  const walk = new TemplateWalk(redact);
  walk.compare("", metadataOf(before), metadataOf(after), 0);
  walk.compare("", objectOf(objectOf(before).spec), objectOf(objectOf(after).spec), 0);
  return { changes: walk.changes.slice(0, CHANGES_LIMIT), leftOut: Math.max(0, walk.changes.length - CHANGES_LIMIT) };
}

/** A template's own name and time say nothing. */
function metadataOf(template: unknown): unknown {
  const { labels = {}, annotations = {} } = objectOf(objectOf(template).metadata);
  return { labels, annotations };
}

/** A change as it goes over the wire. */
export function wireChange({ path, change, from, to }: TemplateChange): JsonObject {
  return { path, change, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

class TemplateWalk {
  readonly changes: TemplateChange[] = [];
  readonly #redact: (value: JsonValue) => JsonValue;

  constructor(redact: (value: JsonValue) => JsonValue) {
    this.#redact = redact;
  }

  compare(path: string, before: unknown, after: unknown, depth: number): void {
    if (isEqual(before, after)) return;
    const sides = depth < DEPTH_LIMIT ? entriesOf(before, after) : null;
    if (sides === null) return this.#note(path, before, after, false);
    for (const [key, old, next] of pairs(sides)) {
      const place = sides.listed ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
      if (!sides.listed && NAMES_ONLY.has(key)) this.#compareNames(place, old, next);
      else this.compare(place, old, next, depth + 1);
    }
  }

  /** Which entries of a map or of a list of named things came, went or changed. */
  #compareNames(path: string, before: unknown, after: unknown): void {
    const blank = Array.isArray(before ?? after) ? [] : {};
    const sides = entriesOf(before ?? blank, after ?? blank);
    if (sides === null) return this.#note(path, before, after, true);
    for (const [key, old, next] of pairs(sides)) {
      if (!OWN_MARKS.has(key) && !isEqual(old, next)) this.#note(`${path}[${key}]`, old, next, true);
    }
  }

  #note(path: string, before: unknown, after: unknown, hidden: boolean): void {
    this.changes.push({
      path: clipText(path, PATH_LENGTH) ?? "",
      change: before === undefined ? "added" : after === undefined ? "removed" : "changed",
      ...compact({
        from: hidden ? undefined : this.#written(path, before),
        to: hidden ? undefined : this.#written(path, after),
      }),
    });
  }

  /** A value in words, redacted as what its field says it is; of a whole container without what hides its values. */
  #written(path: string, value: unknown): string | undefined {
    if (value === undefined) return undefined;
    const text = JSON.stringify(value, (key, inner) => NAMES_ONLY.has(key) ? undefined : inner);
    const shown: JsonValue = JSON.parse(text);
    const field = path.slice(path.lastIndexOf(".") + 1);
    const redacted = objectOf(this.#redact({ [field]: shown }))[field];
    return clipText(typeof redacted === "string" ? redacted : JSON.stringify(redacted), VALUE_LENGTH);
  }
}

interface Entries {
  readonly before: ReadonlyMap<string, unknown>;
  readonly after: ReadonlyMap<string, unknown>;
  readonly listed: boolean;
}

/** Both sides as maps: objects by field, lists by what tells their items apart; `null` for values, and for what is new whole. */
function entriesOf(before: unknown, after: unknown): Entries | null {
  if (isJsonObject(before) && isJsonObject(after)) {
    return { before: new Map(Object.entries(before)), after: new Map(Object.entries(after)), listed: false };
  }
  if (!Array.isArray(before) || !Array.isArray(after)) return null;
  const field = ITEM_KEYS.find((key) => [before, after].every((list) => tellsApart(list, key)));
  if (field === undefined) return null;
  return { before: byField(before, field), after: byField(after, field), listed: true };
}

function* pairs({ before, after }: Entries): Generator<readonly [string, unknown, unknown]> {
  for (const key of new Set([...before.keys(), ...after.keys()])) yield [key, before.get(key), after.get(key)];
}

const keyOf = (item: unknown, field: string): string => {
  const key = objectOf(item)[field];
  return typeof key === "number" ? String(key) : textOf(key);
};

function tellsApart(list: readonly unknown[], field: string): boolean {
  const keys = list.map((item) => keyOf(item, field));
  return keys.every((key) => key !== "") && new Set(keys).size === keys.length;
}

function byField(list: readonly unknown[], field: string): ReadonlyMap<string, unknown> {
  return new Map(list.map((item) => [keyOf(item, field), item]));
}

/** Both come from JSON of one server, which writes fields in one order. */
function isEqual(before: unknown, after: unknown): boolean {
  return before === after || JSON.stringify(before) === JSON.stringify(after);
}
