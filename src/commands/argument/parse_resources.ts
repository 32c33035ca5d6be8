import { type Checked, pass, quoteReceived, refuse } from "../checked.ts";
import { isObjectName, isTypeName } from "./object_name.ts";
import type { OperandContext, Operands, ResourceItem } from "./parsed_command.ts";

const CONTAINER = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

const TYPE_REMEDY = "Name a type such as pods, deployments.apps or pods,services, or TYPE/NAME.";

/** Reads `TYPE[,TYPE…] [NAME…]` or `TYPE/NAME…`. kubectl refuses a mixture, and so does this. */
export function parseResources(
  tokens: readonly string[],
  _rule: unknown,
  { command }: OperandContext,
): Checked<Operands> {
  const [first, ...names] = tokens;
  if (first === undefined) return refuse("missing_argument", `${command} needs a resource type`, TYPE_REMEDY);
  if (first.includes("/")) return parseItems(tokens);
  const types = parseTypes(first);
  if (types === null) return refuse("invalid_argument", `${quoteReceived(first)} is no resource type`, TYPE_REMEDY);
  const stranger = names.find((name) => !isObjectName(name));
  if (stranger === undefined) return pass({ kind: "resource_list", types, names });
  return refuse("invalid_argument", `${quoteReceived(stranger)} is no object's name`, TYPE_REMEDY);
}

function parseItems(tokens: readonly string[]): Checked<Operands> {
  const items: ResourceItem[] = [];
  for (const token of tokens) {
    const item = parseItem(token);
    if (item === null) return refuse("invalid_argument", `${quoteReceived(token)} is not TYPE/NAME`, TYPE_REMEDY);
    items.push(item);
  }
  return pass({ kind: "resource_items", items });
}

function parseItem(token: string): ResourceItem | null {
  const [head = "", name, ...more] = token.split("/");
  const types = parseTypes(head);
  return types === null || name === undefined || more.length > 0 || !isObjectName(name) ? null : { types, name };
}

function parseTypes(text: string): readonly string[] | null {
  const types = text.split(",");
  return types.every((type) => isTypeName(type)) ? types : null;
}

/** Reads `POD [CONTAINER]` or `TYPE/NAME [CONTAINER]`; with a selector there may be neither. */
export function parseLogSource(
  tokens: readonly string[],
  _rule: unknown,
  { flags, command }: OperandContext,
): Checked<Operands> {
  const [source, container, ...more] = tokens;
  if (source === undefined) {
    return flags.some((flag) => flag.rule.name === "--selector")
      ? pass({ kind: "none" })
      : refuse("missing_argument", `${command} needs a pod`, "Name a pod or TYPE/NAME, or give a selector with -l.");
  }
  if (more[0] !== undefined) return refuse("unexpected_argument", `${command} does not take ${quoteReceived(more[0])}`);
  if (container !== undefined && !CONTAINER.test(container)) {
    return refuse("invalid_argument", `${quoteReceived(container)} is no container's name`);
  }
  const item = source.includes("/") ? parseItem(source) : { types: [], name: source };
  if (item === null || item.types.length > 1 || !isObjectName(item.name)) {
    return refuse("invalid_argument", `${quoteReceived(source)} is no pod`, "Name a pod, or TYPE/NAME.");
  }
  return pass({ kind: "log_source", type: item.types[0] ?? null, name: item.name, container: container ?? null });
}

/** Reads one object's name, or nothing. */
export function parseOptionalName(
  tokens: readonly string[],
  _rule: unknown,
  { command }: OperandContext,
): Checked<Operands> {
  const [name, ...more] = tokens;
  if (name === undefined) return pass({ kind: "none" });
  if (more[0] !== undefined) return refuse("unexpected_argument", `${command} does not take ${quoteReceived(more[0])}`);
  return isObjectName(name)
    ? pass({ kind: "name", name })
    : refuse("invalid_argument", `${quoteReceived(name)} is no object's name`);
}
