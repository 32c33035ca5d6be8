import type * as z from "zod/mini";
import { hideUrlPassword } from "../lifecycle/hide_url_password.ts";
import type { ConfigProblem } from "./config_problem.ts";
import { configSchema } from "./config_schema.ts";
import { describeAllowed } from "./describe_allowed.ts";
import { ENVIRONMENT } from "./environment.ts";
import { formatKeyPath, isRecord, type KeyPath, valueAt } from "./key_path.ts";
import { nearestKey } from "./nearest_key.ts";
import type { Origin } from "./origin.ts";
import { allFields, fieldInfoAt, knownKeysAt, readSchemaTree } from "./schema_tree.ts";

const LIMIT_SEEN = 80;

/** Where things stand in the source that is checked. */
interface IssueContext {
  readonly data: unknown;
  readonly originOf: (path: KeyPath) => Origin;
  readonly originOfKey: (path: KeyPath) => Origin;
  /** The file that was looked for and is not there; null where there is one. */
  readonly missingFile: string | null;
}

/** Turns what the schema found into problems for people: one for each unknown key, one for each wrong value. */
export function describeIssue(issue: z.core.$ZodIssue, context: IssueContext, around: KeyPath = []): ConfigProblem[] {
  const path = [...around, ...toKeyPath(issue.path)];
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => describeUnknownKey([...path, key], context));
  }
  if (issue.code === "invalid_union" && issue.message === "Invalid input") {
    // A union without a text of its own: the branch that came furthest has the fewest complaints.
    const [closest] = [...issue.errors].sort((a, b) => a.length - b.length);
    if (closest !== undefined && closest.length > 0) {
      return closest.flatMap((inner) => describeIssue(inner, context, path));
    }
  }
  return [describeWrongValue(issue, path, context)];
}

function describeUnknownKey(path: KeyPath, context: IssueContext): ConfigProblem {
  const key = String(path.at(-1));
  const section = path.slice(0, -1);
  const known = knownKeysAt(configSchema, section);
  // A secret in place of the file that holds it is no typing mistake, but the likeliest one.
  const file = `${key}_file`;
  const nearest = nearestKey(key, known) ?? (known.includes(file) ? file : null);
  const elsewhere = nearest === null ? findElsewhere(key) : null;
  const suggestion = nearest === null ? elsewhere : formatKeyPath([...section, nearest]);
  return {
    origin: context.originOfKey(path),
    path: formatKeyPath(path),
    message: "unknown key",
    ...(known.length > 0 ? { allowed: `one of ${known.join(", ")}` } : {}),
    ...(suggestion === null ? {} : { nearest: suggestion }),
  };
}

/** The path of a value whose key has just this name, in whatever section. */
function findElsewhere(key: string): string | null {
  const field = allFields(readSchemaTree(configSchema)).find(({ path }) => path.at(-1) === key);
  return field === undefined ? null : formatKeyPath(field.path);
}

function describeWrongValue(issue: z.core.$ZodIssue, path: KeyPath, context: IssueContext): ConfigProblem {
  const value = valueAt(context.data, path);
  const info = fieldInfoAt(configSchema, path);
  const allowed = describeAllowed(issue, info);
  const common = { origin: context.originOf(path), path: formatKeyPath(path), allowed };
  if (value === undefined) return { ...common, message: `must be set${whereToSet(path, context)}: ${allowed}` };
  // What stands between keys is wrong as a whole; there is no one value to show.
  if (isRecord(value) && issue.code === "custom") return { ...common, message: `must be ${allowed}` };
  const seen = info?.hideWhenRefused
    ? "a value that is not shown here, it may be a secret"
    : formatSeen(asGiven(value, common.origin));
  return { ...common, message: `must be ${allowed}`, seen };
}

/** An option and a variable hold one value of a key for lists as a list of one. */
function asGiven(value: unknown, origin: Origin): unknown {
  return origin.kind !== "file" && Array.isArray(value) && value.length === 1 ? value[0] : value;
}

/** Where a key that must be set can be; without a file there is no "here". */
function whereToSet(path: KeyPath, { missingFile }: IssueContext): string {
  const entry = ENVIRONMENT.find((known) => formatKeyPath(known.path) === formatKeyPath(path));
  if (missingFile === null) return entry === undefined ? "" : `, here or in ${entry.variable}`;
  const places = [`in ${missingFile} (there is no such file)`];
  if (entry !== undefined) places.push(`in ${entry.variable}`);
  if (entry?.option !== undefined) places.push(`with ${entry.option}`);
  return ` ${places.length === 1 ? places.join("") : `${places.slice(0, -1).join(", ")} or ${places.at(-1)}`}`;
}

/** A value as people wrote it, cut, and with the passwords of URLs hidden. */
export function formatSeen(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (isRecord(value)) return "a mapping";
  if (value === null) return "nothing";
  if (typeof value !== "string") return String(value);
  const text = hideUrlPassword(value);
  return JSON.stringify(text.length > LIMIT_SEEN ? `${text.slice(0, LIMIT_SEEN)}…` : text);
}

function toKeyPath(path: readonly PropertyKey[]): KeyPath {
  return path.map((step) => typeof step === "number" ? step : String(step));
}
