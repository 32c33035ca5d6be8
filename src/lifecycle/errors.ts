/** What a failure means for the person or program that started the agent; `cli/exit_code.ts` gives each a number. */
export type FailureKind = "bad_usage" | "bad_input" | "unreachable" | "not_permitted" | "bad_configuration" | "failed";

/**
 * A failure that is explained: the message says what was tried, what was found and what to do about it, and holds no
 * secret. `kind` decides the exit code.
 */
export class AgentError extends Error {
  override readonly name = "AgentError";
  constructor(readonly kind: FailureKind, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** The text of anything that was thrown, without a stack. */
export function errorMessage(error: unknown): string {
  if (error instanceof Error) return error.message === "" ? error.name : error.message;
  return String(error);
}

/** The system's code of an error (`ENOENT`); `null` for one that has none. */
export function errorCode(error: unknown): string | null {
  if (typeof error !== "object" || error === null || !("code" in error)) return null;
  return typeof error.code === "string" ? error.code : null;
}

/** Whether `error` only says that `signal` fired. */
export function isAbort(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted && (error === signal.reason || (error instanceof Error && error.name === "AbortError"));
}
