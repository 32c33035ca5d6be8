const LEADING_FLAGS = /^\(\?([ims]+)\)/;

/**
 * The flags and the rest of a pattern. Other engines (RE2, so Go and Prometheus) let a pattern begin with `(?i)`;
 * JavaScript has only `(?i:…)` and flags, so the beginning is read as flags.
 */
export function splitFlags(pattern: string): { readonly source: string; readonly flags: string } {
  const found = LEADING_FLAGS.exec(pattern);
  return found === null
    ? { source: pattern, flags: "" }
    : { source: pattern.slice(found[0].length), flags: found[1] ?? "" };
}

/** Makes the regular expression of a rule. Throws a `SyntaxError` where it is none. */
export function compilePattern(pattern: string): RegExp {
  const { source, flags } = splitFlags(pattern);
  return new RegExp(source, flags);
}
