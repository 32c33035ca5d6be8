import { isRecord } from "./is_record.ts";
import type { StoredObject } from "./object_store.ts";

export type Matches = (object: StoredObject) => boolean;

/** A test for `labelSelector` and `fieldSelector`: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`. `null`: it is none. */
export function parseSelectors(labelSelector: string | null, fieldSelector: string | null): Matches | null {
  const labels = splitTerms(labelSelector ?? "").map(parseLabelTerm);
  const fields = splitTerms(fieldSelector ?? "").map(parseFieldTerm);
  const tests = [...labels, ...fields];
  if (tests.includes(null)) return null;
  return (object) => tests.every((test) => test?.(object));
}

/** Commas inside parentheses belong to their term. */
const splitTerms = (text: string) =>
  text.split(/,(?![^(]*\))/).map((term) => term.trim()).filter((term) => term !== "");

function parseLabelTerm(term: string): Matches {
  const label = (object: StoredObject, key: string): unknown => fieldAt(object.metadata.labels, key, "\n");
  const set = /^(\S+)\s+(in|notin)\s+\((.*)\)$/.exec(term);
  if (set !== null) {
    const [, key = "", operator, list = ""] = set;
    const values = list.split(",").map((value) => value.trim());
    return (object) => values.includes(String(label(object, key) ?? "")) === (operator === "in");
  }
  const compared = parseComparison(term);
  if (compared !== null) return (object) => (label(object, compared.key) === compared.value) === compared.equal;
  if (term.startsWith("!")) return (object) => label(object, term.slice(1)) === undefined;
  return (object) => label(object, term) !== undefined;
}

function parseFieldTerm(term: string): Matches | null {
  const compared = parseComparison(term);
  if (compared === null) return null;
  return (object) => (String(fieldAt(object, compared.key) ?? "") === compared.value) === compared.equal;
}

function parseComparison(term: string): { key: string; value: string; equal: boolean } | null {
  const match = /^([^=!]+?)\s*(==|=|!=)\s*(.*)$/.exec(term);
  if (match === null) return null;
  return { key: match[1] ?? "", value: match[3] ?? "", equal: match[2] !== "!=" };
}

/** Keys of labels have dots in them, paths of fields are parted by them. */
function fieldAt(object: unknown, path: string, separator = "."): unknown {
  return path.split(separator).reduce<unknown>((value, key) => isRecord(value) ? value[key] : undefined, object);
}
