/** What the configuration adds to the built-in tables. Plain data, so that it can be sent to a worker. */
export interface RedactorSpec {
  /** Names whose values are secrets, whatever the values look like; `*` stands for any characters. */
  readonly names: readonly string[];
  /** Regular expressions in JavaScript's syntax. What one matches is cut out: its first group, if it has one. */
  readonly patterns: readonly string[];
}

/** A compiled set of names and patterns. Make one with `createRedactor`, once, and pass it to each call. */
export interface Redactor {
  readonly spec: RedactorSpec;
  /** Whether the name is one of the configuration's. */
  readonly isConfiguredName: (name: string) => boolean;
  readonly patterns: readonly RegExp[];
}

/**
 * Compiles what the configuration adds. Patterns get the flags `g` and `d`; one that is no regular expression throws a
 * SyntaxError, so check them where the configuration is read.
 */
export function createRedactor({ names, patterns }: RedactorSpec): Redactor {
  const compiled = names.map(compileName);
  return {
    spec: { names, patterns },
    isConfiguredName: (name) => compiled.some((pattern) => pattern.test(name)),
    patterns: patterns.map((pattern) => new RegExp(pattern, "gd")),
  };
}

/** The built-in tables alone. */
export const BUILT_IN_REDACTOR: Redactor = createRedactor({ names: [], patterns: [] });

function compileName(name: string): RegExp {
  const body = name.split("*").map((piece) => piece.replaceAll(/[^\w]/g, "\\$&")).join("[^]*");
  return new RegExp(`^${body}$`, "i");
}
