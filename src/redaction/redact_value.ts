import { addRedactionCounts, type RedactionCounts, redactionMark } from "./redaction.ts";
import { redactText, type RedactTextOptions } from "./redact_text.ts";

/** A value as `JSON.parse` gives it. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export interface RedactedValue {
  readonly value: JsonValue;
  readonly counts: RedactionCounts;
}

/** Deeper than any Kubernetes object; what lies deeper is cut out whole. */
const DEPTH_LIMIT = 200;

/**
 * Cuts secrets out of decoded JSON, above all Kubernetes objects: `data` of Secrets, `env`, annotations, and each string
 * as `redactText` would. What holds no secret is returned as it is, not copied.
 */
export function redactValue(value: JsonValue, options: Pick<RedactTextOptions, "redactor"> = {}): RedactedValue {
  const counts: RedactionCounts = {};
  return { value: redact(value, null, 0), counts };

  function redact(given: JsonValue, key: string | null, depth: number): JsonValue {
    if (depth > DEPTH_LIMIT) return cut("configured");
    if (typeof given === "string") return redactString(given, key);
    if (given === null || typeof given !== "object") return given;
    if (isList(given)) {
      let changed = false;
      const items = given.map((item) => {
        const kept = redact(item, key, depth + 1);
        changed ||= kept !== item;
        return kept;
      });
      return changed ? items : given;
    }
    const secret = given["kind"] === "Secret";
    const name = given["name"];
    let changed = false;
    const fields = Object.entries(given).map(([field, item]): [string, JsonValue] => {
      const kept = secret && (field === "data" || field === "stringData")
        ? cutAll(item)
        : redact(item, field === "value" && typeof name === "string" ? name : field, depth + 1);
      changed ||= kept !== item;
      return [field, kept];
    });
    return changed ? Object.fromEntries(fields) : given;
  }

  function redactString(text: string, key: string | null): string {
    const alone = redactText(text, options);
    if (alone.text !== text || key === null || text === "") {
      addRedactionCounts(counts, alone.counts);
      return alone.text;
    }
    const prefix = `${JSON.stringify(key)}:`;
    const named = redactText(prefix + JSON.stringify(text), options);
    if (Object.keys(named.counts).length === 0) return text;
    return cut("assignment");
  }

  function cutAll(given: JsonValue): JsonValue {
    if (given === null || typeof given !== "object") return given === null || given === "" ? given : cut("secret_data");
    if (isList(given)) return given.map(cutAll);
    return Object.fromEntries(Object.entries(given).map(([field, item]) => [field, cutAll(item)]));
  }

  function cut(rule: "assignment" | "secret_data" | "configured"): string {
    counts[rule] = (counts[rule] ?? 0) + 1;
    return redactionMark(rule);
  }
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
