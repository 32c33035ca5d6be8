declare const approvedBrand: unique symbol;

/**
 * A command that the policy let through, rebuilt from typed fields. The process runner accepts nothing else, and only
 * `decide_command.ts` makes one: skipping the policy does not compile.
 */
export interface ApprovedCommand {
  readonly [approvedBrand]: true;
  /** The tool's name in the policy table. */
  readonly tool: string;
  /** The verb (`get`, `logs`), or "" for tools without one. */
  readonly verb: string;
  /** The argument vector as people would type it, tool name first; what `agent check-command` prints. */
  readonly argv: readonly string[];
  readonly timeoutMs: number;
  readonly outputLimitBytes: number;
}
