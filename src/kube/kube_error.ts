/**
 * An error answer of the API server, or its absence. `status` is the HTTP status, or 0 when there was no answer
 * (refused, reset, timed out, TLS). `reason` is `Status.reason` where the server sent one, or the network error's code.
 * The message names the verb, the path and what was found; it never holds a token.
 */
export class KubeError extends Error {
  override readonly name = "KubeError";
  readonly status: number;
  readonly reason: string;
  readonly retryAfterMs: number | null;
  constructor(
    message: string,
    fields: { status: number; reason: string; retryAfterMs?: number | null; cause?: unknown },
  ) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.status = fields.status;
    this.reason = fields.reason;
    this.retryAfterMs = fields.retryAfterMs ?? null;
  }
}
