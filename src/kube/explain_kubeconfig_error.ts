/**
 * Why a kubeconfig can't be read, without a word of what stands in it: parsers quote the lines around a mistake, and in a
 * kubeconfig those are tokens and keys. Of a parser's error only the line and column are taken.
 */
export function explainKubeconfigError(error: unknown): string {
  if (!(error instanceof Error)) return UNKNOWN;
  // The system's own words: a code, and the path.
  if ("code" in error && "syscall" in error) return error.message;
  if (MISSING_PART.test(error.message)) return error.message;
  const place = "mark" in error ? placeOf(error.mark) : null;
  return place === null ? UNKNOWN : `it is not YAML at line ${place.line}, column ${place.column}`;
}

const UNKNOWN = "it holds something else than a kubeconfig";

/** What `@kubernetes/client-node` says of a part that is not there; it names keys and places only. */
const MISSING_PART = /^(?:clusters|users|contexts)\[\d+\](?:\.(?:name|cluster|context|server))+ is missing$/;

/** The place in an error of js-yaml, which counts from 0. */
function placeOf(mark: unknown): { readonly line: number; readonly column: number } | null {
  if (typeof mark !== "object" || mark === null || !("line" in mark) || !("column" in mark)) return null;
  const { line, column } = mark;
  return typeof line === "number" && typeof column === "number" ? { line: line + 1, column: column + 1 } : null;
}
