import { openInClusterAccess } from "../../src/kube/in_cluster_access.ts";
import type { KubeClient } from "../../src/kube/kube_client.ts";
import { createKubeHttpClient, type KubeHttpClientOptions } from "../../src/kube/kube_http_client.ts";

/** Opens the program's own client on a server whose service account folder is at hand. */
export async function openTestClient(
  server: { readonly port: number; readonly serviceAccountDir: string },
  options: Pick<KubeHttpClientOptions, "timeoutMs"> = {},
): Promise<KubeClient> {
  const access = await openInClusterAccess({
    host: "127.0.0.1",
    port: String(server.port),
    serviceAccountDir: server.serviceAccountDir,
  });
  return createKubeHttpClient({ access, userAgent: "agent/test", ...options });
}
