import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AgentError } from "../lifecycle/errors.ts";
import type { KubeAccess, KubeCredentials } from "./kube_access.ts";
import { createTlsAgent } from "./tls_agent.ts";

/** Where the kubelet mounts a pod's service account (kubernetes.io docs, "Accessing the API from within a Pod"). */
export const SERVICE_ACCOUNT_DIR = "/var/run/secrets/kubernetes.io/serviceaccount";

/** client-go reads the token file again once a minute (rest/transport.go, NewCachedFileTokenSource); so do we. */
const REREAD_MS = 60_000;

interface InClusterOptions {
  readonly host: string;
  readonly port: string;
  /** The folder with `token`, `ca.crt` and `namespace`. */
  readonly serviceAccountDir: string;
}

/**
 * Access with the pod's own service account. Token and CA are read again every minute, and at once after a 401: bound
 * tokens expire within the hour and the kubelet replaces the file. Rejects with `not_permitted` when a file is missing.
 */
export async function openInClusterAccess(options: InClusterOptions): Promise<KubeAccess> {
  const host = options.host.includes(":") ? `[${options.host}]` : options.host;
  const namespace = await readFile(join(options.serviceAccountDir, "namespace"), "utf8").then(
    (text) => text.trim() || null,
    () => null,
  );
  let held: { credentials: KubeCredentials; ca: string; readAt: number } | null = null;

  async function load(): Promise<KubeCredentials> {
    const token = (await readServiceAccountFile(options.serviceAccountDir, "token")).trim();
    const ca = await readServiceAccountFile(options.serviceAccountDir, "ca.crt");
    const sameCa = held !== null && held.ca === ca;
    if (held !== null && !sameCa) held.credentials.agent.destroy();
    const agent = held !== null && sameCa
      ? held.credentials.agent
      : createTlsAgent({ ca, keepAlive: true, maxSockets: 16 });
    const credentials = { agent, headers: { authorization: `Bearer ${token}` } };
    held = { credentials, ca, readAt: performance.now() };
    return credentials;
  }

  await load(); // a missing file is a mistake of the installation: say it at the start
  return {
    server: `https://${host}:${options.port}`,
    source: `in-cluster (${options.serviceAccountDir})`,
    namespace,
    kubeconfig: null,
    credentials: (fresh) =>
      fresh || held === null || performance.now() - held.readAt > REREAD_MS
        ? load()
        : Promise.resolve(held.credentials),
    close: () => held?.credentials.agent.destroy(),
  };
}

async function readServiceAccountFile(dir: string, name: string): Promise<string> {
  try {
    return await readFile(join(dir, name), "utf8");
  } catch (cause) {
    throw new AgentError(
      "not_permitted",
      `Cannot read the service account's ${name} in ${dir}; mount the service account ` +
        `(automountServiceAccountToken: true) or set AGENT_SERVICE_ACCOUNT_DIR`,
      { cause },
    );
  }
}
