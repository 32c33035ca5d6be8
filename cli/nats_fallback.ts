import { resolve } from "node:path";
import { type KeyPath, valueAt } from "../src/config/key_path.ts";
import type { ConfigFallback } from "../src/config/load_config.ts";
import type { Origin, Override } from "../src/config/origin.ts";
import { hasUrlCredentials } from "../src/config/section/central_endpoint.ts";
import { AUTHENTICATION_KEYS } from "../src/config/section/nats.ts";
import { AgentError } from "../src/lifecycle/errors.ts";
import { type NatsContext, type NatsContextAuth, readNatsContext, selectedNatsContext } from "./nats_context.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** Where NATS is looked for when nobody says where. */
const LOOPBACK = "nats://127.0.0.1:4222";

/** What the surroundings of a person say about NATS, beside the agent's own options, variables and file. */
interface NatsSurroundings {
  readonly env: Env;
  readonly context: NatsContext | null;
  /** Why the selected context can't be read: told only where it is needed. */
  readonly trouble?: AgentError | null;
  /** Whether `--context` named it: then it stands over variables and file as any option does. */
  readonly named: boolean;
  /** Told of what a context that is used asks for and does not get. */
  readonly notice?: (text: string) => void;
  /** Told when nothing at all names an address, so that this machine's is taken. */
  readonly onLoopback?: () => void;
}

/** Finds the context that `--context` names, or the one that is selected; rejects where a named one can't be used. */
export async function readNatsSurroundings(
  env: Env,
  contextName: string | undefined,
  notice: (text: string) => void,
): Promise<NatsSurroundings> {
  if (contextName !== undefined) {
    return { env, context: await readNatsContext(env, contextName), named: true, notice };
  }
  try {
    const name = await selectedNatsContext(env);
    return { env, context: name === null ? null : await readNatsContext(env, name), named: false, notice };
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return { env, context: null, trouble: error, named: false };
  }
}

/**
 * The variables for the configuration: `NATS_USER` is one of the agent's own and of the `nats` program. With
 * `NATS_PASSWORD`, which the agent itself never reads, it is meant as `nats` means it.
 */
export function configurationEnv(env: Env): Env {
  return env.NATS_PASSWORD && !env.NATS_PASSWORD_FILE ? { ...env, NATS_USER: undefined } : env;
}

/**
 * What a person's subcommand takes from the `nats` program's variables and contexts where the agent's own sources say
 * nothing. Secrets that are no file go into the address, which is never shown with them. The login of a context that was
 * only selected goes to that context's servers and to NATS_URL, not to an address of the agent's own sources.
 */
