import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { AgentError } from "../lifecycle/errors.ts";
import { openInClusterAccess, SERVICE_ACCOUNT_DIR } from "./in_cluster_access.ts";
import type { KubeAccess } from "./kube_access.ts";
import type { KubeconfigOptions } from "./kubeconfig/load_kubeconfig.ts";

export interface KubeAccessOptions {
  /** `--kubeconfig` and `--context`; `null` when not given. */
  readonly kubeconfig: string | null;
  readonly context: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Where the credentials will come from, decided without reading them. */
export type KubeAccessPlan =
  | ({ readonly kind: "kubeconfig" } & KubeconfigOptions)
  | { readonly kind: "in-cluster"; readonly host: string; readonly port: string; readonly serviceAccountDir: string };

/**
 * Finds the API server as kubectl does: what was named (`--kubeconfig`, `--context`, `$KUBECONFIG`) comes first, then the
 * pod's service account, then `~/.kube/config`. Throws `bad_usage` when there is nothing to use.
 */
export function planKubeAccess(options: KubeAccessOptions): KubeAccessPlan {
  const { kubeconfig, context, env } = options;
  if (kubeconfig !== null) return { kind: "kubeconfig", files: [kubeconfig], required: true, context };
  const listed = [...new Set((env.KUBECONFIG ?? "").split(delimiter).filter((file) => file !== ""))];
  if (listed.length > 0) return { kind: "kubeconfig", files: listed, required: false, context };
  const host = env.KUBERNETES_SERVICE_HOST;
  const serviceAccountDir = env.AGENT_SERVICE_ACCOUNT_DIR ?? SERVICE_ACCOUNT_DIR;
  if (context === null && host && existsSync(join(serviceAccountDir, "token"))) {
    return { kind: "in-cluster", host, port: env.KUBERNETES_SERVICE_PORT ?? "443", serviceAccountDir };
  }
  const home = join(env.HOME ?? homedir(), ".kube", "config");
  if (existsSync(home)) return { kind: "kubeconfig", files: [home], required: true, context };
  throw new AgentError(
    "bad_usage",
    `Cannot find a Kubernetes cluster: no --kubeconfig, no $KUBECONFIG, no service account in ${serviceAccountDir} and no ${home}; ` +
      "name a kubeconfig with --kubeconfig",
  );
}

/** Finds the API server and opens it. */
export function openKubeAccess(options: KubeAccessOptions): Promise<KubeAccess> {
  return openPlannedKubeAccess(planKubeAccess(options));
}

/** Opens what `planKubeAccess` found. The kubeconfig path loads its heavy package only when it is taken. */
export async function openPlannedKubeAccess(plan: KubeAccessPlan): Promise<KubeAccess> {
  if (plan.kind === "in-cluster") return openInClusterAccess(plan);
  const { openKubeconfigAccess } = await import("./credentials.ts");
  return openKubeconfigAccess(plan);
}
