import { errors } from "@nats-io/transport-node";
import { errorMessage } from "../lifecycle/errors.ts";

/** What kind of trouble the bus has, as a metric label and to decide how soon to try again. */
export type NatsErrorKind = "authorization" | "permission" | "tls" | "timeout" | "refused" | "configuration" | "other";

export interface ExplainedNatsError {
  readonly kind: NatsErrorKind;
  /** State and remedy, without secrets. */
  readonly message: string;
}

/** The one place that reads the library's errors: what happened, and what to change. */
export function explainNatsError(error: unknown, usesTls: boolean): ExplainedNatsError {
  const text = errorMessage(error);
  const code = codeOf(error);
  if (error instanceof errors.PermissionViolationError) {
    return {
      kind: "permission",
      message:
        `NATS does not allow this user to ${error.operation} "${error.subject}"; add the subject to the user's permissions`,
    };
  }
  if (error instanceof errors.UserAuthenticationExpiredError) {
    return {
      kind: "authorization",
      message: "The NATS credentials have expired; put new ones into the configured file",
    };
  }
  if (error instanceof errors.AuthorizationError) {
    return {
      kind: "authorization",
      message:
        "NATS refused the credentials (Authorization Violation); check nats.credentials_file, nats.nkey_seed_file, " +
        "nats.token_file or nats.user and nats.password_file against the server's accounts",
    };
  }
  if (error instanceof Error && error.name === "AgentError") return { kind: "configuration", message: text };
  if (/server does not support 'tls'/.test(text)) {
    return {
      kind: "tls",
      message:
        "The server offers no TLS, and the agent sends nothing in the clear; enable TLS there, or remove tls:// " +
        "from central_endpoint and nats.tls from the configuration",
    };
  }
  if (usesTls && (/received fatal alert/.test(text) || HUNG_UP.test(code))) {
    return {
      kind: "tls",
      message:
        `NATS ended the connection in the TLS handshake (${text}), as it does without a client certificate that it ` +
        "accepts; check nats.tls.cert_file and nats.tls.key_file, and the authority that the server trusts",
    };
  }
  if (TLS_CODES.test(code) || /certificate|self.signed|tls|ssl/i.test(text)) {
    return {
      kind: "tls",
      message:
        `The TLS handshake with NATS failed (${code || text}); check nats.tls.ca_file, nats.tls.server_name and that ` +
        "the server's certificate is valid today",
    };
  }
  if (error instanceof errors.TimeoutError) {
    const hint = usesTls
      ? "; a server that wants a client certificate also looks like this: set nats.tls.cert_file and key_file"
      : "";
    return { kind: "timeout", message: `NATS did not answer in time; check the address and the network policy${hint}` };
  }
  if (code === "ECONNREFUSED" || /connection refused/i.test(text)) {
    return {
      kind: "refused",
      message: "NATS refused the connection; check that the server runs and that the port is right",
    };
  }
  return { kind: "other", message: `The NATS connection failed: ${text}` };
}

/** How Deno and Node say that the other side hung up while TLS was being set up. */
const HUNG_UP = /^(EPERM|EPIPE|ECONNRESET)$/;
const TLS_CODES = /^(CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|ERR_TLS|ERR_SSL|EPROTO|HOSTNAME_MISMATCH)/;

function codeOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ("code" in at && typeof at.code === "string") return at.code;
  }
  return "";
}
