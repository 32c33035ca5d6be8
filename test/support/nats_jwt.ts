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
      const seed = new TextDecoder().decode(user.getSeed());
      return `-----BEGIN NATS USER JWT-----\n${jwt}\n------END NATS USER JWT------\n\n` +
        `-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`;
    },
  };
}

/** A NATS JWT, version 2: Ed25519 over header and claims. */
function sign(issuer: KeyPair, subject: string, nats: Readonly<Record<string, unknown>>, expiresAt?: number): string {
  const claims = {
    jti: randomUUID(),
    iat: Math.floor(Date.now() / 1000),
    iss: issuer.getPublicKey(),
    sub: subject,
    name: subject.slice(0, 8),
    nats: { ...nats, version: 2 },
    ...compact({ exp: expiresAt }),
  };
  const text = [{ typ: "JWT", alg: "ed25519-nkey" }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${text}.${Buffer.from(issuer.sign(new TextEncoder().encode(text))).toString("base64url")}`;
}
