import type { Host } from "../target/host.ts";
import type { WebUrl } from "../target/web_url.ts";
import type { FlagRule, PlacedValue, ToolRule, VerbRule } from "../tool/tool_rule.ts";

/** A flag as understood: the row of the table and a checked value; `true` and `false` for switches. */
export interface ParsedFlag {
  readonly rule: FlagRule;
  readonly value: string | boolean;
}

/** What operands are read with: the flags that stand beside them, and the command's name for reasons. */
export interface OperandContext {
  readonly flags: readonly ParsedFlag[];
  readonly command: string;
}

/** `TYPE/NAME`; kubectl spreads a comma list of types over the name. */
export interface ResourceItem {
  readonly types: readonly string[];
  readonly name: string;
}

/** What stands beside the flags, understood. */
export type Operands =
  | { readonly kind: "none" }
  | { readonly kind: "form"; readonly words: readonly string[] }
  | { readonly kind: "resource_list"; readonly types: readonly string[]; readonly names: readonly string[] }
  | { readonly kind: "resource_items"; readonly items: readonly ResourceItem[] }
  | {
    readonly kind: "log_source";
    readonly type: string | null;
    readonly name: string;
    readonly container: string | null;
  }
  | { readonly kind: "name"; readonly name: string }
  /** A verb, and what it would be done to. */
  | { readonly kind: "access_question"; readonly verb: string; readonly object: string }
  | { readonly kind: "host"; readonly host: Host }
  | { readonly kind: "url"; readonly url: WebUrl }
  | { readonly kind: "question"; readonly name: string; readonly type: string | null }
  | {
    readonly kind: "values";
    readonly values: readonly { readonly rule: PlacedValue; readonly value: string }[];
  };

/** A command in typed fields, in which nothing of the received tokens is left that was not understood. */
export interface ParsedCommand {
  readonly tool: ToolRule;
  readonly verb: VerbRule;
  /** The verb's words as given, each one of the table's spellings. */
  readonly verbWords: readonly string[];
  /** In the order received; those that the agent put in come last. */
  readonly flags: readonly ParsedFlag[];
  readonly operands: Operands;
}
