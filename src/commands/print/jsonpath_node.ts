/** One bound of an array subscript. `derived` marks the end that `[n]` has without naming it. */
export interface SliceBound {
  readonly known: boolean;
  readonly value: number;
  readonly derived: boolean;
}

/** A part of a JSONPath template, as client-go's util/jsonpath knows it. */
export type JsonPathNode =
  | { readonly kind: "text"; readonly text: string }
  /** `range`, `end`; any other word is an error when it is evaluated. */
  | { readonly kind: "identifier"; readonly name: string }
  | { readonly kind: "field"; readonly name: string }
  /** `[n]`, `[from:to:step]`; `[*]` is `[:]`. */
  | { readonly kind: "array"; readonly bounds: readonly [SliceBound, SliceBound, SliceBound] }
  | { readonly kind: "filter"; readonly left: JsonPathList; readonly right: JsonPathList; readonly operator: string }
  | { readonly kind: "literal"; readonly value: number | boolean }
  | { readonly kind: "wildcard" }
  | { readonly kind: "recursive" }
  | { readonly kind: "union"; readonly lists: readonly JsonPathList[] };

/** Parts that are applied one after the other: what stands in one pair of braces. */
export type JsonPathList = readonly JsonPathNode[];

/** A whole template: what stands between braces is text, the rest are lists. */
export type JsonPathTemplate = readonly (JsonPathNode & { readonly kind: "text" } | JsonPathList)[];

/** Whether a part of a template is what stands in braces. */
export function isList(part: JsonPathTemplate[number]): part is JsonPathList {
  return Array.isArray(part);
}

/** Every node of a list, those inside filters and unions too. */
export function* everyNode(list: JsonPathList): Generator<JsonPathNode> {
  for (const node of list) {
    yield node;
    if (node.kind === "filter") {
      yield* everyNode(node.left);
      yield* everyNode(node.right);
    }
    if (node.kind === "union") { for (const part of node.lists) yield* everyNode(part); }
  }
}
