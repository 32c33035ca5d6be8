const PLAIN_FORMS = ["wide", "json", "yaml", "name"] as const;
const EXPRESSION_FORMS = ["jsonpath", "jsonpath-as-json", "custom-columns"] as const;

/** What `-o` of get takes, for reasons and documentation. */
export const KUBECTL_OUTPUT_FORMS =
  "wide, json, yaml, name, jsonpath=EXPRESSION, jsonpath-as-json=EXPRESSION or custom-columns=HEADER:FIELD,…";

/** Enough for any table of columns; kubectl evaluates the expression over each object, so its length bounds the work. */
const EXPRESSION_LIMIT = 1024;
const COLUMN = /^[^:,]{1,63}:[^,].*$/;

/**
 * Reads the value of kubectl's `-o`, or returns `null`. Expressions only pick from the objects that the answer holds
 * anyway, so what they may say is left to kubectl; they are bounded in length, braces of a JSONPath pair up, and a
 * column has a header and a field. Forms that read a file or a Go template are none of the list.
 */
export function parseKubectlOutput(text: string): string | null {
  if (PLAIN_FORMS.some((form) => form === text)) return text;
  const form = EXPRESSION_FORMS.find((name) => text.startsWith(`${name}=`));
  if (form === undefined) return null;
  const expression = text.slice(form.length + 1);
  if (expression.trim() === "" || expression.length > EXPRESSION_LIMIT) return null;
  if (form === "custom-columns") return COLUMN.test(expression) ? text : null;
  return bracesPair(expression) ? text : null;
}

/** Whether braces pair up outside quoted texts. */
function bracesPair(expression: string): boolean {
  let depth = 0;
  for (const char of expression.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, "")) {
    if (char === "{") depth++;
    if (char === "}") depth--;
    if (depth < 0) return false;
  }
  return depth === 0;
}
