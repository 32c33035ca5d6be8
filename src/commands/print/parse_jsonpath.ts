import type { JsonPathList, JsonPathNode, JsonPathTemplate, SliceBound } from "./jsonpath_node.ts";
import { unquoteText } from "./unquote_text.ts";

/** Nested filters and unions are parsed as templates of their own; kubectl's users need two levels at most. */
const DEPTH_LIMIT = 8;
const FILTER = /^([^!<>=]+)([!<>=]+)(.+?)$/;
const DICTIONARY_KEY = /^'([^']*)'$/;
const SLICE = /^(-?\d{0,15})(:-?\d{0,15})?(:-?\d{0,15})?$/;
/** A character that ends a field or word unless a backslash stands before it. */
const TERMINATOR = /[ \t\r\n.,[\]$@{}]/;
const LETTER_OR_DIGIT = /[A-Za-z0-9_]/;

/**
 * Reads a JSONPath template as client-go's util/jsonpath does, oddities included: `['a.b']` is two fields, and a filter
 * ends at its first `)`. Returns `null` for what kubectl takes for an error, and for what could not be printed exactly.
 * The text is ASCII.
 */
export function parseJsonPath(text: string): JsonPathTemplate | null {
  try {
    return parseTemplate(text, 0);
  } catch (error) {
    if (error instanceof JsonPathSyntaxError) return null;
    throw error;
  }
}

class JsonPathSyntaxError extends Error {}

function fail(what: string): never {
  throw new JsonPathSyntaxError(what);
}

function parseTemplate(text: string, depth: number): JsonPathTemplate {
  if (depth > DEPTH_LIMIT) fail("nested too deep");
  const parts: (JsonPathTemplate[number])[] = [];
  for (let at = 0; at < text.length;) {
    const brace = text.indexOf("{", at);
    const end = brace === -1 ? text.length : brace;
    if (end > at) parts.push({ kind: "text", text: text.slice(at, end) });
    if (brace === -1) break;
    const action = readAction(text, brace + 1, depth);
    parts.push(action.nodes);
    at = action.end;
  }
  return parts;
}

/** What a nested expression means: the first action of `{text}`, as client-go takes it. */
function parseAction(text: string, depth: number): JsonPathList {
  const [first] = parseTemplate(`{${text}}`, depth + 1);
  return first !== undefined && !("kind" in first) ? first : fail("no action");
}

interface Read<T> {
  readonly nodes: T;
  /** Where reading goes on. */
  readonly end: number;
}

/** Reads from behind `{` to behind `}`. */
function readAction(text: string, start: number, depth: number): Read<JsonPathList> {
  const nodes: JsonPathNode[] = [];
  let at = start;
  const take = ({ nodes: found, end }: Read<JsonPathList>): void => {
    nodes.push(...found);
    at = end;
  };
  for (;;) {
    const char = text[at] ?? "";
    if (char === "}") return { nodes, end: at + 1 };
    if (text.startsWith("[?(", at)) take(readFilter(text, at + 3, depth));
    else if (text.startsWith("..", at)) {
      if (nodes.at(-1)?.kind === "recursive") fail("invalid multiple recursive descent");
      nodes.push({ kind: "recursive" });
      at += 2;
      if (LETTER_OR_DIGIT.test(text[at] ?? "")) take(readField(text, at));
    } else if (char === " " || char === "@" || char === "$") at++;
    else if (char === "[") take(readSubscript(text, at + 1, depth));
    else if (char === '"' || char === "'") take(readQuoted(text, at));
    else if (char === ".") take(readField(text, at + 1));
    else if (/[+\-0-9]/.test(char)) take(readNumber(text, at));
    else if (LETTER_OR_DIGIT.test(char)) take(readWord(text, at));
    else fail("unrecognized character in action, or unclosed action");
  }
}

function readField(text: string, start: number): Read<JsonPathList> {
  let end = start;
  while (end < text.length && !TERMINATOR.test(text[end] ?? "")) end += text[end] === "\\" ? 2 : 1;
  end = Math.min(end, text.length);
  const name = text.slice(start, end);
  return { nodes: [name === "*" ? { kind: "wildcard" } : { kind: "field", name: name.replaceAll("\\", "") }], end };
}

function readWord(text: string, start: number): Read<JsonPathList> {
  let end = start;
  while (end < text.length && !TERMINATOR.test(text[end] ?? "")) end++;
  const name = text.slice(start, end);
  const isBoolean = name === "true" || name === "false";
  return { nodes: [isBoolean ? { kind: "literal", value: name === "true" } : { kind: "identifier", name }], end };
}

