import type { Redaction } from "./redaction.ts";
import type { Redactor } from "./redactor.ts";
import { nameInside, type SecretName } from "./secret_name.ts";
import { isSecretValue, JUDGED_LENGTH, type ValuePlace } from "./secret_value.ts";
import { endOfLine, type Extent, opensStructure, valueExtent } from "./value_extent.ts";

/** A key at the beginning of a line, behind indentation and dashes of list items. */
const KEY_LINE = /^([ \t]*)((?:-[ \t]+)*)(?:"([^"\\\n]{1,128})"|'([^'\n]{1,128})'|([\w./-]{1,128}))[ \t]*:(?:[ \t]+|$)/;
const ITEM = /^[ \t]*-[ \t]+/;
const BLOCK = /^(?:![\w-]{1,32} )?[|>][+-]?\d?[+-]?[ \t]*(?:#|$)/;
/** Keys whose value names what stands under `VALUE_KEYS` beside it. */
const NAME_KEYS =
  /^(?:[a-z]{0,16}[_-]?(?:name|key)|var|variable|param|parameter|field|option|setting|property|attribute|arg|path|env)$/i;
const VALUE_KEYS = /^(?:(?:[a-z]{1,16}[_-]?)?value|val|values|default|data|content)$/i;

/** The list of items or the lone value that a key without a value on its line may have. */
interface Awaited {
  readonly indent: number;
  readonly name: SecretName;
  /** Keys stand below it, so that a line without one belongs to the value before. */
  readonly hasKeys?: boolean;
}

/** A value that begins on the line of its key. It is judged by its first part, and only what goes is read to its end. */
interface Begun {
  readonly at: number;
  readonly lineEnd: number;
  readonly indent: number;
}

/** A key and its value on neighbouring lines: `- name: DB_PASSWORD`, `value: …`. */
interface Neighbors {
  indent: number;
  name: SecretName | null;
  value: Begun | null;
}

/**
 * What block YAML and `describe` say over several lines: block and folded values, values that go on, lists below a
 * secret's name, `name:` and `value:` on neighbouring lines, the data of a ConfigMap as it is described.
 */
export function findInLines(text: string, redactor: Redactor): Redaction[] {
  if (!text.includes("\n")) return [];
  const found: Redaction[] = [];
  const state: { awaited: Awaited | null } = { awaited: null };
  const neighbors: Neighbors = { indent: -1, name: null, value: null };

  for (let start = 0; start < text.length;) {
    const lineEnd = endOfLine(text, start);
    const line = text.slice(start, Math.min(lineEnd, start + 2048));
    const key = KEY_LINE.exec(line);
    let next = lineEnd;
    if (key !== null) {
      const above = state.awaited;
      state.awaited = null;
      next = readKeyLine(start, lineEnd, key, above);
    } else if (state.awaited !== null && state.awaited.hasKeys !== true && line.trim() !== "") {
      const under = valueUnder(text, start, lineEnd, state.awaited);
      if (under !== null && isSecret(text, under, state.awaited.name, "field")) {
        found.push({ rule: "assignment", ...under });
        next = Math.max(next, under.end);
      }
      if (under === null || !ITEM.test(line)) state.awaited = null;
    }
    const newline = text.indexOf("\n", next);
    start = newline === -1 ? text.length : newline + 1;
  }
  return found;

  /** Returns how far was read. */
  function readKeyLine(start: number, lineEnd: number, key: RegExpExecArray, above: Awaited | null): number {
    const [whole, spaces = "", dashes = ""] = key;
    const label = key[3] ?? key[4] ?? key[5] ?? "";
    const begun: Begun = { at: start + whole.length, lineEnd, indent: spaces.length + dashes.length };
    if (dashes !== "" || begun.indent !== neighbors.indent) {
      Object.assign(neighbors, { indent: begun.indent, name: null, value: null });
    }
    if (NAME_KEYS.test(label)) {
      neighbors.name = redactor.gradeName(
        text.slice(begun.at, Math.min(lineEnd, begun.at + 130)).trim().replaceAll(/["']/g, ""),
      );
    } else if (VALUE_KEYS.test(label)) neighbors.value = begun;
    if (neighbors.name !== null && neighbors.value !== null) {
      const { name, value } = neighbors;
      neighbors.name = null;
      if (isSecret(text, firstPart(text, value), name, "field")) {
        neighbors.value = null;
        return take(value, "env_value", lineEnd);
      }
    }
    const name = redactor.gradeName(label);
    if (name.grade === "none") return above === null ? lineEnd : readBelow(begun, above, label, dashes !== "");
    if (begun.at >= lineEnd) state.awaited = { indent: begun.indent, name };
    else if (goesOn(text, begun) && isSecret(text, firstPart(text, begun), name, "line")) {
      return take(begun, "assignment", lineEnd);
    }
    return lineEnd;
  }

  /** `passwords:` names what its keys have: one for each user. */
  function readBelow(begun: Begun, above: Awaited, label: string, isItem: boolean): number {
    const { name } = above;
    const inner = nameInside(name, label);
    if (inner === null || isItem || begun.indent <= above.indent || begun.at >= begun.lineEnd) return begun.lineEnd;
    state.awaited = { ...above, hasKeys: true };
    return isSecret(text, firstPart(text, begun), inner, "field")
      ? take(begun, "assignment", begun.lineEnd)
      : begun.lineEnd;
  }

  function take(begun: Begun, rule: "assignment" | "env_value", lineEnd: number): number {
    const { start, end } = wholeValue(text, begun);
    if (end > start) found.push({ rule, start, end });
    return Math.max(lineEnd, end);
  }
}

function isSecret(text: string, { start, end }: Extent, name: SecretName, place: ValuePlace): boolean {
  return isSecretValue(text.slice(start, Math.min(end, start + JUDGED_LENGTH)), name, place);
}

const isBlock = (text: string, { at, lineEnd }: Begun): boolean =>
  lineEnd - at < 48 && BLOCK.test(text.slice(at, lineEnd));

/** What a value is judged by: its first line. */
function firstPart(text: string, begun: Begun): Extent {
  if (opensStructure(text.slice(begun.at, begun.at + JUDGED_LENGTH))) return { start: begun.at, end: begun.at };
  if (isBlock(text, begun)) {
    const from = contentAfter(text, begun.lineEnd);
    return { start: from, end: endOfLine(text.slice(0, from + JUDGED_LENGTH), from) };
  }
  const { at, lineEnd } = begun;
  const { start, end } = valueExtent(text.slice(at, Math.min(lineEnd, at + JUDGED_LENGTH)), 0, "line");
  return { start: at + start, end: at + end };
}

function contentAfter(text: string, lineEnd: number): number {
  const rest = text.slice(lineEnd, lineEnd + JUDGED_LENGTH);
  return lineEnd + rest.search(/\S|$/);
}

/** Whether more than the rest of the line may belong to the value. */
function goesOn(text: string, begun: Begun): boolean {
  return isBlock(text, begun) || /^["']/.test(text.slice(begun.at, begun.at + 1)) ||
    isDeeper(text, text.indexOf("\n", begun.lineEnd) + 1, begun.indent);
}

function isDeeper(text: string, lineStart: number, indent: number): boolean {
  if (lineStart === 0) return false;
  let depth = lineStart;
  while (depth - lineStart <= indent && (text[depth] === " " || text[depth] === "\t")) depth++;
  return depth - lineStart > indent && depth < text.length && text[depth] !== "\n" && text[depth] !== "\r";
}

/** The whole value, with the lines that belong to it. */
function wholeValue(text: string, begun: Begun): Extent {
  const { at, lineEnd, indent } = begun;
  if (isBlock(text, begun)) {
    const end = endOfBlock(text, lineEnd, indent);
    return { start: Math.min(end, contentAfter(text, lineEnd)), end };
  }
  const { start, end } = valueExtent(text, at, "line");
  // An unclosed quote, or a plain value, goes on where the next lines are indented deeper.
  if (end > lineEnd || (start > at && end < lineEnd)) return { start, end };
  return { start, end: Math.max(end, endOfBlock(text, lineEnd, indent)) };
}

/** The end of the lines after `lineEnd` that are blank or indented deeper than `indent`. */
function endOfBlock(text: string, lineEnd: number, indent: number): number {
  let end = lineEnd;
  for (let from = text.indexOf("\n", lineEnd) + 1; from !== 0 && from < text.length;) {
    const nextEnd = endOfLine(text, from);
    if (isDeeper(text, from, indent)) end = nextEnd;
    else if (text.slice(from, Math.min(nextEnd, from + 512)).trim() !== "") break;
    from = text.indexOf("\n", nextEnd) + 1;
  }
  return end;
}

/** A value on the line below its key: an item of a list, a plain value, or what `describe configmap` underlines. */
function valueUnder(text: string, start: number, lineEnd: number, { indent }: Awaited): Extent | null {
  const line = text.slice(start, Math.min(lineEnd, start + 512));
  if (line === "----") {
    const from = lineEnd + 1;
    const rest = /\n[^\n]{1,253}:\r?\n----|\n\s*\n(?:BinaryData|Events)|\n\r?\n(?=\S[^\n]*:)/.exec(
      text.slice(from, from + 65536),
    );
    return from >= text.length ? null : { start: from, end: rest === null ? endOfLine(text, from) : from + rest.index };
  }
  const depth = line.search(/[^ \t]/);
  const item = ITEM.exec(line);
  if (item !== null ? depth < indent : depth <= indent) return null;
  const at = start + (item?.[0].length ?? depth);
  if (/^[\w./-]{1,128}:(?:\s|$)/.test(text.slice(at, at + 140))) return null;
  return valueExtent(text, at, "line");
}
