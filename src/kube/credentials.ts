import type { AgentOptions, RequestOptions } from "node:https";
import { Agent as HttpAgent } from "node:http";
import { AgentError } from "../lifecycle/errors.ts";
import { explainKubeconfigError } from "./explain_kubeconfig_error.ts";
import type { KubeAccess, KubeCredentials } from "./kube_access.ts";
import { createTlsAgent } from "./tls_agent.ts";

export interface KubeconfigOptions {
  /** The file to read; `null` reads `$KUBECONFIG` or `~/.kube/config` as kubectl does. */
  readonly path: string | null;
  /** The context to use; `null` is the file's current one. */
  readonly context: string | null;
}

/**
 * Access through a kubeconfig: client certificates, tokens, exec plugins, OIDC and proxies, all read by
 * `@kubernetes/client-node`. That package costs about 35 MB and half a second, so it is loaded here and only when called.
 */
export async function openKubeconfigAccess(options: KubeconfigOptions): Promise<KubeAccess> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  try {
    if (options.path === null) config.loadFromDefault();
    else config.loadFromFile(options.path);
  } catch (error) {
    // Without the cause: the parser's error quotes the file.
    throw new AgentError(
      "bad_input",
      `Cannot read the kubeconfig ${options.path ?? "in its default place"}: ${
        explainKubeconfigError(error)
      }; correct it, or name another one with --kubeconfig`,
    );
  }
  if (options.context !== null) {
    if (config.getContextObject(options.context) === null) {
      const known = config.getContexts().map((context) => context.name).join(", ");
      throw new AgentError(
        "bad_input",
        `The kubeconfig has no context "${options.context}"; it has: ${known || "none"}`,
      );
    }
    config.setCurrentContext(options.context);
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new AgentError(
      "bad_input",
      "The kubeconfig names no cluster for its current context; choose one with --context",
    );
  }
  const context = config.getContextObject(config.getCurrentContext());
  const source = `kubeconfig (context ${config.getCurrentContext()})`;
  const server = cluster.server.replace(/\/+$/, "");
  const plain = server.startsWith("http:");
  if (plain) {
    // The package refuses plain HTTP unless TLS verification is off, as kubectl does not; there is no TLS to verify.
    config.loadFromClusterAndUser({ ...cluster, skipTLSVerify: true }, config.getCurrentUser() ?? { name: "none" });
  }
  let agent: HttpAgent | null = null;

  async function load(): Promise<KubeCredentials> {
    const target: RequestOptions = { headers: {} };
    try {
      await config.applyToHTTPSOptions(target);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      // Without the cause: it quotes what should have been JSON, which is where the token stands.
      throw new AgentError(
        "bad_input",
        `Cannot log in with the ${source}: what its exec plugin printed, or its token, is not JSON where it should be; ` +
          "check the user of that context",
      );
    }
    if (agent === null) {
      // The package's own agent knows how to go through HTTP, HTTPS and SOCKS proxies; ours keeps connections open.
      if (cluster?.proxyUrl && target.agent instanceof HttpAgent) agent = target.agent;
      else if (plain) agent = new HttpAgent({ keepAlive: true });
      else agent = createTlsAgent({ ...tlsOptions(target), keepAlive: true });
    }
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(target.headers ?? {})) headers[name.toLowerCase()] = String(value);
    if (typeof target.auth === "string") headers.authorization = `Basic ${btoa(target.auth)}`;
    return { agent, headers };
  }

  return {
    server,
    source,
    namespace: context?.namespace ?? null,
    credentials: () => load(), // the package keeps and renews tokens itself
    close: () => agent?.destroy(),
  };
}

/** The part of request options that belongs to the connection. */
function tlsOptions(options: RequestOptions): AgentOptions {
  const { ca, cert, key, pfx, passphrase, servername, rejectUnauthorized } = options;
  const all = { ca, cert, key, pfx, passphrase, servername, rejectUnauthorized };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
