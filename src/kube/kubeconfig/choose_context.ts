import { dirname, isAbsolute, join, resolve, sep } from "node:path";
import type * as z from "zod/mini";
import { AgentError } from "../../lifecycle/errors.ts";
import {
  clusterSchema,
  contextSchema,
  type KubeconfigCluster,
  type KubeconfigUser,
  userSchema,
} from "./kubeconfig_parts.ts";
import { type KubeconfigFile, placeOf, unusable } from "./parse_kubeconfig.ts";

/** What one context means: a server, and somebody to be there. Paths are absolute. */
export interface ChosenContext {
  readonly name: string;
  readonly namespace: string | null;
  readonly cluster: KubeconfigCluster;
  readonly server: string;
  /** Without a key in it where the context names nobody. */
  readonly user: KubeconfigUser;
  /** The one file that holds all of it; `null` when it is merged from several. */
  readonly file: string | null;
}

/**
 * Chooses a context from several files by client-go's rules (tools/clientcmd/loader.go and validation.go): of each name
 * the first file's part counts as a whole, the first `current-context` counts, and paths are beside the file that they
 * stand in. Throws an `AgentError` that shows names of contexts and of keys, and no values.
 */
export function chooseContext(files: readonly KubeconfigFile[], wanted: string | null): ChosenContext {
  const name = wanted ?? files.map(({ currentContext }) => currentContext).find((current) => current !== "") ?? null;
  if (name === null) throw noContext(files, "The kubeconfig chooses no context (current-context)");
  const context = find(files, "contexts", name, contextSchema);
  if (context === null) throw noContext(files, `The kubeconfig has no context ${JSON.stringify(name)}`);
  const cluster = find(files, "clusters", context.part.cluster ?? "", clusterSchema);
  if (cluster === null || !cluster.part.server) {
    throw noContext(files, `The kubeconfig has no cluster with a server for its context ${JSON.stringify(name)}`);
  }
  const { user: userName } = context.part;
  const user = userName ? find(files, "users", userName, userSchema) : null;
  if (user !== null) refuseUser(user);
  const server = serverUrl(cluster, user?.part ?? {});
  refuseCluster(cluster, server);
  const sources = new Set([context, cluster, ...(user === null ? [] : [user])].map(({ path }) => path));
  return {
    name,
    namespace: context.part.namespace || null,
    cluster: withAbsolutePaths(cluster.part, cluster.path, ["certificate-authority"]),
    server,
    user: user === null ? {} : withAbsoluteUserPaths(user.part, user.path),
    file: sources.size === 1 ? context.path : null,
  };
}

interface Found<Part> {
  readonly part: Part;
  readonly path: string;
}

function find<Part>(
  files: readonly KubeconfigFile[],
  list: "clusters" | "users" | "contexts",
  name: string,
  schema: z.core.$ZodType<Part> & { safeParse(value: unknown): z.core.util.SafeParseResult<Part> },
): Found<Part> | null {
  const file = files.find((each) => each[list].has(name));
  if (file === undefined) return null;
  const parsed = schema.safeParse(file[list].get(name) ?? {});
  if (parsed.success) return { part: parsed.data, path: file.path };
  const [issue] = parsed.error.issues;
  const place = placeOf([list.slice(0, -1), ...(issue?.path ?? [])]);
  const wanted = issue?.code === "invalid_type" ? WANTED[issue.expected] : undefined;
  throw unusable(file.path, `${place} is not ${wanted ?? "what belongs there"}`);
}

const WANTED: Readonly<Record<string, string>> = {
  string: "a text; put a number in quotes",
  array: "a list",
  boolean: "true or false",
  object: "a mapping",
  record: "a mapping",
};

const PROXIES: ReadonlySet<string> = new Set(["http:", "https:", "socks5:", "socks5h:"]);

/** What client-go refuses of a cluster: where it is not clear whether anybody is to be trusted, and unknown proxies. */
function refuseCluster({ part: cluster, path }: Found<KubeconfigCluster>, server: string): void {
  refuseBadBase64(cluster, ["certificate-authority-data"], "cluster", path);
  const authority = cluster["certificate-authority"] || cluster["certificate-authority-data"];
  if (server.startsWith("https:") && authority && cluster["insecure-skip-tls-verify"]) {
    throw unusable(path, "its cluster has a certificate-authority and insecure-skip-tls-verify; only one is allowed");
  }
  const proxy = cluster["proxy-url"];
  if (proxy && !(URL.canParse(proxy) && PROXIES.has(new URL(proxy).protocol))) {
    throw unusable(path, "its cluster's proxy-url is not a URL that begins with http://, https:// or socks5://");
  }
}

