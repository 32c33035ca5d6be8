import { readTypeName } from "./type_name.ts";

/** A type that the API server says it serves. */
export interface ServedType {
  readonly group: string;
  /** As in a URL: lower case. */
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly shortNames: readonly string[];
  /** Names that stand for several types at once, such as `all`. */
  readonly categories: readonly string[];
  readonly namespaced: boolean;
}

/** What asking the API server for its types came to. */
export type ServedTypes =
  | { readonly kind: "served"; readonly types: readonly ServedType[] }
  /** A dry run has no API server to ask. */
  | { readonly kind: "not_asked" }
  | { readonly kind: "failed" };

/** Beyond it, no more types are read: clusters with many operators have some two thousand. */
const TYPE_LIMIT = 20_000;

/**
 * The types in an aggregated discovery document (`APIGroupDiscoveryList`); `null` when it is something else, as an API
 * server older than 1.27 answers. Parts that are not as they should be are passed over: a type that is not known is refused.
 */
export function readServedTypes(document: unknown): readonly ServedType[] | null {
  if (!isRecord(document) || document["kind"] !== "APIGroupDiscoveryList") return null;
  const types: ServedType[] = [];
  for (const group of recordsIn(document["items"])) {
    const metadata = group["metadata"];
    const name = isRecord(metadata) ? textOf(metadata["name"]) : "";
    for (const version of recordsIn(group["versions"])) {
      for (const resource of recordsIn(version["resources"])) {
        if (types.length < TYPE_LIMIT) types.push(readType(name, resource));
      }
    }
  }
  return types;
}

/**
 * Every served type that kubectl could take `text` for, as a name (plural, singular, kind, short name) or a category, in
 * any version. More than kubectl would choose, where it chooses among several: whoever guards has to look at all of them.
 */
export function typesNamed(text: string, types: readonly ServedType[]): readonly ServedType[] {
  const { word, rest } = readTypeName(text);
  // kubectl takes what stands behind the first dot for a group, or for a version and a group, and groups by their beginning.
  const groups = [rest, rest.replace(/^[^.]*\.?/, "")];
  return types.filter((type) =>
    (type.plural === word || type.singular === word || type.kind.toLowerCase() === word ||
      type.shortNames.includes(word) || type.categories.includes(word)) &&
    (rest === "" || groups.some((group) => type.group.startsWith(group)))
  );
}

function readType(group: string, resource: Readonly<Record<string, unknown>>): ServedType {
  const kind = resource["responseKind"];
  return {
    group: group.toLowerCase(),
    plural: textOf(resource["resource"]).toLowerCase(),
    singular: textOf(resource["singularResource"]).toLowerCase(),
    kind: isRecord(kind) ? textOf(kind["kind"]) : "",
    shortNames: textsIn(resource["shortNames"]),
    categories: textsIn(resource["categories"]),
    namespaced: resource["scope"] === "Namespaced",
  };
}

function recordsIn(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string").map((text) => text.toLowerCase()) : [];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
