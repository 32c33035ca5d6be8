import * as z from "zod/mini";
import { formatGoDuration, parseGoDuration } from "../wire/duration.ts";

/** What readers of the schema (error texts, the documentation, `--effective`) know about a value beyond its type. */
export interface FieldInfo {
  /** Ends the sentence "must be …". */
  readonly allowed: string;
  /** A refused value is not shown: people paste the secret itself where its file is wanted. */
  readonly hideWhenRefused?: boolean;
  /** Writes a checked value as it may stand in the file. Absent where the value stands there as it is. */
  readonly format?: (value: number) => string | number;
}

/** The `FieldInfo` of every value in the configuration schema. */
export const fieldInfo = z.registry<FieldInfo>();

/** Says what readers of the schema know about `schema`, and what the documentation says of it. */
export function documented<S extends z.ZodMiniType>(schema: S, description: string, info: FieldInfo): S {
  fieldInfo.add(schema, info);
  return described(schema, description);
}

/** Says what the documentation says of `schema`. */
export function described<S extends z.ZodMiniType>(schema: S, description: string): S {
  z.globalRegistry.add(schema, { description });
  return schema;
}

/** Milliseconds. In the file they stand as a Go duration string or as a number of seconds. */
type Milliseconds = number;

const DURATION_TEXT = /^[+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;
/** No wait in the agent makes sense beyond it, and it catches nanoseconds that were meant as seconds. */
const LONGEST_DURATION = "24h";

/** What a duration field takes; limits and default are Go duration strings, as people read them. */
interface DurationRule {
  readonly description: string;
  readonly min: string;
  readonly max?: string;
  readonly default: string;
}

/** A duration between two limits. Its checked value is in milliseconds. */
export function durationField(rule: DurationRule) {
  const max = rule.max ?? LONGEST_DURATION;
  const allowed = `a duration from ${rule.min} to ${max}: a Go duration string ("1m30s") or a number of seconds`;
  const schema = z.pipe(
    z.union(durationForms(allowed), { error: allowed }),
    z.transform((value, context): Milliseconds => toLimitedMs(value, rule.min, max, allowed, context)),
  );
  return z.prefault(documented(schema, rule.description, { allowed, format: formatGoDuration }), rule.default);
}

/** A duration, or one of some words; a word is kept as it is. */
export function durationOrWordField<const W extends string>(rule: DurationRule & { readonly words: readonly W[] }) {
  const max = rule.max ?? LONGEST_DURATION;
  const words = rule.words.map((word) => `"${word}"`).join(", ");
  const allowed =
    `${words}, or a duration from ${rule.min} to ${max}: a Go duration string ("1m30s") or a number of seconds`;
  const isWord = (value: string | number): value is W => rule.words.some((word) => word === value);
  const schema = z.pipe(
    z.union([z.enum(rule.words), ...durationForms(allowed)], { error: allowed }),
    z.transform((value, context): W | Milliseconds =>
      isWord(value) ? value : toLimitedMs(value, rule.min, max, allowed, context)
    ),
  );
  return z.prefault(documented(schema, rule.description, { allowed, format: formatGoDuration }), rule.default);
}

function durationForms(allowed: string) {
  return [z.string().check(z.regex(DURATION_TEXT, { error: allowed })), z.number()] as const;
}

/** Ends a transform: the value is refused. */
export function refuse(context: z.core.ParsePayload, message: string): never {
  context.issues.push({ code: "custom", message, input: context.value });
  return z.NEVER;
}

function toLimitedMs(
  value: string | number,
  min: string,
  max: string,
  allowed: string,
  context: z.core.ParsePayload,
): Milliseconds {
  const ms = typeof value === "number" ? value * 1000 : parseGoDuration(value);
  const [minMs, maxMs] = [parseGoDuration(min) ?? 0, parseGoDuration(max) ?? 0];
  if (ms !== null && ms >= minMs && ms <= maxMs) return ms;
  return refuse(context, allowed);
}

/** An integer between two limits, both included. `also` names single values outside them, with their meaning. */
export function integerField(rule: {
  readonly description: string;
  readonly min: number;
  readonly max: number;
  readonly default: number;
  readonly also?: { readonly value: number; readonly meaning: string };
}) {
  const { min, max, also } = rule;
  const allowed = `an integer from ${min} to ${max}` + (also ? `, or ${also.value} for ${also.meaning}` : "");
  const range = z.int({ error: allowed }).check(z.minimum(min, { error: allowed }), z.maximum(max, { error: allowed }));
  const schema = also ? z.union([range, z.literal(also.value)], { error: allowed }) : range;
  return z.prefault(documented(schema, rule.description, { allowed }), rule.default);
}

const BYTE_UNITS: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
};
const BYTES_TEXT = /^(\d{1,15})(k|M|G|Ki|Mi|Gi)?$/;