function readNumber(text: string, start: number): Read<JsonPathList> {
  let end = start + (/[+-]/.test(text[start] ?? "") ? 1 : 0);
  while (/[.0-9]/.test(text[end] ?? "")) end++;
  const number = text.slice(start, end);
  const value = Number(number);
  // A float that is whole would compare with no integer in Go, and here it would.
  const isWhole = /^[+-]?\d{1,15}$/.test(number);
  if (!isWhole && (!/^[+-]?(?:\d+\.?\d*|\.\d+)$/.test(number) || Number.isInteger(value))) fail("cannot parse number");
  return { nodes: [{ kind: "literal", value }], end };
}

function readQuoted(text: string, start: number): Read<JsonPathList> {
  const quote = text[start] ?? "";
  let end = text.indexOf(quote, start + 1);
  while (end !== -1 && text[end - 1] === "\\") end = text.indexOf(quote, end + 1);
  const unquoted = end === -1 ? null : unquoteText(text.slice(start, end + 1));
  if (unquoted === null) fail("unterminated or invalid quoted string");
  return { nodes: [{ kind: "text", text: unquoted }], end: end + 1 };
}

/** Reads from behind `[`. */
function readSubscript(text: string, start: number, depth: number): Read<JsonPathList> {
  const close = text.indexOf("]", start);
  if (close === -1) fail("unterminated array");
  const given = text.slice(start, close);
  const inside = given === "*" ? ":" : given;
  const end = close + 1;
  const parts = inside.split(",");
  if (parts.length > 1) return { nodes: [readUnion(parts, depth)], end };
  const key = DICTIONARY_KEY.exec(inside)?.[1];
  if (key !== undefined) return { nodes: parseAction(`.${key}`, depth), end };
  return { nodes: [{ kind: "array", bounds: readBounds(inside) }], end };
}

/**
 * A union picks several elements or keys. One that repeats an element, or that joins slices, multiplies what it picks
 * with every level, so that a short expression would ask for more than any object holds.
 */
function readUnion(parts: readonly string[], depth: number): JsonPathNode {
  const trimmed = parts.map((part) => part.replace(/^ +| +$/g, ""));
  if (new Set(trimmed.map((part) => part.replace(/^(-?)0+(?=\d)/, "$1"))).size < trimmed.length) fail("repeated union");
  if (trimmed.some((part) => part === "*" || part.includes(":") && !DICTIONARY_KEY.test(part))) fail("union of slices");
  return { kind: "union", lists: trimmed.map((part) => parseAction(`[${part}]`, depth)) };
}

function readBounds(text: string): readonly [SliceBound, SliceBound, SliceBound] {
  const match = SLICE.exec(text);
  if (match === null) fail("invalid array index");
  const [, first = "", second, third] = match;
  const from = boundOf(first);
  const to: SliceBound = second === undefined
    ? { known: true, value: from.value + 1, derived: true }
    : boundOf(second.slice(1));
  return [from, to, boundOf(third?.slice(1) ?? "")];
}

function boundOf(text: string): SliceBound {
  if (text === "") return { known: false, value: 0, derived: false };
  return text === "-" ? fail("array index is not a number") : { known: true, value: Number(text), derived: false };
}

/** Reads from behind `[?(`. */
function readFilter(text: string, start: number, depth: number): Read<JsonPathList> {
  let pair = "";
  let isClosed = false;
  let at = start;
  for (;; at++) {
    const char = text[at];
    if (char === undefined) fail("unterminated filter");
    if (char === '"' || char === "'") {
      if (pair === "") pair = char;
      else if (text[at - 1] !== "\\" && char === pair) isClosed = true;
    } else if (char === ")" && (pair !== "") === isClosed) break;
  }
  if (text[at + 1] !== "]") fail("unclosed array expect ]");
  const inside = text.slice(start, at);
  const comparison = FILTER.exec(inside);
  const node: JsonPathNode = comparison === null
    ? { kind: "filter", left: parseAction(inside, depth), right: [], operator: "exists" }
    : {
      kind: "filter",
      left: parseAction(comparison[1] ?? "", depth),
      right: parseAction(comparison[3] ?? "", depth),
      operator: comparison[2] ?? "",
    };
  return { nodes: [node], end: at + 2 };
}
