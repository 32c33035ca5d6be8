import { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import { createUser, type KeyPair } from "@nats-io/nkeys";
import { connect, credsAuthenticator, type NatsConnection, nkeyAuthenticator } from "@nats-io/transport-node";
import { type NatsServer, startNatsServer } from "../../sandbox/nats_server.ts";
import { createScopedOperator, type UserScope } from "./nats_jwt.ts";

const SAMPLES = new URL("../../deploy/nats/", import.meta.url);
const STORE_BYTES = 50 * 1024 ** 3;

export const readNatsSample = (name: string) => readFile(new URL(name, SAMPLES), "utf8");

/** A shipped layout of users on a real server, and a way in for each. */
export interface NatsFleet extends AsyncDisposable {
  readonly server: NatsServer;
  /** May make streams. */
  readonly setup: NatsConnection;
  readonly central: NatsConnection;
  readonly eu: NatsConnection;
  readonly us: NatsConnection;
  /** A file for `--nkey` or `--creds`: of the agent of prod-eu-1, and of the central side. */
  readonly files: { readonly option: "--nkey" | "--creds"; readonly eu: Uint8Array; readonly central: Uint8Array };
  /** Another user, by the name that its issuer signs; `null` where users are written into the server's file. */
  readonly enterAs: ((name: string, inboxPrefix: string) => Promise<NatsConnection>) | null;
}

export interface NatsLayout {
  readonly file: string;
  /** Whether agents share an account, so that the server's own messages may cross. */
  readonly shared: boolean;
  readonly open: () => Promise<NatsFleet>;
}

export const NATS_LAYOUTS: readonly NatsLayout[] = [
  { file: "accounts.conf", shared: true, open: () => openByKeys("accounts.conf") },
  { file: "operator-mode.sh", shared: true, open: openByJwt },
  { file: "accounts-per-cluster.conf", shared: false, open: () => openByKeys("accounts-per-cluster.conf") },
];

/** A layout with public keys: variables of the configuration file stand in for those of the environment. */
export function withNatsKeys(layout: string, keys: Readonly<Record<string, KeyPair>>): string {
  const used = Object.entries(keys).filter(([name]) => layout.includes(`$${name}`)); // the server refuses others
  return used.map(([name, key]) => `${name}: ${key.getPublicKey()}`).concat(layout).join("\n");
}

export function createNatsKeys() {
  const [SETUP_NKEY, CENTRAL_NKEY, PROD_EU_1_NKEY, PROD_US_1_NKEY] = [
    createUser(),
    createUser(),
    createUser(),
    createUser(),
  ];
  return { SETUP_NKEY, CENTRAL_NKEY, PROD_EU_1_NKEY, PROD_US_1_NKEY };
}

async function openByKeys(file: string): Promise<NatsFleet> {
  const keys = createNatsKeys();
  const config = withNatsKeys(await readNatsSample(file), keys);
  const server = await startNatsServer({ jetstream: { maxFileBytes: STORE_BYTES }, config });
  const enter = (key: KeyPair, inboxPrefix = "_INBOX") =>
    connect({ servers: server.url, authenticator: nkeyAuthenticator(key.getSeed()), reconnect: false, inboxPrefix });
  const separate = file === "accounts-per-cluster.conf";
  return assemble(server, {
    setup: await enter(separate ? keys.CENTRAL_NKEY : keys.SETUP_NKEY),
    central: await enter(keys.CENTRAL_NKEY),
    eu: await enter(keys.PROD_EU_1_NKEY, "_INBOX.prod-eu-1"),
    us: await enter(keys.PROD_US_1_NKEY, "_INBOX.prod-us-1"),
    files: { option: "--nkey", eu: keys.PROD_EU_1_NKEY.getSeed(), central: keys.CENTRAL_NKEY.getSeed() },
    enterAs: null,
  });
}

async function openByJwt(): Promise<NatsFleet> {
  const operator = createScopedOperator(readScope(await readNatsSample("operator-mode.sh")));
  const server = await startNatsServer({
    jetstream: { maxFileBytes: STORE_BYTES },
    config: operator.serverConfig,
  });
  const enter = (credentials: string, inboxPrefix = "_INBOX") =>
    connect({
      servers: server.url,
      authenticator: credsAuthenticator(Buffer.from(credentials)),
      reconnect: false,
      inboxPrefix,
    });
  const [central, eu] = [operator.createCredentials("central"), operator.createScopedCredentials("prod-eu-1")];
  return assemble(server, {
    setup: await enter(central),
    central: await enter(central),
    eu: await enter(eu, "_INBOX.prod-eu-1"),
    us: await enter(operator.createScopedCredentials("prod-us-1"), "_INBOX.prod-us-1"),
    files: { option: "--creds", eu: Buffer.from(eu), central: Buffer.from(central) },
    enterAs: (name, inboxPrefix) => enter(operator.createScopedCredentials(name), inboxPrefix),
  });
}

/** The scope that the shipped commands give to the agents' signing key. */
export function readScope(script: string): UserScope {
  const values = (flag: string) =>
    [...script.matchAll(new RegExp(`${flag} '([^']+)'`, "g"))].map(([, value = ""]) => value);
  return { publish: values("--allow-pub"), subscribe: values("--allow-sub"), responses: 1, responseTtlMs: 300_000 };
}

type Users = Pick<NatsFleet, "setup" | "central" | "eu" | "us" | "files" | "enterAs">;

function assemble(server: NatsServer, users: Users): NatsFleet {
  return {
    server,
    ...users,
    async [Symbol.asyncDispose]() {
      await Promise.all([users.setup.close(), users.central.close(), users.eu.close(), users.us.close()]);
      await server[Symbol.asyncDispose]();
    },
  };
}
