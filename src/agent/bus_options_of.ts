import type { BusAuth, BusOptions } from "../bus/bus_options.ts";
import type { Config } from "../config/config_schema.ts";
import { compact } from "../lifecycle/compact.ts";

/**
 * How to reach NATS, as the configuration says; the connection's name is the caller's. `clusterId` is the agent's, for an
 * inbox of its own; a person's subcommand has none, unless its configuration names one.
 */
export function busOptionsOf(
  { central_endpoint, nats }: Config,
  clusterId: string | null = null,
): Omit<BusOptions, "name"> {
  const { ca_file, cert_file, key_file, server_name, handshake_first } = nats.tls;
  const usesOwnTls = handshake_first ||
    [ca_file, cert_file, key_file, server_name].some((value) => value !== undefined);
  return {
    servers: central_endpoint.map(withoutCredentials),
    inboxPrefix: inboxPrefixOf(nats.inbox_prefix, clusterId),
    auth: authOf(nats) ?? addressAuthOf(central_endpoint),
    ...compact({ ownAuth: ownAuthsOf(central_endpoint) }),
    tls: usesOwnTls
      ? {
        caFile: ca_file ?? null,
        certFile: cert_file ?? null,
        keyFile: key_file ?? null,
        serverName: server_name ?? null,
        handshakeFirst: handshake_first,
      }
      : null,
  };
}

function inboxPrefixOf(configured: string, clusterId: string | null): string {
  if (configured !== "auto") return configured;
  return clusterId === null ? "_INBOX" : `_INBOX.${clusterId}`;
}

/** The schema has made sure that there is one way at most. */
function authOf(nats: Config["nats"]): BusAuth | null {
  if (nats.credentials_file !== undefined) return { kind: "credentials", file: nats.credentials_file };
  if (nats.nkey_seed_file !== undefined) return { kind: "nkey", seedFile: nats.nkey_seed_file };
  if (nats.token_file !== undefined) return { kind: "token", file: nats.token_file };
  if (nats.user !== undefined && nats.password_file !== undefined) {
    return { kind: "user_password", user: nats.user, passwordFile: nats.password_file };
  }
  return null;
}

/** The first address that carries credentials speaks for those without: a cluster of servers shares its accounts. */
function addressAuthOf(addresses: readonly string[]): BusAuth {
  return addresses.map(authIn).find((auth) => auth !== null) ?? { kind: "none" };
}

/** Where addresses carry different credentials, each server gets its own, as from the Go client. */
function ownAuthsOf(addresses: readonly string[]): BusOptions["ownAuth"] {
  const own = addresses.flatMap((address) => {
    const auth = authIn(address);
    return auth === null ? [] : [[withoutCredentials(address), auth] as const];
  });
  return new Set(own.map(([, auth]) => JSON.stringify(auth))).size > 1 ? new Map(own) : undefined;
}

function authIn(address: string): BusAuth | null {
  const url = URL.parse(address);
  if (url === null || url.username === "") return null;
  const user = decodeURIComponent(url.username);
  if (url.password === "") return { kind: "address_token", token: user };
  return { kind: "address_password", user, password: decodeURIComponent(url.password) };
}

/** The library takes addresses without credentials, and error messages may quote them. A path may hold an at sign. */
function withoutCredentials(address: string): string {
  return address.replace(/:\/\/[^/?#]*@/, "://");
}
