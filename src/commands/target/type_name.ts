import { BUILT_IN_TYPES, type BuiltInType } from "./built_in_types.ts";

/** kubectl's TYPE[.VERSION][.GROUP], in lower case. */
export interface TypeName {
  /** Plural, singular, kind or short name. */
  readonly word: string;
  /** "" where none is named. */
  readonly group: string;
}

/** Reads a word in type position. `deployments.v1.apps`, `deployments.apps` and `pods.v1.` are a word, a version, a group. */
export function readTypeName(text: string): TypeName {
  const [word = "", ...rest] = text.toLowerCase().split(".");
  const isVersioned = /^v\d+(?:(?:alpha|beta)\d+)?$/.test(rest[0] ?? "");
  return { word, group: rest.slice(isVersioned ? 1 : 0).join(".") };
}

/** The built-in type of that name; `null` when only the API server can tell what the name means. */
export function findBuiltInType(text: string): BuiltInType | null {
  const { word, group } = readTypeName(text);
  const isNamed = ({ plural, singular, shortNames }: BuiltInType) =>
    plural === word || singular === word || shortNames.includes(word);
  // The core group stands first, as in kubectl's order.
  return BUILT_IN_TYPES.find((type) => isNamed(type) && (group === "" || type.group === group)) ?? null;
}
