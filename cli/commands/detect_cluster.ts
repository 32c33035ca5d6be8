import { Command } from "@commander-js/extra-typings";
import type { FactClient } from "../../src/cluster/gather_facts.ts";
import type { CliContext } from "../cli_context.ts";
import { KUBE_OPTIONS } from "../kube_access.ts";
import { createOutputOption } from "../output_option.ts";

interface DetectClusterPorts {
  /** Opens the API server as kubectl finds it; rejects with an `AgentError`. */
  openKubeClient(
    access: { readonly kubeconfig: string | null; readonly context: string | null },
  ): Promise<FactClient & { close(): void }>;
}

/** `agent detect-cluster`: which cluster this is, and how that is known. */
export function createDetectClusterCommand(context: CliContext, ports: DetectClusterPorts) {
  return new Command("detect-cluster")
    .description("print the cluster's id, provider, name and region, with what each method found")
    .option("--from <file>", "read a dump of the cluster's objects instead of asking it; - is standard input")
    .option("--provider-id", "make the id readable: <provider>-<name>-<region>-<digits>", false)
    .option("-q, --quiet", "only the id", false)
    .addOption(KUBE_OPTIONS.kubeconfig)
    .addOption(KUBE_OPTIONS.context)
    .addOption(createOutputOption())
    .action(async (options) => {
      const { runDetectCluster } = await import("../action/detect_cluster.ts");
      await runDetectCluster(context, {
        from: options.from ?? null,
        style: options.providerId ? "provider" : "uid",
        quiet: options.quiet,
        output: options.output,
        openKubeClient: () =>
          ports.openKubeClient({ kubeconfig: options.kubeconfig ?? null, context: options.context ?? null }),
      });
    });
}
