import type { Command } from "@commander-js/extra-typings";

/** How to find the API server, as kubectl finds it. What is undefined is looked up in the environment. */
export interface KubeAccess {
  /** A kubeconfig file named on the command line. */
  readonly kubeconfig?: string;
  /** A context named on the command line. */
  readonly context?: string;
}

/** Adds `--kubeconfig` and `--context`. */
export function addKubeOptions<Args extends unknown[], Opts extends Record<string, unknown>>(
  command: Command<Args, Opts>,
) {
  return command
    .option("--kubeconfig <file>", "kubeconfig file (default: $KUBECONFIG, ~/.kube/config, or the pod's own account)")
    .option("--context <name>", "context in the kubeconfig");
}

/** Reads the options that `addKubeOptions` added. */
export function readKubeAccess(options: { readonly kubeconfig?: string; readonly context?: string }): KubeAccess {
  return {
    ...(options.kubeconfig === undefined ? {} : { kubeconfig: options.kubeconfig }),
    ...(options.context === undefined ? {} : { context: options.context }),
  };
}
