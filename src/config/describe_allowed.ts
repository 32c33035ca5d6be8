import type * as z from "zod/mini";
import type { FieldInfo } from "./field.ts";

/** How the library begins the texts that a schema leaves to it: `Too small: expected array to have >=1 items`. */
const LIBRARY_TEXT = /^(?:Invalid|Too|Unrecognized)\b/;

/** The library's names of types, in the words of people who write YAML. */
const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
  record: "a mapping",
};

/**
 * What would be right in place of what `issue` complains of, as the end of the sentence "must be …": the schema's own
 * text, or what the key's documentation says, or words for what the library found.
 */
export function describeAllowed(issue: z.core.$ZodIssue, info: FieldInfo | null): string {
  if (!LIBRARY_TEXT.test(issue.message)) return issue.message;
  return info?.allowed ?? describeLimit(issue) ?? "of another form";
}

function describeLimit(issue: z.core.$ZodIssue): string | null {
  switch (issue.code) {
    case "invalid_type":
      return TYPE_WORDS[issue.expected] ?? null;
    case "invalid_value":
      return `one of ${issue.values.map(String).join(", ")}`;
    case "too_small":
      return describeSize(issue.origin, "at least", issue.minimum);
    case "too_big":
      return describeSize(issue.origin, "at most", issue.maximum);
    default:
      return null;
  }
}

function describeSize(origin: string, bound: string, limit: number | bigint): string {
  const plural = Number(limit) === 1 ? "" : "s";
  if (origin === "array") return `a list of ${bound} ${limit} item${plural}`;
  return origin === "string" ? `a text of ${bound} ${limit} character${plural}` : `${bound} ${limit}`;
}
