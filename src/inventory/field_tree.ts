import type { FieldTree } from "../kube/parse_fields.ts";

/** The fields of all `trees`: what one of them wants whole is whole. */
export function mergeFields(...trees: readonly FieldTree[]): FieldTree {
  return trees.reduce(mergeTwo, {});
}

function mergeTwo(a: FieldTree, b: FieldTree): FieldTree {
  const merged = new Map<string, FieldTree | true>(Object.entries(a));
  for (const [field, wanted] of Object.entries(b)) {
    const known = merged.get(field);
    merged.set(
      field,
      known === undefined ? wanted : known === true || wanted === true ? true : mergeTwo(known, wanted),
    );
  }
  return Object.fromEntries(merged);
}
