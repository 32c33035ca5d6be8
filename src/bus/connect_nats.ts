import { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import {
  type Authenticator,
  connect,
  type ConnectionOptions,
  errors,
  type NatsConnection,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
  wsconnect,
} from "@nats-io/transport-node";
import { openSigningKey, type SigningKey } from "../commands/signing_key.ts";
import { AgentError } from "../lifecycle/errors.ts";
import { fileProblem } from "../lifecycle/file_problem.ts";
import { tlsProblem } from "../lifecycle/tls_problem.ts";
import type { BusAuth, BusOptions, BusTls } from "./bus_options.ts";
import { noteInboxPrefix } from "./inbox.ts";
import { paceReading } from "./pace_reading.ts";
import { endOfJwt, parseCredentials, parseSeed } from "./parse_credentials.ts";
import { type ServerError, ServersError } from "./servers_error.ts";

/** One try, TCP and TLS and the server's greeting together. */
const CONNECT_TIMEOUT_MS = 10_000;
/** A dead peer is noticed after two unanswered pings. */
const PING_INTERVAL_MS = 15_000;

/** A server that has not answered by then gets company: the next one is tried beside it. */
const NEXT_SERVER_MS = 1_000;

/**
 * Makes one connection, with credentials read from their files now. One server that is up is enough: they are tried in
 * random order, the next one as soon as one has failed or is slow. The library's own reconnect is off: `connection.ts`
 * connects again, so that each try reads the files again and the waits are the configuration's. Rejects with the one
 * server's error, or with a `ServersError` that holds the error of each.
 */
export async function connectNats(options: BusOptions): Promise<NatsConnection> {
  const needsTls = options.servers.some((server) => /^tls:/i.test(server));
  const common: ConnectionOptions = {
    name: options.name,
    inboxPrefix: options.inboxPrefix,
    reconnect: false,
    maxReconnectAttempts: 0,
    timeout: CONNECT_TIMEOUT_MS,
    pingInterval: PING_INTERVAL_MS,
    maxPingOut: 2,
    noAsyncTraces: true,
    ignoreClusterUpdates: true, // the addresses of the configuration are the ones a NetworkPolicy allows
    ...await readAuth(options.auth),
  };
  const authOf = async (server: string) => {
    const own = options.ownAuth?.get(server);
    return own === undefined ? {} : await readAuth(own);
  };
  const tellExpiry = async (error: unknown): Promise<never> => {
    throw error instanceof errors.AuthorizationError && await hasExpired(options.auth)
      ? new errors.UserAuthenticationExpiredError("the user's JWT has ended", { cause: error })
      : error;
  };
  if (options.servers.some((server) => /^wss?:/i.test(server))) {
    if (options.tls !== null) {
      throw new AgentError(
        "bad_configuration",
        "nats.tls has no effect on ws:// and wss:// addresses, which trust what the system trusts; use tls:// addresses, " +
          "or remove nats.tls",
      );
    }
    return noteInboxPrefix(
      await firstConnected(
        options.servers,
        async (server) => wsconnect({ ...common, ...await authOf(server), servers: [server] }),
      ).catch(tellExpiry),
      options.inboxPrefix,
    );
  }
  const tls = options.tls !== null || needsTls ? { tls: await readTls(options.tls) } : {};
  const hostOf = (server: string) => server.replace(/^(nats|tls):\/\//i, "").replace(/\/$/, "");
  return noteInboxPrefix(
    await firstConnected(
      options.servers,
      async (server) =>
        paceReading(await connect({ ...common, ...await authOf(server), ...tls, servers: [hostOf(server)] })),
    ).catch(tellExpiry),
    options.inboxPrefix,
  );
}

/** The first connection that `open` makes; the others are closed. */
function firstConnected(
  servers: readonly string[],
  open: (server: string) => Promise<NatsConnection>,
): Promise<NatsConnection> {
  const waiting = shuffled(servers);
  const failures: ServerError[] = [];
  return new Promise((resolve, reject) => {
    let connected = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tryNext = (): void => {
      clearTimeout(timer);
      const server = waiting.pop();
      if (connected || server === undefined) return;
      timer = setTimeout(tryNext, NEXT_SERVER_MS);
      open(server).then((nats) => {
        clearTimeout(timer);
        if (connected) return void nats.close().catch(() => {});
        connected = true;
        resolve(nats);
      }, (error) => {
        failures.push({ server, error });
        if (connected) return;
        if (failures.length < servers.length) return tryNext();
        clearTimeout(timer);
        reject(servers.length === 1 ? error : new ServersError(failures));
      });
    };
    tryNext();
  });
}

/** In random order, so that a fleet spreads over its servers. */
function shuffled<T>(items: readonly T[]): T[] {
  return items.map((item) => ({ item, key: Math.random() })).sort((a, b) => a.key - b.key).map(({ item }) => item);
}

/** A server says of an expired JWT no more than of a wrong one; the file says it. */
async function hasExpired(auth: BusAuth): Promise<boolean> {
  if (auth.kind !== "credentials") return false;
  const credentials = parseCredentials(await readSecretText(auth.file, "NATS credentials"));
  const endMs = credentials === null ? null : endOfJwt(credentials.jwt);
  return endMs !== null && endMs < Date.now();
}

async function readAuth(auth: BusAuth): Promise<Pick<ConnectionOptions, "authenticator">> {
  return auth.kind === "none" ? {} : { authenticator: await readAuthenticator(auth) };
}

async function readAuthenticator(auth: Exclude<BusAuth, { kind: "none" }>): Promise<Authenticator> {
  switch (auth.kind) {
    case "credentials": {
      const text = await readSecretText(auth.file, "NATS credentials");
      const state = "it holds no user JWT with its seed, as `nsc generate creds` makes it";
      return checked(auth.file, "NATS credentials", state, () => {
        const credentials = parseCredentials(text);
        if (credentials === null) throw new Error("not found");
        return signingAuthenticator(openSigningKey(credentials.seed), credentials.jwt);
      });
    }
    case "nkey": {
      const seed = parseSeed(await readSecretText(auth.seedFile, "NKey seed"));
      const state = "it is no seed of a user, as `agent keygen` or `nk -gen user` makes it";
      return checked(auth.seedFile, "NKey seed", state, () => signingAuthenticator(openSigningKey(seed)));
    }
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
  const strict = {
    minVersion: "TLSv1.2",
    ...(tls?.serverName ? { servername: tls.serverName } : {}),
    ...(tls?.handshakeFirst ? { handshakeFirst: true } : {}),
  };
  const pem = {
    ...(tls?.caFile ? { ca: await readPem(tls.caFile, "CA certificate", "CERTIFICATE") } : {}),
    ...(tls?.certFile ? { cert: await readPem(tls.certFile, "client certificate", "CERTIFICATE") } : {}),
    ...(tls?.keyFile ? { key: await readPem(tls.keyFile, "client key", "PRIVATE KEY") } : {}),
  };
  const problem = tlsProblem(pem);
  if (problem !== null) {
    throw new AgentError("bad_configuration", `Cannot use nats.tls for the connection: ${problem}`);
  }
  return { ...strict, ...pem };
}

/** Signs the nonce of the server; with the JWT where the server knows the user from that. */
function signingAuthenticator(key: SigningKey, jwt?: string): Authenticator {
  return (nonce = "") => {
    const sig = Buffer.from(key.sign(new TextEncoder().encode(nonce))).toString("base64url");
    return jwt === undefined ? { nkey: key.publicKey, sig } : { jwt, nkey: key.publicKey, sig };
  };
}

/** What the TLS library does not say: it takes any text, and then trusts nobody. */
async function readPem(file: string, what: string, label: string): Promise<string> {
  const text = await readSecretText(file, what);
  return checked(file, what, `it holds no ${label} in PEM form`, () => {
    if (!new RegExp(`-----BEGIN [A-Z ]*${label}-----`).test(text)) throw new Error("not found");
    return text;
  });
}

/** Makes something of a file's content, or says what is wrong with it; never the content. */
function checked<T>(file: string, what: string, state: string, make: () => T): T {
  try {
    return make();
  } catch {
    throw new AgentError("bad_configuration", `Cannot use the ${what} file ${file}: ${state}; put the right one there`);
  }
}

async function readSecretText(file: string, what: string): Promise<string> {
  return new TextDecoder().decode(await readSecret(file, what));
}

async function readSecret(file: string, what: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(file));
  } catch (cause) {
    throw new AgentError("bad_configuration", `Cannot read the ${what} file ${file}: ${fileProblem("read", cause)}`, {
      cause,
    });
  }
}
