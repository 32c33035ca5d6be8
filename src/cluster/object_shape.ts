/** Labels, annotations, ConfigMap data: only the entries that are strings. A map, so that no key can hit a prototype. */
export type StringMap = ReadonlyMap<string, string>;

export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `value.a.b.c`, or `undefined` as soon as something on the way is no object or does not own the key. */
export function fieldAt(value: unknown, ...keys: readonly string[]): unknown {
  let at = value;
  for (const key of keys) {
    if (!isJsonObject(at) || !Object.hasOwn(at, key)) return undefined;
    at = at[key];
  }
  return at;
}

/** A trimmed string, or "" for anything that is none. */
export function textAt(value: unknown, ...keys: readonly string[]): string {
  const text = fieldAt(value, ...keys);
  return typeof text === "string" ? text.trim() : "";
}

/** The string entries of an object; an empty map for anything else. */
export function stringMapAt(value: unknown, ...keys: readonly string[]): StringMap {
  const object = fieldAt(value, ...keys);
  if (!isJsonObject(object)) return new Map();
  return new Map(
    Object.entries(object).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
