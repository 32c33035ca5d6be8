import type { CustomColumn } from "./custom_columns.ts";
import type { JsonPathTemplate } from "./jsonpath_node.ts";

/**
 * How the agent prints what a kubectl command answers as JSON, in kubectl's place: an expression of the sender's is
 * evaluated on objects from which the secrets are cut out, never on what the API server said.
 */
export type PrintRequest =
  | {
    readonly kind: "jsonpath";
    readonly template: JsonPathTemplate;
    /** jsonpath-as-json: each result is a JSON list. */
    readonly asJson: boolean;
    readonly allowMissingKeys: boolean;
  }
  | { readonly kind: "custom_columns"; readonly columns: readonly CustomColumn[]; readonly headers: boolean };

/** What runs in the place of a kubectl command with an expression of the sender's, and how its answer is printed. */
export interface PrintPlan {
  readonly request: PrintRequest;
  /** The same query with `-o json`. */
  readonly argv: readonly string[];
}
