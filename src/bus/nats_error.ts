import { errors } from "@nats-io/transport-node";
import { AgentError, errorMessage, type FailureKind } from "../lifecycle/errors.ts";
import { hideUrlPassword } from "../lifecycle/hide_url_password.ts";
import type { NatsErrorKind } from "../telemetry/label_values.ts";
import type { BusOptions } from "./bus_options.ts";
import { ServersError } from "./servers_error.ts";

interface ExplainedNatsError {
  readonly kind: NatsErrorKind;
  /** State and remedy, without secrets. */
  readonly message: string;
}

/** What was to be reached. */
export interface NatsTarget {
  /** The addresses that were tried; none where whoever shows the message names them. */
  readonly servers: readonly string[];
  readonly usesTls: boolean;
  /** As `nats.tls.handshake_first`. */
  readonly handshakeFirst?: boolean;
  /** Default: what `servers` say. */
  readonly isWebSocket?: boolean;
}

/** What a connection with these options reaches for. */
export function natsTargetOf({ servers, tls }: Pick<BusOptions, "servers" | "tls">): NatsTarget {
  const usesTls = tls !== null || servers.some((server) => /^(?:tls|wss):/i.test(server));
  const isWebSocket = servers.some((server) => /^wss?:/i.test(server));
  return { servers, usesTls, handshakeFirst: tls?.handshakeFirst === true, isWebSocket };
}

/** The one place that reads the library's errors: what happened, and what to change. */
export function explainNatsError(error: unknown, target: NatsTarget): ExplainedNatsError {
  const { servers, usesTls, handshakeFirst = false } = target;
  const isWebSocket = target.isWebSocket ?? servers.some((server) => /^wss?:/i.test(server));
  const at = servers.length === 0 ? "" : ` at ${servers.map(hideUrlPassword).join(", ")}`;
  if (error instanceof ServersError) return explainServers(error, target);
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
  if (/authenti?cation timeout|authorization timeout/i.test(text)) {
    // Said when the server was too busy to finish the handshake, as after its restart: the credentials may be right.
    return {
      kind: "timeout",
      message: `NATS${at} did not finish the authentication in time; if this lasts, raise authorization.timeout there`,
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
  if (handshakeFirst && /WRONG_VERSION_NUMBER|InvalidContentType/.test(`${code} ${text}`)) {
    return {
      kind: "tls",
      message:
        "NATS greets in the clear, so it has no handshake_first or no TLS at all; set nats.tls.handshake_first to false, " +
        "or enable it there",
    };
  }
  if (usesTls && !handshakeFirst && /provided an undefined error/.test(text)) {
    return {
      kind: "tls",
      message:
        `NATS${at} ended the connection before its greeting; if it has handshake_first, set nats.tls.handshake_first`,
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
    return {
      kind: "timeout",
      message: `NATS did not answer in time${at}; check the address and the network policy${hint}`,
    };
  }
  if (isWebSocket && /connection refused/i.test(text)) {
    return {
      kind: "refused",
      message:
        `The WebSocket to NATS${at} can't be opened, and nothing says why; check that the server runs, the port and the ` +
        "path, ws:// or wss://, and that the system here trusts its certificate (DENO_CERT, NODE_EXTRA_CA_CERTS)",
    };
  }
  if (code === "ECONNREFUSED" || /connection refused/i.test(text)) {
    return {
      kind: "refused",
      message: `NATS refused the connection${at}; check that the server runs and that the port is right`,
    };
  }
  if (code === "ENOTFOUND" || code === "EAI_AGAIN" || /getaddrinfo (?:ENOTFOUND|EAI_AGAIN)/.test(text)) {
    return {
      kind: "other",
      message:
        `The name of the NATS server${at} is not found (${text}); check the spelling of the address, and DNS on this machine`,
    };
  }
  return { kind: "other", message: `The NATS connection${at} failed: ${text}` };
}

/** The most telling kind first: what a person has to mend says more than a server that is away. */
const TELLING: readonly NatsErrorKind[] = [
  "authorization",
  "configuration",
  "permission",
  "tls",
  "timeout",
  "refused",
  "other",
];

function explainServers({ failures }: ServersError, target: NatsTarget): ExplainedNatsError {
  const told = failures.map(({ server, error }) => ({
    server,
    ...explainNatsError(error, { ...target, servers: [], isWebSocket: /^wss?:/i.test(server) }),
  }));
  const kind = TELLING.find((candidate) => told.some((failure) => failure.kind === candidate)) ?? "other";
  const list = told.map(({ server, message }) => `${hideUrlPassword(server)}: ${message}`);
  return { kind, message: `None of ${told.length} NATS servers can be used. ${list.join(". ")}` };
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

const FAILURE_KIND: Partial<Record<NatsErrorKind, FailureKind>> = {
  authorization: "not_permitted",
  permission: "not_permitted",
  configuration: "bad_configuration",
};

/** What a trouble means for whoever started the program: a file or a right to mend, or simply that nobody was reached. */
export function failureOf(kind: NatsErrorKind): FailureKind {
  return FAILURE_KIND[kind] ?? "unreachable";
}

/** What a request fails with where the server refuses its subject, in words; `null` for any other error. */
export function refusalOf(error: unknown): AgentError | null {
  const cause = error instanceof errors.RequestError ? error.cause : error;
  if (!(cause instanceof errors.PermissionViolationError)) return null;
  const { kind, message } = explainNatsError(cause, { servers: [], usesTls: false });
  return new AgentError(failureOf(kind), message, { cause: error });
}
