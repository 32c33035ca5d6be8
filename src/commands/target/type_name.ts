import { BUILT_IN_TYPES, type BuiltInType } from "./built_in_types.ts";

/** kubectl's TYPE[.VERSION][.GROUP], in lower case. */
interface TypeName {
  /** Plural, singular, kind, short name or category. */
  readonly word: string;
  /** All behind the first dot. */
  readonly rest: string;
  /** `rest` without a version of Kubernetes' own form; "" where no group is named. */
  readonly group: string;
}

/** Reads a word in type position. `deployments.v1.apps`, `deployments.apps` and `pods.v1.` are a word, a version, a group. */
export function readTypeName(text: string): TypeName {
  const [word = "", ...parts] = text.toLowerCase().split(".");
  const isVersioned = /^v\d+(?:(?:alpha|beta)\d+)?$/.test(parts[0] ?? "");
  return { word, rest: parts.join("."), group: parts.slice(isVersioned ? 1 : 0).join(".") };
}

/** The built-in type of that name; `null` when only the API server can tell what the name means. */
export function findBuiltInType(text: string): BuiltInType | null {
  const { word } = readTypeName(text);
  return findNamed(
    text,
    ({ plural, singular, shortNames }) => plural === word || singular === word || shortNames.includes(word),
  );
}

/**
 * Whether the text means a built-in type whatever else is served. A short name does not: another type may have it for
 * its own name, and goes first.
 */
export function isAlwaysBuiltIn(text: string): boolean {
  const { word } = readTypeName(text);
  return findNamed(text, ({ plural, singular }) => plural === word || singular === word) !== null;
}

function findNamed(text: string, isNamed: (type: BuiltInType) => boolean): BuiltInType | null {
  const { group } = readTypeName(text);
  // The core group stands first, as in kubectl's order.
  return BUILT_IN_TYPES.find((type) => isNamed(type) && (group === "" || type.group === group)) ?? null;
}
