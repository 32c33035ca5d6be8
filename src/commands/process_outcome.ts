import type { RedactionCounts } from "../redaction/redaction.ts";

/**
 * How a process ended. `exited`: by itself. `killed`: by a signal that is not ours (the kernel's out-of-memory killer).
 * `timed_out`, `cancelled` and `output_limit`: we killed it and everything it had started. `memory_limit`: it ended itself,
 * since it got no more memory. `not_started`: there was none.
 */
export type ProcessEnd =
  | { readonly kind: "exited"; readonly exitCode: number }
  | { readonly kind: "killed"; readonly signal: string }
  | { readonly kind: "timed_out" }
  | { readonly kind: "cancelled" }
  | { readonly kind: "output_limit" }
  | { readonly kind: "memory_limit"; readonly limitBytes: number }
  | {
    readonly kind: "not_started";
    /** The tool is not on this machine, as opposed to: it is, and the system would not start it. */
    readonly missing: boolean;
    readonly detail: string;
  };

/** What came of running one approved command. The texts are raw: not yet stripped, not yet redacted. */
export interface ProcessOutcome {
  readonly end: ProcessEnd;
  readonly stdout: string;
  readonly stderr: string;
  /** True when output was lost to the limit. */
  readonly truncated: boolean;
  /** Bytes that the process wrote, as far as they were read. */
  readonly receivedBytes: number;
  readonly durationMs: number;
  /** Where the agent printed in the tool's place: why it could not, and what it cut out of the objects first. */
  readonly printed?: { readonly failure: string | null; readonly redactions: RedactionCounts };
}
