import { readFile } from "node:fs/promises";
import { compact } from "../../lifecycle/compact.ts";
import type { KubeconfigCluster, KubeconfigExec } from "./kubeconfig_parts.ts";

/** The cluster's extension that is meant for exec plugins. */
const EXEC_EXTENSION = "client.authentication.k8s.io/exec";

/**
 * What a plugin finds in `KUBERNETES_EXEC_INFO` (https://kubernetes.io/docs/reference/access-authn-authz/authentication/,
 * "client-go credential plugins"): that nobody can answer it, and the cluster where it asks for that.
 */
export async function execInfo(exec: KubeconfigExec, cluster: KubeconfigCluster, server: string): Promise<string> {
  return JSON.stringify({
    apiVersion: exec.apiVersion,
    kind: "ExecCredential",
    spec: compact({
      cluster: exec.provideClusterInfo ? await describeCluster(cluster, server) : undefined,
      interactive: false,
    }),
  });
}

async function describeCluster(cluster: KubeconfigCluster, server: string): Promise<Record<string, unknown>> {
  const { "certificate-authority-data": data, "certificate-authority": file } = cluster;
  return compact({
    server,
    "tls-server-name": cluster["tls-server-name"] ?? undefined,
    "insecure-skip-tls-verify": cluster["insecure-skip-tls-verify"] ?? undefined,
    "certificate-authority-data": data || (file ? (await readFile(file)).toString("base64") : undefined),
    "proxy-url": cluster["proxy-url"] ?? undefined,
    config: cluster.extensions?.find(({ name }) => name === EXEC_EXTENSION)?.extension,
  });
}
