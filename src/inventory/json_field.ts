/** A JSON object from outside: every field may be missing or of another type. */
export type JsonObject = Readonly<Record<string, unknown>>;

const EMPTY: JsonObject = {};

/** Whether `value` is a JSON object (no array, no null). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `value` as an object; an empty one when it is none. */
export function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : EMPTY;
}

/** `value` as a list; an empty one when it is none (Kubernetes writes `null` for empty lists). */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** `value` as text; "" when it is none. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** `value` as a whole number of at least 0; 0 when it is none. */
export function countOf(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

/** The texts of an object of texts, everything else left out. */
export function textsOf(value: unknown): Record<string, string> {
  const texts: [string, string][] = [];
  for (const [key, text] of Object.entries(objectOf(value))) if (typeof text === "string") texts.push([key, text]);
  return Object.fromEntries(texts);
}