export function createNatsFallback(surroundings: NatsSurroundings): ConfigFallback {
  const { env, context, named, notice, onLoopback, trouble } = surroundings;
  return (data, originOf) => {
    const fromFlag = (path: KeyPath) => originOf(path).kind === "flag";
    const contextOrigin: Origin = { kind: "nats_context", file: context?.file ?? "" };
    const { addresses, origin, from } = chooseAddress();
    if (from === "loopback") onLoopback?.();
    const applies = context !== null && (named || from !== "own");
    if (applies && context.unused.length > 0) {
      notice?.(`The NATS context ${context.name} sets ${context.unused.join(" and ")}, which is not followed here`);
    }
    const overrides: Override[] = [];
    const login = chooseLogin();
    const [first = "", ...rest] = addresses;
    const secret = login === null ? null : inlineSecret(login.auth);
    const servers = secret === null ? addresses : [addSecret(first, secret), ...rest];
    if (from !== "own" || secret !== null) overrides.push({ path: ["central_endpoint"], value: servers, origin });
    if (login !== null) {
      // Stands for "no other way": the ways to log in exclude each other.
      if (login.replaces) overrides.push({ path: ["nats", "user"], value: undefined, origin: contextOrigin });
      const key = login.auth.kind === "credentials" ? "credentials_file" : "nkey_seed_file";
      if ("file" in login.auth) overrides.push({ path: ["nats", key], value: login.auth.file, origin: login.origin });
    }
    overrides.push(...chooseTls(applies));
    if (applies && context.inboxPrefix !== "" && valueAt(data, ["nats", "inbox_prefix"]) === undefined) {
      overrides.push({ path: ["nats", "inbox_prefix"], value: context.inboxPrefix, origin: contextOrigin });
    }
    return overrides;

    function chooseAddress(): {
      addresses: readonly string[];
      origin: Origin;
      from: "own" | "NATS_URL" | "context" | "loopback";
    } {
      const path = ["central_endpoint"];
      const own = listOf(valueAt(data, path));
      if (own !== null && (!named || fromFlag(path))) return { addresses: own, origin: originOf(path), from: "own" };
      if (trouble) throw trouble;
      const contextServers = listOf(context?.url || LOOPBACK) ?? [];
      if (named) return { addresses: contextServers, origin: contextOrigin, from: "context" };
      if (env.NATS_URL) {
        const origin: Origin = { kind: "environment", variable: "NATS_URL" };
        return { addresses: listOf(env.NATS_URL) ?? [], origin, from: "NATS_URL" };
      }
      return context === null
        ? { addresses: [LOOPBACK], origin: { kind: "default" }, from: "loopback" }
        : { addresses: contextServers, origin: contextOrigin, from: "context" };
    }

    function chooseLogin(): { auth: NatsContextAuth; origin: Origin; replaces: boolean } | null {
      const ownKey = AUTHENTICATION_KEYS.find((key) => valueAt(data, ["nats", key]) !== undefined);
      const ownFlag = ownKey !== undefined && fromFlag(["nats", ownKey]);
      if (ownFlag || addresses.some(hasUrlCredentials)) return null;
      if (named && context !== null && context.auth.kind !== "none") {
        return { auth: context.auth, origin: contextOrigin, replaces: true };
      }
      if (ownKey !== undefined && !named) return null;
      const variable = variableLogin(env);
      if (variable !== null) return { ...variable, replaces: named };
      // The file's login is for the file's servers.
      if (named) return { auth: { kind: "none" }, origin: contextOrigin, replaces: true };
      return applies ? { auth: context.auth, origin: contextOrigin, replaces: false } : null;
    }

    function chooseTls(contextApplies: boolean): Override[] {
      const given = [
        { key: "ca_file", variable: "NATS_CA", value: context?.caFile },
        { key: "cert_file", variable: "NATS_CERT", value: context?.certFile },
        { key: "key_file", variable: "NATS_KEY", value: context?.keyFile },
      ].flatMap(({ key, variable, value }): Override[] => {
        const path = ["nats", "tls", key];
        if (valueAt(data, path) !== undefined && !(named && value && !fromFlag(path))) return [];
        const file = env[variable];
        if (contextApplies && value && (named || !file)) return [{ path, value, origin: contextOrigin }];
        return file ? [{ path, value: resolve(file), origin: { kind: "environment", variable } }] : [];
      });
      return contextApplies && context?.tlsFirst
        ? [...given, { path: ["nats", "tls", "handshake_first"], value: true, origin: contextOrigin }]
        : given;
    }
  };
}

/** What the `nats` program's variables say, in its order; a user without a password is a token there. */
function variableLogin(env: Env): { auth: NatsContextAuth; origin: Origin } | null {
  const from = (variable: string): Origin => ({ kind: "environment", variable });
  const { NATS_USER: user, NATS_PASSWORD: password, NATS_CREDS: creds, NATS_NKEY: nkey, NATS_TOKEN: token } = env;
  if (user && password) return { auth: { kind: "user_password", user, password }, origin: from("NATS_PASSWORD") };
  if (creds) return { auth: { kind: "credentials", file: resolve(creds) }, origin: from("NATS_CREDS") };
  if (nkey) return { auth: { kind: "nkey", file: resolve(nkey) }, origin: from("NATS_NKEY") };
  return token ? { auth: { kind: "token", token }, origin: from("NATS_TOKEN") } : null;
}

/** A login as it stands in an address; `null` for one that does not. */
function inlineSecret(auth: NatsContextAuth): string | null {
  if (auth.kind === "token") return encodeURIComponent(auth.token);
  if (auth.kind !== "user_password") return null;
  return `${encodeURIComponent(auth.user)}:${encodeURIComponent(auth.password)}`;
}

function addSecret(address: string, secret: string): string {
  return address.includes("://") ? address.replace("://", () => `://${secret}@`) : `nats://${secret}@${address}`;
}

function listOf(value: unknown): readonly string[] | null {
  const items = typeof value === "string" ? value.split(",") : Array.isArray(value) ? value.map(String) : [];
  const addresses = items.map((item) => item.trim()).filter((item) => item !== "");
  return addresses.length === 0 ? null : addresses;
}
