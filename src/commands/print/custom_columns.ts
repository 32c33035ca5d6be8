import { everyNode, isList, type JsonPathTemplate } from "./jsonpath_node.ts";
import { parseJsonPath } from "./parse_jsonpath.ts";

/** A column of `-o custom-columns`: what stands above it, and the template that finds its cells. */
export interface CustomColumn {
  readonly header: string;
  readonly template: JsonPathTemplate;
}

const FIELD = /^\{\.?([^{}]+)\}$|^\.?([^{}]+)$/;

/**
 * Reads a field of kubectl's relaxed JSONPath, as columns and `--sort-by` have it: `.metadata.name`, `metadata.name` or
 * `{.metadata.name}`; `null` where it is none.
 */
export function parseFieldTemplate(text: string): JsonPathTemplate | null {
  const [, braced, bare] = FIELD.exec(text) ?? [];
  const field = braced ?? bare;
  const template = field === undefined ? null : parseJsonPath(`{.${field}}`);
  // A range goes over no braces of its own; here it would never end.
  const [list] = template ?? [];
  if (template === null || list === undefined || !isList(list)) return null;
  return [...everyNode(list)].some((node) => node.kind === "identifier") ? null : template;
}

/** Reads `HEADER:FIELD,…`; a header may be empty. `null` where kubectl would refuse it. */
export function parseCustomColumns(text: string): readonly CustomColumn[] | null {
  const columns: CustomColumn[] = [];
  for (const part of text.split(",")) {
    const colon = part.indexOf(":");
    const template = colon === -1 ? null : parseFieldTemplate(part.slice(colon + 1));
    if (template === null) return null;
    columns.push({ header: part.slice(0, colon), template });
  }
  return columns;
}
