import { Buffer } from "node:buffer";
import type { JsonValue } from "../../redaction/redact_value.ts";
import type { FoundValue } from "./found_value.ts";
import { PrintFailure } from "./print_failure.ts";

/** Deeper than any object the API server takes. */
const DEPTH_LIMIT = 500;

/** A result as JSONPath prints it: objects and lists as JSON, the rest as Go's fmt.Print. */
export function formatResult(value: FoundValue): string {
  if (value === undefined) return "<no value>";
  if (value === null) return "null";
  return typeof value === "object" ? formatJson(value) : formatPlain(value, 0);
}

/** A value as Go's fmt.Sprint prints it: `map[a:1 b:[x y]]`, `<nil>`. */
export function formatPlain(value: FoundValue, depth = 0): string {
  if (depth > DEPTH_LIMIT) throw new PrintFailure("the result is nested too deep");
  if (value === undefined || value === null) return "<nil>";
  if (typeof value === "string") return value;
  if (typeof value === "number") return formatNumber(value);
  if (typeof value === "boolean") return String(value);
  if (isArray(value)) return `[${value.map((item) => formatPlain(item, depth + 1)).join(" ")}]`;
  return `map[${sortedEntries(value).map(([key, item]) => `${key}:${formatPlain(item, depth + 1)}`).join(" ")}]`;
}

/** JSON as Go's encoding/json writes it; `indent` is that of MarshalIndent. */
export function formatJson(value: JsonValue, indent = "", margin = "\n", depth = 0): string {
  if (depth > DEPTH_LIMIT) throw new PrintFailure("the result is nested too deep");
  if (typeof value === "string") return quoteJson(value);
  if (typeof value === "number") return String(exactNumber(value));
  if (value === null || typeof value === "boolean") return String(value);
  const inner = margin + indent;
  const items = isArray(value)
    ? value.map((item) => formatJson(item, indent, inner, depth + 1))
    : sortedEntries(value).map(([key, item]) =>
      `${quoteJson(key)}:${indent === "" ? "" : " "}${formatJson(item, indent, inner, depth + 1)}`
    );
  const [open, close] = isArray(value) ? ["[", "]"] : ["{", "}"];
  if (items.length === 0) return open + close;
  return indent === ""
    ? `${open}${items.join(",")}${close}`
    : `${open}${inner}${items.join(`,${inner}`)}${margin}${close}`;
}

/** Go escapes what could end a script in HTML. */
function quoteJson(text: string): string {
  return JSON.stringify(text.toWellFormed()).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A number as `%v` of fmt: an integer in full, a float in the shortest form, with an exponent from 10^6 or below 10^-4. */
function formatNumber(value: number): string {
  const exact = exactNumber(value);
  const magnitude = Math.abs(exact);
  if (Number.isInteger(exact) || (magnitude >= 1e-4 && magnitude < 1e6)) return String(exact);
  const [mantissa = "", exponent = ""] = value.toExponential().split("e");
  return `${mantissa}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
}

/** An integer of more than 53 bits has lost digits when it was read. */
function exactNumber(value: number): number {
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
    throw new PrintFailure("the result holds a number that can't be printed exactly; ask for -o json");
  }
  return value;
}

function sortedEntries(value: { readonly [key: string]: JsonValue }): [string, JsonValue][] {
  return Object.entries(value).sort(([a], [b]) => a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
