import type { Cluster, User } from "@kubernetes/client-node";
import { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import { Agent as HttpAgent } from "node:http";
import type { AgentOptions, RequestOptions } from "node:https";
import { isDeepStrictEqual } from "node:util";
import { compact } from "../lifecycle/compact.ts";
import { tlsProblem } from "../lifecycle/tls_problem.ts";
import type { KubeAccess, KubeCredentials } from "./kube_access.ts";
import type { ChosenContext } from "./kubeconfig/choose_context.ts";
import { execInfo } from "./kubeconfig/exec_info.ts";
import { explainLoginError, loginError } from "./kubeconfig/explain_login_error.ts";
import { impersonationHeaders } from "./kubeconfig/impersonation_headers.ts";
import { type KubeconfigOptions, loadKubeconfig } from "./kubeconfig/load_kubeconfig.ts";
import { createTlsAgent } from "./tls_agent.ts";

/** client-go reads a token's file again once a minute (rest/transport.go, NewCachedFileTokenSource); so do we, and keys. */
const REREAD_MS = 60_000;

type Headers = Record<string, string | string[]>;

/** What was read last. */
interface Held {
  readonly credentials: KubeCredentials;
  readonly tls: AgentOptions;
  readonly readAt: number;
}

/**
 * Access through kubeconfig files, read as kubectl reads them. Exec plugins, OIDC and proxies are the work of
 * `@kubernetes/client-node`. That package costs about 35 MB and half a second, so it is loaded here and only when called.
 */
export async function openKubeconfigAccess(options: KubeconfigOptions): Promise<KubeAccess> {
  const chosen = await loadKubeconfig(options);
  const { KubeConfig } = await import("@kubernetes/client-node");
  const { server, user } = chosen;
  const plain = server.startsWith("http:");
  const dynamic = !plain && Boolean(user.exec ?? user["auth-provider"]);
  const parts = { cluster: clusterOf(chosen, plain), user: plain ? { name: "nobody" } : await userOf(chosen) };
  let held: Held | null = null;
  let loading: { readonly fresh: boolean; readonly result: Promise<KubeCredentials> } | null = null;

  const openPackage = () => {
    const config = new KubeConfig();
    config.loadFromClusterAndUser(parts.cluster, parts.user);
    return config;
  };
  let config = openPackage();

  async function load(fresh: boolean): Promise<KubeCredentials> {
    // The package keeps what a plugin gave it until that expires. Refused before, it has to go, with all that keeps it.
    if (fresh && user.exec) config = openPackage();
    let target = await applyCredentials(config);
    const tls = tlsOptions(target);
    const sameTls = held !== null && isDeepStrictEqual(held.tls, tls);
    if (held !== null && !sameTls && parts.cluster.proxyUrl) {
      config = openPackage(); // its agent has the certificate of before
      target = await applyCredentials(config);
    }
    const problem = sameTls || plain ? null : tlsProblem(tls);
    if (problem !== null) throw loginError(chosen, problem);
    const agent = held !== null && sameTls ? held.credentials.agent : agentOf(target, tls);
    if (held !== null && !sameTls) held.credentials.agent.destroy();
    const proof = await authorization(target);
    if (dynamic && proof.authorization === undefined && tls.cert === undefined) {
      const who = user.exec ? `its exec plugin ${user.exec.command}` : "its auth-provider";
      throw loginError(chosen, `${who} gave neither a token nor a certificate; log in with kubectl, then try again`);
    }
    const credentials = { agent, headers: { ...proof, ...impersonationHeaders(user) } };
    held = { credentials, tls, readAt: performance.now() };
    return credentials;
  }

  /** Whoever asks while the same is being read waits for that: a plugin may open a window, and one is enough. */
  function loadOnce(fresh: boolean): Promise<KubeCredentials> {
    if (loading !== null && (loading.fresh || !fresh)) return loading.result;
    const before = loading?.result.catch(() => {}) ?? Promise.resolve();
    const mine = { fresh, result: before.then(() => load(fresh)) };
    loading = mine;
    const done = () => {
      if (loading === mine) loading = null;
    };
    mine.result.then(done, done);
    return mine.result;
  }

  async function applyCredentials(from: InstanceType<typeof KubeConfig>): Promise<RequestOptions> {
    const target: RequestOptions = { headers: {} };
    try {
      await from.applyToHTTPSOptions(target);
      return target;
    } catch (error) {
      throw explainLoginError(error, chosen);
    }
  }

  function agentOf(target: RequestOptions, tls: AgentOptions): HttpAgent {
    // The package's own agent knows how to go through HTTP, HTTPS and SOCKS proxies; ours keeps connections open.
    if (parts.cluster.proxyUrl && target.agent instanceof HttpAgent) return target.agent;
    return plain ? new HttpAgent({ keepAlive: true }) : createTlsAgent({ ...tls, keepAlive: true });
  }

  /** As kubectl: nobody's secret goes over plain HTTP, and a token's file counts for more than a token. */
  async function authorization(target: RequestOptions): Promise<Headers> {
    if (plain) return {};
    const fromFile = user.tokenFile ? await readToken(user.tokenFile, user.token ?? null) : null;
    if (fromFile !== null) return { authorization: bearer(fromFile) };
    if (typeof target.auth === "string") {
      return { authorization: `Basic ${Buffer.from(target.auth).toString("base64")}` };
    }
    const headers: Headers = {};
    for (const [name, value] of Object.entries(target.headers ?? {})) headers[name.toLowerCase()] = String(value);
    if (typeof headers.authorization === "string") bearer(headers.authorization);
    return headers;
  }

  function bearer(token: string): string {
    if (/[^\x20-\x7e]/.test(token)) {
      throw loginError(chosen, "its token holds a line end or another character that no token has");
    }
    return `Bearer ${token}`;
  }

  /** The token in the file; where that can't be read the one beside it counts, if there is one. */
  async function readToken(path: string, otherwise: string | null): Promise<string | null> {
    try {
      const token = (await readFile(path, "utf8")).trim();
      if (token !== "") return token;
    } catch (error) {
      if (otherwise === null) throw explainLoginError(error, chosen);
    }
    if (otherwise === null) throw loginError(chosen, `its token's file ${path} is empty`);
    return null;
  }

  return {
    server,
    source: `kubeconfig (context ${chosen.name})`,
    namespace: chosen.namespace,
    kubeconfig: { path: chosen.file, context: chosen.name },
    credentials(fresh) {
      // A plugin says itself how long its credentials last: the package asks it again when they have expired.
      const young = held !== null && !dynamic && performance.now() - held.readAt < REREAD_MS;
      if (held !== null && young && !fresh) return Promise.resolve(held.credentials);
      return loadOnce(fresh);
    },
    close: () => held?.credentials.agent.destroy(),
  };
}

/** For the package. Where data and a file are given the data count, as in client-go; the package would take the file. */
function clusterOf({ cluster, server }: ChosenContext, plain: boolean): Cluster {
  const caData = cluster["certificate-authority-data"] || undefined;
  return compact({
    name: "chosen",
    server,
    caData,
    caFile: caData === undefined ? cluster["certificate-authority"] || undefined : undefined,
    // The package refuses plain HTTP unless TLS verification is off, as kubectl does not; there is no TLS to verify.
    skipTLSVerify: plain || cluster["insecure-skip-tls-verify"] === true,
    tlsServerName: cluster["tls-server-name"] || undefined,
    proxyUrl: cluster["proxy-url"] || undefined,
  });
}

/** For the package, which must have a user even where there is none: without one it forgets the cluster's CA. */
async function userOf({ user, cluster, server }: ChosenContext): Promise<User> {
  const certData = user["client-certificate-data"] || undefined;
  const keyData = user["client-key-data"] || undefined;
  const { exec } = user;
  return compact({
    name: "chosen",
    certData,
    certFile: certData === undefined ? user["client-certificate"] || undefined : undefined,
    keyData,
    keyFile: keyData === undefined ? user["client-key"] || undefined : undefined,
    token: user.token || undefined,
    username: user.username || undefined,
    password: user.username ? user.password ?? "" : undefined,
    authProvider: user["auth-provider"] ?? undefined,
    exec: exec
      ? {
        command: exec.command,
        args: exec.args ?? [],
        env: [...exec.env ?? [], { name: "KUBERNETES_EXEC_INFO", value: await execInfo(exec, cluster, server) }],
      }
      : undefined,
  });
}

/** The part of request options that belongs to the connection. */
function tlsOptions(options: RequestOptions): AgentOptions {
  const { ca, cert, key, pfx, passphrase, servername, rejectUnauthorized } = options;
  return compact({ ca, cert, key, pfx, passphrase, servername, rejectUnauthorized });
}
