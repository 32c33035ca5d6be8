import { Buffer } from "node:buffer";
import { randomUUID } from "node:crypto";
import { createAccount, createOperator, createUser, type KeyPair } from "@nats-io/nkeys";
import { compact } from "../../src/lifecycle/compact.ts";

/** A NATS operator with one account, as `nsc` would make them: users are JWTs that the account signs. */
export interface NatsOperator {
  /** For nats-server's configuration: trusts the operator and knows the account. */
  readonly serverConfig: string;
  /** A credentials file of a new user; `expiresAt` in seconds since the epoch. */
  createCredentials(options?: { readonly expiresAt?: number }): string;
}

const UNLIMITED = { subs: -1, data: -1, payload: -1 };

/** Makes keys and claims that live in this process only. */
export function createNatsOperator(): NatsOperator {
  const [operator, account] = [createOperator(), createAccount()];
  const operatorJwt = sign(operator, operator.getPublicKey(), { type: "operator" });
  const limits = { ...UNLIMITED, conn: -1, leaf: -1, imports: -1, exports: -1, wildcards: true };
  const accountJwt = sign(operator, account.getPublicKey(), { type: "account", limits });
  return {
    serverConfig: `operator: ${operatorJwt}\nresolver: MEMORY\n` +
      `resolver_preload: { ${account.getPublicKey()}: ${accountJwt} }\n`,
    createCredentials({ expiresAt } = {}) {
      const user = createUser();
      const jwt = sign(account, user.getPublicKey(), { type: "user", ...UNLIMITED }, expiresAt);
      return credentialsFile(jwt, user);
    },
  };
}

/** What users of a scoped signing key may do; `{{name()}}` stands for the user's name. */
export interface UserScope {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  readonly responses: number;
  readonly responseTtlMs: number;
}

/** An operator with one account with JetStream, whose agents are users of one scoped signing key. */
export interface ScopedOperator {
  readonly serverConfig: string;
  /** A credentials file of a user that may do everything in the account. */
  createCredentials(name: string): string;
  /** A credentials file of a user whom the scope confines. */
  createScopedCredentials(name: string): string;
}

export function createScopedOperator(scope: UserScope): ScopedOperator {
  const [operator, account, system, scoped] = [createOperator(), createAccount(), createAccount(), createAccount()];
  const limits = { ...UNLIMITED, conn: -1, leaf: -1, imports: -1, exports: -1, wildcards: true };
  const storage = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };
  const template = {
    pub: { allow: scope.publish },
    sub: { allow: scope.subscribe },
    resp: { max: scope.responses, ttl: scope.responseTtlMs * 1e6 },
    ...UNLIMITED,
  };
  const accountJwt = sign(operator, account.getPublicKey(), {
    type: "account",
    limits: { ...limits, ...storage },
    signing_keys: [{ kind: "user_scope", key: scoped.getPublicKey(), role: "agent", template }],
  });
  const operatorJwt = sign(operator, operator.getPublicKey(), {
    type: "operator",
    system_account: system.getPublicKey(),
  });
  const systemJwt = sign(operator, system.getPublicKey(), { type: "account", limits });
  const preload = [[account.getPublicKey(), accountJwt], [system.getPublicKey(), systemJwt]];
  const credentials = (issuer: KeyPair, name: string, claims: Readonly<Record<string, unknown>>) => {
    const user = createUser();
    const jwt = sign(issuer, user.getPublicKey(), { type: "user", ...claims }, undefined, name);
    return credentialsFile(jwt, user);
  };
  return {
    serverConfig: `operator: ${operatorJwt}\nsystem_account: ${system.getPublicKey()}\nresolver: MEMORY\n` +
      `resolver_preload: { ${preload.map(([key, jwt]) => `${key}: ${jwt}`).join(", ")} }\n`,
    createCredentials: (name) => credentials(account, name, UNLIMITED),
    createScopedCredentials: (name) => credentials(scoped, name, { issuer_account: account.getPublicKey() }),
  };
}

function credentialsFile(jwt: string, user: KeyPair): string {
  const seed = new TextDecoder().decode(user.getSeed());
  return `-----BEGIN NATS USER JWT-----\n${jwt}\n------END NATS USER JWT------\n\n` +
    `-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`;
}

/** A NATS JWT, version 2: Ed25519 over header and claims. */
function sign(
  issuer: KeyPair,
  subject: string,
  nats: Readonly<Record<string, unknown>>,
  expiresAt?: number,
  name = subject.slice(0, 8),
): string {
  const claims = {
    jti: randomUUID(),
    iat: Math.floor(Date.now() / 1000),
    iss: issuer.getPublicKey(),
    sub: subject,
    name,
    nats: { ...nats, version: 2 },
    ...compact({ exp: expiresAt }),
  };
  const text = [{ typ: "JWT", alg: "ed25519-nkey" }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${text}.${Buffer.from(issuer.sign(new TextEncoder().encode(text))).toString("base64url")}`;
}
