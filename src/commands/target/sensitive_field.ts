import { gradeName } from "../../redaction/secret_name.ts";
import type { ParsedFlag } from "../argument/parsed_command.ts";
import { parseFieldTemplate } from "../print/custom_columns.ts";
import { isList, type JsonPathList, type JsonPathTemplate } from "../print/jsonpath_node.ts";
import { readPrintRequest, templatesOf } from "../print/plan_print.ts";

/** Says whether a token is mounted, or how it is projected; never the token. */
const NO_CREDENTIAL = /serviceaccounttoken$/i;

/**
 * What an expression asks for that can only be a credential, to end the sentence "The expression asks for …"; `null` for
 * every other one. Such a value is cut out anyway; refused, nobody takes the mark for the value, and nothing is sorted by
 * it. The same goes for values of variables that are asked for without their names, by which people and the redaction
 * tell a password from a port.
 */
export function sensitiveField(flags: readonly ParsedFlag[]): string | null {
  const request = readPrintRequest(flags);
  const sort = flags.find(({ rule }) => rule.name === "--sort-by")?.value;
  const sorted = typeof sort === "string" ? parseFieldTemplate(sort) : null;
  const printed = request === null ? [] : templatesOf(request);
  const lists = listsOf(printed);
  const sortLists = listsOf(sorted === null ? [] : [sorted]);
  const secret = [...lists, ...sortLists].map(lastField).find(isCredentialName);
  if (secret !== undefined) return `${secret}, which names a credential`;
  const named = lists.some((list) => isOfVariables(list) && lastField(list) === "name");
  const unnamed = [...named ? [] : lists, ...sortLists].some(isValueOfVariables);
  return unnamed ? "the values of variables without their names" : null;
}

function listsOf(templates: readonly JsonPathTemplate[]): readonly JsonPathList[] {
  return templates.flatMap((template) => template.filter(isList));
}

/** The field that a path ends in; "" where it ends in something else. */
function lastField(list: JsonPathList): string {
  const last = list.findLast(({ kind }) => kind !== "array" && kind !== "filter");
  return last?.kind === "field" ? last.name : "";
}

function isCredentialName(name: string): boolean {
  const { grade } = gradeName(name);
  return (grade === "strong" || grade === "certain") && !NO_CREDENTIAL.test(name);
}

function isOfVariables(list: JsonPathList): boolean {
  return list.some((node) => node.kind === "recursive" || (node.kind === "field" && node.name === "env"));
}

/** A filter in front of the value picks it by something that the sender knows of it. */
function isValueOfVariables(list: JsonPathList): boolean {
  return isOfVariables(list) && lastField(list) === "value" && !list.some(({ kind }) => kind === "filter");
}
