import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface KubeconfigFacts {
  readonly server: string;
  readonly ca: string | null;
  readonly token: string;
}

/** The text of a kubeconfig with one cluster, one user and one context. JSON is YAML. */
export function renderKubeconfig({ server, ca, token }: KubeconfigFacts): string {
  const cluster = ca === null
    ? { server }
    : { server, "certificate-authority-data": Buffer.from(ca).toString("base64") };
  return JSON.stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      "current-context": "test",
      clusters: [{ name: "test", cluster }],
      users: [{ name: "test", user: { token } }],
      contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
    },
    null,
    2,
  );
}

export interface ServiceAccountFiles {
  readonly token: string;
  readonly ca: string;
  readonly namespace?: string;
}

/** Writes what the kubelet mounts into a pod (`token`, `ca.crt`, `namespace`); returns `folder`. */
export async function writeServiceAccountDir(folder: string, files: ServiceAccountFiles): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "token"), files.token);
  await writeFile(join(folder, "ca.crt"), files.ca);
  await writeFile(join(folder, "namespace"), files.namespace ?? "default");
  return folder;
}

/** The environment in which a program believes that it runs in a pod. */
export function inClusterEnv(url: string, serviceAccountDir: string): Record<string, string> {
  const { hostname, port } = new URL(url);
  return {
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT: port,
    AGENT_SERVICE_ACCOUNT_DIR: serviceAccountDir,
  };
}