interface BytesRule {
  readonly description: string;
  readonly min: string;
  readonly max: string;
}

/** A number of bytes, plain or with a unit as Kubernetes writes them ("64Mi"). Its checked value is in bytes. */
export function bytesField(rule: BytesRule & { readonly default: string }) {
  return z.prefault(bytesSchema(rule), rule.default);
}

/** The same where the program works out what is usual. */
export function optionalBytesField(rule: BytesRule) {
  return z.optional(bytesSchema(rule));
}

function bytesSchema(rule: BytesRule) {
  const allowed = `a number of bytes from ${rule.min} to ${rule.max}, plain or with k, M, G, Ki, Mi or Gi`;
  const schema = z.pipe(
    z.union([z.string().check(z.regex(BYTES_TEXT, { error: allowed })), z.int()], { error: allowed }),
    z.transform((value, context): number => {
      const bytes = typeof value === "number" ? value : parseBytes(value);
      const fits = bytes >= parseBytes(rule.min) && bytes <= parseBytes(rule.max);
      return fits ? bytes : refuse(context, allowed);
    }),
  );
  return documented(schema, rule.description, { allowed, format: formatBytes });
}

function parseBytes(text: string): number {
  const match = BYTES_TEXT.exec(text);
  return match === null ? NaN : Number(match[1]) * (BYTE_UNITS[match[2] ?? ""] ?? NaN);
}

/** Writes bytes with the largest binary unit that loses nothing. */
function formatBytes(bytes: number): string | number {
  const unit = ["Gi", "Mi", "Ki"].find((name) => bytes > 0 && bytes % (BYTE_UNITS[name] ?? NaN) === 0);
  return unit === undefined ? bytes : `${bytes / (BYTE_UNITS[unit] ?? 1)}${unit}`;
}

/** true or false, unquoted. */
export function booleanField(rule: { readonly description: string; readonly default: boolean }) {
  const allowed = "true or false";
  return z.prefault(documented(z.boolean({ error: allowed }), rule.description, { allowed }), rule.default);
}

/** One of some words. */
export function wordField<const W extends string>(
  rule: { readonly description: string; readonly words: readonly W[]; readonly default: NoInfer<W> },
) {
  const allowed = `one of ${rule.words.join(", ")}`;
  return z.prefault(documented(z.enum(rule.words, { error: allowed }), rule.description, { allowed }), rule.default);
}

/** A text of some form. Give no default where the key may stay unset. */
interface TextRule {
  readonly description: string;
  readonly allowed: string;
  readonly pattern: RegExp;
  readonly hideWhenRefused?: boolean;
}

/** A text that matches a pattern. */
export function textField(rule: TextRule) {
  const info = { allowed: rule.allowed, hideWhenRefused: rule.hideWhenRefused ?? false };
  return documented(textOf(rule), rule.description, info);
}

function textOf({ allowed, pattern }: TextRule) {
  return z.string({ error: allowed }).check(z.regex(pattern, { error: allowed }));
}

/** A list of texts of one form, empty by default. */
export function textListField(rule: TextRule & { readonly default?: readonly string[]; readonly max?: number }) {
  const max = rule.max ?? 1000;
  const allowed = `a list of at most ${max}, each ${rule.allowed}`;
  const list = z.array(textOf(rule), { error: allowed }).check(z.maxLength(max, { error: allowed }));
  return z.prefault(documented(list, rule.description, { allowed }), [...rule.default ?? []]);
}

/** An absolute path of a file or folder. */
export function pathField(rule: { readonly description: string; readonly hideWhenRefused?: boolean }) {
  const pattern = /^\/\P{Cc}{0,4095}$/u;
  return textField({ ...rule, allowed: "an absolute path", pattern });
}

/** Options for a rule between keys: it runs even when a single value is wrong, so that all problems show at once. */
export function between(path: readonly string[], error: string) {
  return { path: [...path], error, when: () => true };
}
