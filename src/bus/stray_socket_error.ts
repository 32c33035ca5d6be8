/** Codes with the system call they must come from, where there is one: a reset read, and writes that came too late. */
const STRAY: Readonly<Record<string, string | undefined>> = {
  ECONNRESET: "read",
  EPIPE: "write",
  EPERM: "write", // as Deno calls a write into a TLS connection that the server has ended
  ERR_STREAM_WRITE_AFTER_END: undefined,
  ERR_STREAM_DESTROYED: undefined,
};

/** A server that does not accept the client's certificate says so when the client already believes to be connected. */
const ALERT = /^(received fatal alert: \w+|ERR_SSL_\w*ALERT_\w+)$/;

/**
 * Whether an uncaught error is one that the NATS transport leaves behind. It drops its listeners before it destroys a
 * socket, and answers the greeting of a server that has hung up already: a reset or a late write that falls in between,
 * as after a refused authentication or while a server is restarted, has nobody to hear it.
 */
export function isStraySocketError(error: Error & { readonly code?: string; readonly syscall?: string }): boolean {
  const { code } = error;
  if (ALERT.test(code ?? error.message)) return true;
  return code !== undefined && Object.hasOwn(STRAY, code) && STRAY[code] === error.syscall;
}
