import { Option } from "@commander-js/extra-typings";
import type { KubeAccessOptions } from "../src/kube/open_kube_access.ts";
import type { CliContext } from "./cli_context.ts";

/** `--kubeconfig` and `--context`, for `addOption`. */
export const KUBE_OPTIONS = {
  kubeconfig: new Option(
    "--kubeconfig <file>",
    "kubeconfig file (default: $KUBECONFIG, the pod's own account, ~/.kube/config)",
  ),
  context: new Option("--context <name>", "context in the kubeconfig (default: its current one)"),
};

/** How to find the API server, from `KUBE_OPTIONS` and the environment. */
export function readKubeAccess(
  context: Pick<CliContext, "env">,
  options: { readonly kubeconfig?: string; readonly context?: string },
): KubeAccessOptions {
  return { kubeconfig: options.kubeconfig ?? null, context: options.context ?? null, env: context.env };
}
