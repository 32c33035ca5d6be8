import type { Command } from "@commander-js/extra-typings";
import type { KubeAccessOptions } from "../src/kube/open_kube_access.ts";
import type { CliContext } from "./cli_context.ts";

/** Adds `--kubeconfig` and `--context`. */
export function addKubeOptions<Args extends unknown[], Opts extends Record<string, unknown>>(
  command: Command<Args, Opts>,
) {
  return command
    .option("--kubeconfig <file>", "kubeconfig file (default: $KUBECONFIG, the pod's own account, ~/.kube/config)")
    .option("--context <name>", "context in the kubeconfig");
}

/** How to find the API server, from the options that `addKubeOptions` added and the environment. */
export function readKubeAccess(
  context: Pick<CliContext, "env">,
  options: { readonly kubeconfig?: string; readonly context?: string },
): KubeAccessOptions {
  return { kubeconfig: options.kubeconfig ?? null, context: options.context ?? null, env: context.env };
}