function refuseBadBase64<Part extends object>(part: Part, keys: readonly (keyof Part)[], place: string, path: string) {
  for (const key of keys) {
    const data = part[key];
    if (typeof data === "string" && !/^[A-Za-z0-9+/]*={0,2}$/.test(data.replace(/\s+/g, ""))) {
      throw unusable(path, `${placeOf([place, String(key)])} is not Base64`);
    }
  }
}

/** What client-go refuses, rather than choosing one of two for the user. */
function refuseUser({ part: user, path }: Found<KubeconfigUser>): void {
  const refuse = (problem: string) => {
    throw unusable(path, `its user ${problem}`);
  };
  if (user.token && (user.username || user.password)) refuse("has a token and a password; only one is allowed");
  const impersonatesMore = (user["as-groups"] ?? []).length > 0 || user["as-uid"] ||
    Object.keys(user["as-user-extra"] ?? {}).length > 0;
  if (impersonatesMore && !user.as) refuse("has as-groups, as-uid or as-user-extra without as");
  const certificate = user["client-certificate"] || user["client-certificate-data"];
  if (certificate && !user["client-key"] && !user["client-key-data"]) {
    refuse("has a client-certificate without a client-key");
  }
  refuseBadBase64(user, ["client-certificate-data", "client-key-data"], "user", path);
  const { exec, "auth-provider": provider } = user;
  if (provider && !exec && provider.name !== "oidc") {
    const plugin = EXEC_PLUGINS[provider.name];
    refuse(
      `has the auth-provider ${JSON.stringify(provider.name)}, which Kubernetes no longer has; use an exec plugin` +
        (plugin === undefined ? "" : `, ${plugin}`),
    );
  }
  if (!exec) return;
  if (provider) refuse("has exec and auth-provider; only one is allowed");
  if (!exec.command) refuse("has exec without a command");
  if (!EXEC_VERSIONS.includes(exec.apiVersion ?? "")) {
    refuse(`has exec with another apiVersion than ${EXEC_VERSIONS.join(" or ")}`);
  }
  if (exec.interactiveMode === "Always") refuse("has exec with interactiveMode Always, and the agent has no terminal");
}

/** What took the place of the providers that client-go 1.26 left out. */
const EXEC_PLUGINS: Readonly<Record<string, string>> = { gcp: "gke-gcloud-auth-plugin", azure: "kubelogin" };

const EXEC_VERSIONS = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];

/** A server without a scheme is one with TLS where anything says so (rest.DefaultServerUrlFor). */
function serverUrl({ part: cluster, path }: Found<KubeconfigCluster>, user: KubeconfigUser): string {
  const given = cluster.server ?? "";
  const tls = cluster["certificate-authority"] || cluster["certificate-authority-data"] ||
    cluster["insecure-skip-tls-verify"] || user["client-certificate"] || user["client-certificate-data"];
  const url = given.includes("://") ? given : `${tls ? "https" : "http"}://${given}`;
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) throw unusable(path, "its cluster's server is not a URL");
  const { origin, pathname } = new URL(url);
  return origin + pathname.replace(/\/+$/, "");
}

function withAbsolutePaths<Part extends object>(part: Part, file: string, keys: readonly (keyof Part)[]): Part {
  const folder = dirname(resolve(file));
  const absolute: Partial<Record<keyof Part, string>> = {};
  for (const key of keys) {
    const path = part[key];
    if (typeof path === "string" && path !== "" && !isAbsolute(path)) absolute[key] = join(folder, path);
  }
  return { ...part, ...absolute };
}

function withAbsoluteUserPaths(user: KubeconfigUser, file: string): KubeconfigUser {
  const { exec, ...rest } = withAbsolutePaths(user, file, ["client-certificate", "client-key", "tokenFile"]);
  // A bare name is looked for in $PATH, whatever lies beside the file.
  const beside = exec?.command?.includes(sep) ? withAbsolutePaths(exec, file, ["command"]) : exec;
  return { ...rest, exec: beside };
}

function noContext(files: readonly KubeconfigFile[], problem: string): AgentError {
  const names = new Set(files.flatMap(({ contexts }) => [...contexts.keys()]));
  const known = [...names].join(", ").replace(/\p{Cc}/gu, "?");
  return new AgentError("bad_input", `${problem}; choose one with --context: it has ${known || "none"}`);
}
