import { readFile } from "node:fs/promises";
import {
  type Authenticator,
  connect,
  type ConnectionOptions,
  credsAuthenticator,
  type NatsConnection,
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
  wsconnect,
} from "@nats-io/transport-node";
import { AgentError, errorMessage } from "../lifecycle/errors.ts";
import type { BusAuth, BusOptions, BusTls } from "./bus_options.ts";

/** One try, TCP and TLS and the server's greeting together. */
const CONNECT_TIMEOUT_MS = 10_000;
/** A dead peer is noticed after two unanswered pings. */
const PING_INTERVAL_MS = 15_000;

/**
 * Makes one connection, trying each address once, with credentials read from their files now. The library's own
 * reconnect is off: `connection.ts` connects again, so that each try reads the files again and the waits are the configuration's.
 */
export async function connectNats(options: BusOptions): Promise<NatsConnection> {
  const needsTls = options.servers.some((server) => server.startsWith("tls://"));
  const common: ConnectionOptions = {
    servers: options.servers.map((server) => server.replace(/^(nats|tls):\/\//, "")),
    name: options.name,
    reconnect: false,
    maxReconnectAttempts: 0,
    timeout: CONNECT_TIMEOUT_MS,
    pingInterval: PING_INTERVAL_MS,
    maxPingOut: 2,
    noAsyncTraces: true,
    ignoreClusterUpdates: true, // the addresses of the configuration are the ones a NetworkPolicy allows
    ...(options.auth.kind === "none" ? {} : { authenticator: await readAuthenticator(options.auth) }),
  };
  if (options.servers.some((server) => /^wss?:/.test(server))) {
    return wsconnect({ ...common, servers: [...options.servers] });
  }
  return connect({ ...common, ...(options.tls !== null || needsTls ? { tls: await readTls(options.tls) } : {}) });
}

async function readAuthenticator(auth: Exclude<BusAuth, { kind: "none" }>): Promise<Authenticator> {
  switch (auth.kind) {
    case "credentials":
      return credsAuthenticator(await readSecret(auth.file, "NATS credentials"));
    case "nkey":
      return nkeyAuthenticator(
        new Uint8Array(await readSecret(auth.seedFile, "NKey seed")).filter((byte) => byte > 32),
      );
    case "token":
      return tokenAuthenticator((await readSecretText(auth.file, "NATS token")).trim());
    case "address_password":
      return usernamePasswordAuthenticator(auth.user, auth.password);
    case "address_token":
      return tokenAuthenticator(auth.token);
    case "user_password": {
      const password = await readSecretText(auth.passwordFile, "NATS password");
      return usernamePasswordAuthenticator(auth.user, password.replace(/\r?\n$/, ""));
    }
  }
}

async function readTls(tls: BusTls | null): Promise<NonNullable<ConnectionOptions["tls"]>> {
  // servername and minVersion are options of node:tls that the transport passes on; its type does not list them.
  const strict = { minVersion: "TLSv1.2", ...(tls?.serverName ? { servername: tls.serverName } : {}) };
  return {
    ...strict,
    ...(tls?.caFile ? { ca: await readSecretText(tls.caFile, "CA certificate") } : {}),
    ...(tls?.certFile ? { cert: await readSecretText(tls.certFile, "client certificate") } : {}),
    ...(tls?.keyFile ? { key: await readSecretText(tls.keyFile, "client key") } : {}),
  };
}

async function readSecretText(file: string, what: string): Promise<string> {
  return new TextDecoder().decode(await readSecret(file, what));
}

async function readSecret(file: string, what: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(file));
  } catch (cause) {
    throw new AgentError("bad_configuration", `Cannot read the ${what} file ${file}: ${errorMessage(cause)}`, {
      cause,
    });
  }
}
