import { Command } from "@commander-js/extra-typings";
import type { CliContext } from "../cli_context.ts";
import { KUBE_OPTIONS, readKubeAccess } from "../kube_access.ts";
import { createOutputOption } from "../output_option.ts";

/** `agent detect-cluster`: which cluster this is, and how that is known. */
export function createDetectClusterCommand(context: CliContext) {
  return new Command("detect-cluster")
    .description("print the cluster's id, with what each method found")
    .option("-q, --quiet", "only the id", false)
    .addOption(KUBE_OPTIONS.kubeconfig)
    .addOption(KUBE_OPTIONS.context)
    .addOption(createOutputOption())
    .addHelpText("after", "\nExample:\n  agent detect-cluster --kubeconfig ~/.kube/config --output json")
    .action(async (options) => {
      const { runDetectCluster } = await import("../action/detect_cluster.ts");
      await runDetectCluster(context, {
        quiet: options.quiet,
        output: options.output,
        kubeAccess: readKubeAccess(context, options),
      });
    });
}
