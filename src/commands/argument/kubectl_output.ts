import { parseCustomColumns } from "../print/custom_columns.ts";
import { isList } from "../print/jsonpath_node.ts";
import { parseJsonPath } from "../print/parse_jsonpath.ts";

const PLAIN_FORMS = ["wide", "json", "yaml", "name"] as const;
const EXPRESSION_FORMS = ["jsonpath", "jsonpath-as-json", "custom-columns"] as const;

/** What `-o` of get takes, for reasons and documentation. */
export const KUBECTL_OUTPUT_FORMS =
  "wide, json, yaml, name, jsonpath=EXPRESSION, jsonpath-as-json=EXPRESSION or custom-columns=HEADER:FIELD,…";

/** Enough for any table of columns. */
const EXPRESSION_LIMIT = 1024;

/**
 * Reads the value of kubectl's `-o`, or returns `null`. An expression is one that the agent can evaluate itself, since
 * it is evaluated on objects without their secrets; forms that read a file or a Go template are none of the list.
 */
export function parseKubectlOutput(text: string): string | null {
  if (PLAIN_FORMS.some((form) => form === text)) return text;
  const form = EXPRESSION_FORMS.find((name) => text.startsWith(`${name}=`));
  if (form === undefined) return null;
  const expression = text.slice(form.length + 1);
  if (expression.trim() === "" || expression.length > EXPRESSION_LIMIT) return null;
  if (form === "custom-columns") return parseCustomColumns(expression) === null ? null : text;
  const template = parseJsonPath(expression);
  // kubectl prints a brace that closes nothing; whoever sent it meant something else.
  const isPaired = template?.every((part) => isList(part) || !part.text.includes("}")) === true;
  return isPaired ? text : null;
}
