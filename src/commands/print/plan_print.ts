import type { ParsedCommand, ParsedFlag } from "../argument/parsed_command.ts";
import { printCommand } from "../argument/print_command.ts";
import { parseCustomColumns } from "./custom_columns.ts";
import { everyNode, isList, type JsonPathList, type JsonPathTemplate } from "./jsonpath_node.ts";
import { parseJsonPath } from "./parse_jsonpath.ts";
import type { PrintPlan, PrintRequest } from "./print_request.ts";

/** Flags that say how to print, which the agent does itself. */
const PRINT_FLAGS: ReadonlySet<string> = new Set([
  "--output",
  "--allow-missing-template-keys",
  "--no-headers",
  "--show-managed-fields",
]);

/** The plan for a command whose `-o` holds an expression; `null` for every other one. */
export function planPrint(command: ParsedCommand): PrintPlan | null {
  const request = readPrintRequest(command.flags);
  if (request === null) return null;
  const query = command.flags.filter(({ rule }) => !PRINT_FLAGS.has(rule.name));
  const added = command.verb.flags.flatMap((rule): ParsedFlag[] => {
    if (rule.name === "--output") return [{ rule, value: "json" }];
    // -o json leaves out what the expression forms do not.
    return rule.name === "--show-managed-fields" && needsManagedFields(request) ? [{ rule, value: true }] : [];
  });
  return { request, argv: printCommand({ ...command, flags: [...query, ...added] }) };
}

/** The templates in a command's flags, as far as the agent evaluates them. */
export function templatesOf(request: PrintRequest): readonly JsonPathTemplate[] {
  return request.kind === "jsonpath" ? [request.template] : request.columns.map(({ template }) => template);
}

/** What the flags of a parsed command ask the agent to print; `null` where kubectl prints. */
export function readPrintRequest(flags: readonly ParsedFlag[]): PrintRequest | null {
  const valueOf = (name: string) => flags.find(({ rule }) => rule.name === name)?.value;
  const output = valueOf("--output");
  if (typeof output !== "string") return null;
  const [form, expression] = splitAtFirst(output, "=");
  if (form === "custom-columns") {
    const columns = parseCustomColumns(expression);
    return columns === null ? null : { kind: "custom_columns", columns, headers: valueOf("--no-headers") !== true };
  }
  if (form !== "jsonpath" && form !== "jsonpath-as-json") return null;
  const template = parseJsonPath(expression);
  const allowMissingKeys = valueOf("--allow-missing-template-keys") !== false;
  return template === null ? null : { kind: "jsonpath", template, asJson: form !== "jsonpath", allowMissingKeys };
}

/** Whether a result may hold `metadata.managedFields`, a third of an object that few ask for. */
function needsManagedFields(request: PrintRequest): boolean {
  return templatesOf(request).some((template) => template.some((part) => isList(part) && reachesManagedFields(part)));
}

function reachesManagedFields(list: JsonPathList): boolean {
  const nodes = [...everyNode(list)];
  if (nodes.some(({ kind }) => kind === "recursive" || kind === "wildcard")) return true;
  const fields = nodes.flatMap((node) => node.kind === "field" ? [node.name] : []);
  if (fields.includes("managedFields")) return true;
  // A range prints nothing by itself, and neither do texts.
  if (list.some(({ kind }) => kind === "identifier" || kind === "text")) return false;
  const last = list.findLast(({ kind }) => kind === "field" || kind === "union");
  return last === undefined || last.kind === "union" || (last.kind === "field" && WHOLE.has(last.name));
}

/** Fields that, printed whole, hold the managed fields: the list's own, and an object's. "" is what `{.}` asks for. */
const WHOLE: ReadonlySet<string> = new Set(["items", "metadata", ""]);

function splitAtFirst(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
