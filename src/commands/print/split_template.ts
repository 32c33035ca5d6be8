import { isList, type JsonPathList, type JsonPathNode, type JsonPathTemplate } from "./jsonpath_node.ts";

/**
 * A run of a template's parts that can be evaluated by itself.
 *
 * - `fixed`: looks at no item of a list.
 * - `each`: `{.items[*]…}`; `rest` is applied to one item after the other, and the results are one.
 * - `range`: `{range .items[*]…}…{end}`; `body` is evaluated on each result of `rest`.
 */
export type Segment =
  | { readonly kind: "fixed"; readonly parts: JsonPathTemplate }
  | { readonly kind: "each"; readonly rest: JsonPathList }
  | { readonly kind: "range"; readonly rest: JsonPathList; readonly body: JsonPathTemplate };

/** Steps that treat each value by itself, so that items may come one by one. */
const ITEMWISE: ReadonlySet<JsonPathNode["kind"]> = new Set(["field", "array", "filter", "wildcard", "recursive"]);

/**
 * Splits a template so that a list need not be held whole; `null` where it looks at the list in another way than item by
 * item (`{.items[0]}`, `{..name}`, `{@}`).
 */
export function splitTemplate(template: JsonPathTemplate): readonly Segment[] | null {
  const segments: Segment[] = [];
  for (let at = 0; at < template.length; at++) {
    const part = template[at];
    if (part === undefined) break;
    const list = isList(part) ? part : [part];
    const [first, ...path] = list;
    const isRange = isWord(first, "range");
    if (list.slice(1).some((node) => node.kind === "identifier")) return null;
    if (first?.kind === "identifier" && !isRange) return null;
    const end = isRange ? endOfRange(template, at) : at;
    if (end === null) return null;
    const steps = isRange ? path : list;
    const rest = restBehindItems(steps);
    if (rest !== null) {
      const body = template.slice(at + 1, end);
      segments.push(isRange ? { kind: "range", rest, body } : { kind: "each", rest });
    } else if (isFixed(steps)) segments.push({ kind: "fixed", parts: template.slice(at, end + 1) });
    else return null;
    at = end;
  }
  return segments;
}

/** The place of the `{end}` that closes the range at `start`. */
function endOfRange(template: JsonPathTemplate, start: number): number | null {
  let depth = 0;
  for (let at = start; at < template.length; at++) {
    const part = template[at];
    if (part === undefined || !isList(part)) continue;
    const words = part.filter((node) => node.kind === "identifier");
    if (words.length === 0) continue;
    if (words.length > 1 || part[0] !== words[0]) return null;
    if (isWord(part[0], "range")) depth++;
    else if (!isWord(part[0], "end") || part.length > 1) return null;
    else if (--depth === 0) return at;
  }
  return null;
}

/** What follows `.items[*]`, when each item can be looked at alone. */
function restBehindItems([items, all, ...rest]: JsonPathList): JsonPathList | null {
  if (items?.kind !== "field" || items.name !== "items" || all?.kind !== "array") return null;
  const isAll = all.bounds.every((bound) => !bound.known);
  return isAll && rest.every((node) => ITEMWISE.has(node.kind)) ? rest : null;
}

function isFixed([first]: JsonPathList): boolean {
  return first?.kind === "text" || (first?.kind === "field" && first.name !== "items");
}

function isWord(node: JsonPathNode | undefined, name: string): boolean {
  return node?.kind === "identifier" && node.name === name;
}
