import type { ReadStream } from "node:tty";
import type { ExitCode } from "./exit_code.ts";

/** A stream that a person or another program reads. */
export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): boolean;
  /** Writes what moves the cursor or erases: of a terminal alone, and never with a text from outside. */
  steer?(sequence: string): void;
}

/**
 * What a subcommand may touch of the process. Results go to `stdout`, everything else to `stderr`. A failure is thrown
 * as an `AgentError`, whose kind is the exit code; `setExitCode` is for "it ran and the answer is no" (1) and for the
 * exit code of a remote command.
 */
export interface CliContext {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly stdin: AsyncIterable<Uint8Array | string> & Pick<ReadStream, "isTTY">;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Fires on SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  setExitCode(code: ExitCode | number): void;
  /**
   * A signal ends the process within a moment, whatever a subcommand waits for, with 130 or 143. One that must leave
   * something in order calls this first: it then ends by itself, at once if a second signal comes. `own`: to be ended is
   * its usual end, so its own exit code stands.
   */
  endInOrder(exitCode: "own" | "signal"): void;
}
