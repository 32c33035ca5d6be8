import type { ValueGrammar } from "../argument/value_grammar.ts";

/** How a tool reads its options. All three know `--name value`, `--name=value`, `-x value`, `-xvalue` and clusters `-ab`. */
export type OptionSyntax =
  /** Go's pflag: `-x=value` too, switches take `=true` and `=false`, and in kubectl `_` in a name counts as `-`. */
  | "pflag"
  /** getopt_long, of curl, ping, wget and most tools. A switch takes no value. */
  | "getopt"
  /** dig and nslookup: long names have one dash (`-type=MX`) or a plus (`+short`), and nothing clusters. */
  | "word";

/** One flag of a tool: a row of its table. */
export interface FlagRule {
  /** The long name with its dashes, `--output`; it names the flag in reasons. A flag that is only short has its short one. */
  readonly name: string;
  /** `-o`. Printed in place of `name`. */
  readonly short?: string;
  /** Other spellings that mean the same. */
  readonly aliases?: readonly string[];
  readonly value: "switch" | ValueGrammar;
  /** Values of a repeated flag are joined with commas; any other flag may stand once. */
  readonly list?: boolean;
  /** Put in when the flag is absent. */
  readonly fallback?: string;
  /** The tool may not run without it. */
  readonly required?: boolean;
  /** Known and not allowed: what the flag would do, to end the sentence "it …". */
  readonly denied?: string;
}

/** What stands beside the flags. */
export type OperandRule =
  | { readonly kind: "none" }
  /** The whole argument list is one of these, flags included (`ps aux`). */
  | { readonly kind: "forms"; readonly forms: readonly CommandForm[] }
  /** kubectl's `TYPE[,TYPE…] [NAME…]` or `TYPE/NAME…`. */
  | { readonly kind: "resources" }
  /** `POD [CONTAINER]`, `TYPE/NAME [CONTAINER]`, or nothing with a selector. */
  | { readonly kind: "log_source" }
  | { readonly kind: "optional_name" }
  /** kubectl auth can-i's `VERB TYPE`, `VERB TYPE/NAME` or `VERB /path`; nothing with `--list`. */
  | { readonly kind: "access_question" }
  /** `pods.spec.containers`. */
  | { readonly kind: "field_path" }
  | { readonly kind: "host" }
  | { readonly kind: "url" }
  /** A DNS name, and where the tool takes it so, a record type after it. */
  | { readonly kind: "question"; readonly typeFlag: string; readonly positionalType: boolean }
  | { readonly kind: "values"; readonly values: readonly PlacedValue[] };

/** One accepted argument list, and other spellings of the same. */
export interface CommandForm {
  readonly words: readonly string[];
  readonly spellings?: readonly (readonly string[])[];
}

/** An argument of a configured tool. Those that may be left out come last. */
export interface PlacedValue {
  readonly name: string;
  readonly grammar: ValueGrammar;
  readonly optional: boolean;
}

/** One verb of a tool, with the flags it takes (those of every verb included) and what stands beside them. */
export interface VerbRule {
  /** The words that name it, each with its other spellings: `[["top"], ["pods", "pod", "po"]]`. Empty for a tool without verbs. */
  readonly words: readonly (readonly string[])[];
  readonly flags: readonly FlagRule[];
  readonly operands: OperandRule;
  /** Of kubectl's verbs: whether what they read lies in a namespace, or depends on the type that they name. */
  readonly scope?: "namespaced" | "by_type" | "none";
}

/** What the agent adds so that a tool connects to the checked address and to nothing else. */
type Pinning = "none" | "ping" | "curl" | "wget";

/** A tool that may run. */
export interface ToolRule {
  readonly name: string;
  /** The file to start, for a configured tool; `null` for a built-in one. */
  readonly path: string | null;
  readonly syntax: OptionSyntax;
  /** Whether the argument list is printed as `get pods -A` or as `-c 3 HOST`. */
  readonly layout: "operands_first" | "flags_first";
  /** How a long flag and its value are printed. */
  readonly longValue: "joined" | "separate";
  /** Flags that may also stand before the verb. */
  readonly globalFlags: readonly FlagRule[];
  readonly verbs: readonly VerbRule[];
  readonly pinning: Pinning;
  /** Limits of a configured tool; `null`: the policy's own. */
  readonly timeoutMs: number | null;
  readonly outputLimitBytes: number | null;
}
