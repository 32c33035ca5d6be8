import { createQuickCheck } from "./quick_check.ts";
import { gradeName, NAME_FRAGMENTS, type SecretName } from "./secret_name.ts";

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
  /** How much a name says about its value. */
  readonly gradeName: (name: string) => SecretName;
  /** Finds where names of secrets may be: global, ignores case. */
  readonly fragments: RegExp;
  readonly patterns: readonly RegExp[];
  /** Whether a text may hold anything that the built-in tables or the names find. Cheap: most texts hold nothing. */
  readonly mayHoldSecret: (text: string) => boolean;
}

/** What a name pattern needs to be found in a text: so many letters or digits in a row. */
const NAME_PIECE_LENGTH = 3;

const CONFIGURED: SecretName = { grade: "certain", topic: "other", upper: true, plural: false, hexToo: true };

/**
 * Compiles what the configuration adds. Patterns get the flags `g` and `d`; one that is no regular expression throws a
 * SyntaxError, and a name without three letters or digits in a row is not found: check both where the configuration is
 * read.
 */
export function createRedactor(spec: RedactorSpec): Redactor {
  const names = spec.names.map(compileName);
  const pieces = spec.names.map(longestPiece).filter((piece) => piece.length >= NAME_PIECE_LENGTH);
  return {
    spec,
    gradeName: names.length === 0
      ? gradeName
      : (name) => names.some((pattern) => pattern.test(name)) ? CONFIGURED : gradeName(name),
    fragments: new RegExp([...NAME_FRAGMENTS, ...pieces].join("|").replaceAll(".", String.raw`\.`), "gi"),
    mayHoldSecret: createQuickCheck(pieces),
    patterns: spec.patterns.map((pattern) => new RegExp(pattern, "gd")),
  };
}

/** The built-in tables alone. */
export const BUILT_IN_REDACTOR: Redactor = createRedactor({ names: [], patterns: [] });

function compileName(name: string): RegExp {
  const body = name.split("*").map((piece) => piece.replaceAll(/[^\w]/g, "\\$&")).join("[^]*?");
  return new RegExp(`^${body}$`, "i");
}

/** What every name that fits the pattern holds. */
function longestPiece(name: string): string {
  return name.split(/[^A-Za-z0-9]+/).reduce((best, piece) => piece.length > best.length ? piece : best, "");
}
