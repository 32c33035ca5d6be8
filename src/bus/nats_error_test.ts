import assert from "node:assert/strict";
import { errors } from "@nats-io/transport-node";
import { AgentError } from "../lifecycle/errors.ts";
import type { NatsErrorKind } from "../telemetry/label_values.ts";
import { explainNatsError } from "./nats_error.ts";

const coded = (code: string, message = "x") => Object.assign(new Error(message), { code });

interface Row {
  readonly name: string;
  readonly given: unknown;
  readonly usesTls?: boolean;
  readonly handshakeFirst?: boolean;
  readonly isWebSocket?: boolean;
  readonly want: readonly [NatsErrorKind, RegExp];
}

const ROWS: readonly Row[] = [
  {
    name: "a subject that is not allowed",
    given: new errors.PermissionViolationError("no", "publish", "agent.event.prod"),
    want: ["permission", /publish "agent\.event\.prod"; add the subject/],
  },
  {
    name: "expired credentials",
    given: new errors.UserAuthenticationExpiredError("expired"),
    want: ["authorization", /have expired; put new ones/],
  },
  {
    name: "wrong credentials",
    given: new errors.AuthorizationError("Authorization Violation"),
    want: ["authorization", /nats\.user and nats\.password_file/],
  },
  {
    name: "a credentials file that is not there",
    given: new AgentError("bad_configuration", "Cannot read the NATS token file /t"),
    want: ["configuration", /^Cannot read the NATS token file \/t$/],
  },
  {
    name: "an unknown authority",
    given: coded("UNABLE_TO_GET_ISSUER_CERT_LOCALLY"),
    want: ["tls", /UNABLE_TO_GET_ISSUER_CERT_LOCALLY.*nats\.tls\.ca_file/],
  },
  {
    name: "a self-signed certificate, in the words of Deno",
    given: new Error("invalid peer certificate: UnknownIssuer"),
    want: ["tls", /UnknownIssuer/],
  },
  {
    name: "an expired certificate deep in the causes",
    given: new Error("connect failed", { cause: coded("CERT_HAS_EXPIRED") }),
    want: ["tls", /CERT_HAS_EXPIRED/],
  },
  {
    name: "no answer",
    given: new errors.TimeoutError(),
    want: ["timeout", /in time at nats:\/\/a:4222, .*network policy$/],
  },
  {
    name: "no answer under TLS",
    given: new errors.TimeoutError(),
    usesTls: true,
    want: ["timeout", /nats\.tls\.cert_file/],
  },
  {
    name: "nobody listens",
    given: coded("ECONNREFUSED"),
    want: ["refused", /at nats:\/\/a:4222, nats:\/\/\*\*\*@b:4222; check that the server runs/],
  },
  {
    name: "a name that nobody knows",
    given: coded("ENOTFOUND", "getaddrinfo ENOTFOUND b"),
    want: [
      "other",
      /at nats:\/\/a:4222, .* is not found \(getaddrinfo ENOTFOUND b\); check the spelling of the address/,
    ],
  },
  {
    name: "a name that nobody knows, in words",
    given: new errors.ConnectionError("getaddrinfo ENOTFOUND b"),
    want: ["other", /DNS on this machine$/],
  },
  {
    name: "nobody listens, in words",
    given: new errors.ConnectionError("connection refused"),
    want: ["refused", /the port is right/],
  },
  {
    name: "a server that greets before TLS",
    given: coded("ERR_SSL_WRONG_VERSION_NUMBER"),
    usesTls: true,
    handshakeFirst: true,
    want: ["tls", /greets in the clear.*handshake_first to false/],
  },
  {
    name: "a server that waits for TLS",
    given: new Error("error connecting - node provided an undefined error"),
    usesTls: true,
    want: ["tls", /before its greeting; if it has handshake_first/],
  },
  {
    name: "a WebSocket that can't be opened",
    given: new errors.ConnectionError("connection refused"),
    isWebSocket: true,
    want: ["refused", /The WebSocket to NATS at .* ws:\/\/ or wss:\/\//],
  },
  { name: "anything else", given: new Error("odd"), want: ["other", /^The NATS connection at .* failed: odd$/] },
  { name: "what is no error", given: "odd", want: ["other", /odd/] },
];

for (
  const { name, given, usesTls = false, handshakeFirst = false, isWebSocket = false, want: [kind, message] } of ROWS
) {
  Deno.test(`nats error: ${name} is ${kind}`, () => {
    const servers = ["nats://a:4222", "nats://u:s3cr3t@b:4222"];
    const explained = explainNatsError(given, { servers, usesTls, handshakeFirst, isWebSocket });
    assert.equal(explained.kind, kind);
    assert.match(explained.message, message);
    assert.doesNotMatch(explained.message, /s3cr3t/);
  });
}

Deno.test("nats error: without addresses the message is whole too", () => {
  const { message } = explainNatsError(coded("ECONNREFUSED"), { servers: [], usesTls: false });
  assert.match(message, /^NATS refused the connection; check/);
});
