import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

/**
 * Whose credentials kubectl uses: the agent's own, never anything from a message.
 * `in-cluster`: the service account's files. `kubeconfig`: the file and context that the agent itself runs with.
 */
export type KubectlAccess =
  | {
    readonly kind: "in-cluster";
    /** `https://host:port` of the API server. */
    readonly server: string;
    readonly caFile: string;
    readonly tokenFile: string;
  }
  | { readonly kind: "kubeconfig"; readonly path: string; readonly context: string | null };

/**
 * The arguments that stand before every kubectl command. In a cluster this writes a kubeconfig (mode 0600) into `folder`
 * that names the token's file instead of holding the token: the kubelet may rotate it, and no token is ever on a
 * command line. kubectl's discovery cache lies in `folder` too, since its home is not writable.
 *
 * The policy knows none of these flags, so a message can't repeat one.
 */
export async function openKubectlAccess(access: KubectlAccess, folder: string): Promise<readonly string[]> {
  const cache = `--cache-dir=${join(folder, "kubectl-cache")}`;
  if (access.kind === "kubeconfig") {
    const context = access.context === null ? [] : [`--context=${access.context}`];
    return [`--kubeconfig=${resolve(access.path)}`, ...context, cache];
  }
  const path = join(folder, "kubeconfig");
  await writeFile(path, inClusterKubeconfig(access), { mode: 0o600, flag: "wx" });
  return [`--kubeconfig=${path}`, cache];
}

/** JSON is YAML, and quotes every value whatever it holds. */
function inClusterKubeconfig(access: Extract<KubectlAccess, { kind: "in-cluster" }>): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "agent",
    clusters: [{ name: "agent", cluster: { server: access.server, "certificate-authority": resolve(access.caFile) } }],
    users: [{ name: "agent", user: { tokenFile: resolve(access.tokenFile) } }],
    contexts: [{ name: "agent", context: { cluster: "agent", user: "agent" } }],
  });
}
