import type { Redaction } from "./redaction.ts";

const KEY = "kubectl.kubernetes.io/last-applied-configuration";
/** Between the key and its value, in JSON, escaped JSON, YAML and Go's map form. Sticky. */
const SEPARATOR = /\\?["']?[ \t]{0,64}[:=][ \t]{0,64}/y;

/**
 * The values of the `last-applied-configuration` annotation: a whole second copy of the object, as it was before any
 * field was taken out of the first.
 */
export function findLastApplied(text: string): Redaction[] {
  const found: Redaction[] = [];
  for (let at = text.indexOf(KEY); at !== -1;) {
    SEPARATOR.lastIndex = at + KEY.length;
    const separator = SEPARATOR.exec(text);
    let position = at + KEY.length;
    if (separator !== null) {
      const start = position + separator[0].length;
      position = endOfValue(text, at, start);
      const from = text[start] === '"' ? start + 1 : start;
      // managedFields know that there is one, and not what it says: f:…: {}
      const isField = text.startsWith("f:", at - 2) && text.startsWith("{}", from);
      if (position > from && !isField && !text.startsWith("[REDACTED:", from)) {
        found.push({ rule: "last_applied", start: from, end: position });
      }
    }
    at = text.indexOf(KEY, position);
  }
  return found;
}

function endOfValue(text: string, keyStart: number, start: number): number {
  if (text[start] === '"') return endOfQuoted(text, start + 1);
  const lineEnd = endOfLine(text, start);
  return /^[|>][+-]?\d*[ \t]*$/.test(text.slice(start, Math.min(lineEnd, start + 16)))
    ? endOfBlock(text, lineEnd, indentAt(text, keyStart))
    : lineEnd;
}

function endOfQuoted(text: string, start: number): number {
  let i = start;
  while (i < text.length && text[i] !== '"' && text[i] !== "\n") i += text[i] === "\\" ? 2 : 1;
  return Math.min(i, text.length);
}

const endOfLine = (text: string, from: number): number => {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
};

function indentAt(text: string, position: number): number {
  const lineStart = text.lastIndexOf("\n", position) + 1;
  return text.slice(lineStart, position).search(/[^ ]|$/);
}

/** The end of the lines after `lineEnd` that are blank or indented deeper than `indent`. */
function endOfBlock(text: string, lineEnd: number, indent: number): number {
  let end = lineEnd;
  while (end < text.length) {
    const nextEnd = endOfLine(text, end + 1);
    const line = text.slice(end + 1, nextEnd);
    if (line.trim() !== "" && line.search(/[^ ]/) <= indent) break;
    end = nextEnd;
  }
  return end;
}
