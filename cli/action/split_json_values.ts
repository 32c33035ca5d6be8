/** A run of the text that holds one value, and the line that it begins in. */
interface JsonPiece {
  readonly text: string;
  readonly line: number;
}

/**
 * The objects and arrays that stand one after the other in a text, as `kubectl get event … -o json` for several names and
 * `jq` print them; `null` where anything else stands between them, or the last one has no end. Linear; each piece is still
 * to be parsed.
 */
export function splitJsonValues(text: string): readonly JsonPiece[] | null {
  const pieces: JsonPiece[] = [];
  let [depth, start, line, startLine] = [0, 0, 1, 1];
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === "\n") line++;
    if (char === '"') {
      if (depth === 0) return null;
      at = endOfString(text, at);
    } else if (char === "{" || char === "[") {
      if (depth++ === 0) [start, startLine] = [at, line];
    } else if (char === "}" || char === "]") {
      if (depth === 0) return null;
      if (--depth === 0) pieces.push({ text: text.slice(start, at + 1), line: startLine });
    } else if (depth === 0 && !/\s/.test(char)) return null;
  }
  return depth === 0 ? pieces : null;
}

/** The place of the quotation mark that ends the string. JSON has no line ends in strings. */
function endOfString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === "\\") at++;
    else if (char === '"') return at;
  }
  return text.length;
}
