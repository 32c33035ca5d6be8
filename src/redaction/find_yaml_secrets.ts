import type { Redaction } from "./redaction.ts";

/** A block mapping that is open at the line where the scan is. */
interface Mapping {
  readonly indent: number;
  kind: string | null;
  readonly values: Redaction[];
}

/** The entries of a `data` key that are being read. */
interface DataBlock {
  readonly owner: Mapping;
  /** The indentation of the `data` key, and that of its first entry once it was seen. */
  readonly indent: number;
  entryIndent: number | null;
}

/** The mark between two documents, or between texts that have nothing to do with each other. */
const DOCUMENT_END = /^(?:---|\.\.\.)(?:[ \t\r]|$)|^\0/;
/** A line that begins a key: indentation, dashes of list items, the key, the value. */
const KEY_LINE = /^( *)((?:- +)*)["']?([\w./-]{1,253})["']?:(?: +(\S.*)?|)$/;

/**
 * The values in `data` and `stringData` of every Secret in block YAML, in documents and in lists. Keys stay, values of
 * several lines become one mark. kubectl writes `kind` after `data`, so in output that was `cut` an object whose kind is
 * not known is taken for a Secret.
 */
export function findYamlSecrets(text: string, cut: boolean): Redaction[] {
  const found = findInDocuments(text, cut);
  if (!NESTED_SECRET.test(text)) return found;
  // What a block value holds is a document by itself: a Secret in a ConfigMap.
  for (const { start, end } of blockValues(text)) {
    for (const piece of findInDocuments(text.slice(start, end), false)) {
      found.push({ rule: piece.rule, start: start + piece.start, end: start + piece.end });
    }
  }
  return found;
}

const NESTED_SECRET = /^[ ]{1,64}kind: *["']?Secret(?:List)?\b/m;
const BLOCK_BEGIN = /^( *)(?:- +)*["']?[\w./-]{1,253}["']?: +[|>][+-]?\d?[+-]?[ \t\r]*$/;

/** The lines of each value that is written as a block, without those inside another one. */
function blockValues(text: string): readonly { readonly start: number; readonly end: number }[] {
  const blocks: { start: number; end: number }[] = [];
  let open: { indent: number; start: number } | null = null;
  for (let start = 0; start <= text.length;) {
    const newline = text.indexOf("\n", start);
    const end = newline === -1 ? text.length : newline;
    const line = text.slice(start, Math.min(end, start + 512));
    const indent = line.search(/[^ ]/);
    if (open !== null && indent >= 0 && indent <= open.indent) {
      blocks.push({ start: open.start, end: start });
      open = null;
    }
    const begin: RegExpExecArray | null = open === null ? BLOCK_BEGIN.exec(line) : null;
    if (begin !== null) open = { indent: begin[1]?.length ?? 0, start: end + 1 };
    start = end + 1;
  }
  if (open !== null && open.start < text.length) blocks.push({ start: open.start, end: text.length });
  return blocks;
}

function findInDocuments(text: string, cut: boolean): Redaction[] {
  if (!/^[ -]*(?:data|stringData):/m.test(text) || !(cut || /\bkind: *["']?Secret(?:List)?\b/.test(text))) return [];
  // Items of a typed list have no kind of their own.
  const isTypedList = /\bkind: *["']?SecretList\b/.test(text);
  const found: Redaction[] = [];
  const stack: Mapping[] = [];
  const closeFrom = (indent: number, isEnd: boolean): void => {
    for (let top = stack.at(-1); top !== undefined && top.indent >= indent; top = stack.at(-1)) {
      stack.pop();
      if (top.kind !== "Secret" && !(top.kind === null && (isTypedList || (isEnd && cut)))) continue;
      for (const value of top.values) found.push(value);
    }
  };
  let data: DataBlock | null = null;

  for (let start = 0; start < text.length;) {
    const newline = text.indexOf("\n", start);
    const end = newline === -1 ? text.length : newline;
    const line = text.slice(start, end);
    const indent = line.search(/[^ ]/);
    if (indent >= 0) {
      if (data !== null && indent > data.indent) takeDataLine(data, line, indent, start, end);
      else if (DOCUMENT_END.test(line)) {
        data = null;
        closeFrom(0, false);
      } else data = takeLine(line, end);
    }
    start = end + 1;
  }
  closeFrom(0, true);
  return found;

  /** Takes a line outside of data; returns the block that it begins, if any. */
  function takeLine(line: string, end: number): DataBlock | null {
    const match = line.length < 100_000 ? KEY_LINE.exec(line) : null;
    if (match === null) return null;
    const [, spaces = "", dashes = "", key = "", value = ""] = match;
    const indent = spaces.length + dashes.length;
    closeFrom(dashes === "" ? indent + 1 : spaces.length + 1, false);
    let mapping = stack.at(-1);
    if (mapping === undefined || mapping.indent < indent) {
      mapping = { indent, kind: null, values: [] };
      stack.push(mapping);
    }
    if (key === "kind") mapping.kind = value.replace(/["']|\s+$/g, "");
    if (key !== "data" && key !== "stringData") return null;
    if (value.trim() === "{}") return null;
    if (value === "") return { owner: mapping, indent, entryIndent: null };
    mapping.values.push({ rule: "secret_data", start: end - value.length, end });
    return null;
  }
}

function takeDataLine(data: DataBlock, line: string, indent: number, start: number, end: number): void {
  data.entryIndent ??= indent;
  const colon = indent === data.entryIndent ? line.indexOf(":") : -1;
  const last = data.owner.values.at(-1);
  if (colon !== -1) {
    const valueStart = Math.min(end, start + colon + 1 + (line[colon + 1] === " " ? 1 : 0));
    data.owner.values.push({ rule: "secret_data", start: valueStart, end });
  } else if (last !== undefined) data.owner.values[data.owner.values.length - 1] = { ...last, end };
}
