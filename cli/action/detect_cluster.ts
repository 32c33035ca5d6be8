import { identifyCluster } from "../../src/cluster/identify_cluster.ts";
import { createKubeHttpClient } from "../../src/kube/kube_http_client.ts";
import { type KubeAccessOptions, openKubeAccess } from "../../src/kube/open_kube_access.ts";
import { AgentError } from "../../src/lifecycle/errors.ts";
import { readBuildInfo } from "../build_info.ts";
import type { CliContext } from "../cli_context.ts";

export interface DetectClusterOptions {
  readonly quiet: boolean;
  readonly output: "text" | "json";
  readonly kubeAccess: KubeAccessOptions;
}

/** Asks the API server once. Without an id it fails: 69 when there was no answer, 77 when the answer was no. */
export async function runDetectCluster(context: CliContext, options: DetectClusterOptions): Promise<void> {
  const access = await openKubeAccess(options.kubeAccess);
  const client = createKubeHttpClient({ access, userAgent: `agent/${readBuildInfo().version}` });
  try {
    const finding = await identifyCluster({ client, configuredId: context.env.CLUSTER_ID ?? "" }, context.signal);
    if (finding.kind !== "identified") {
      throw new AgentError(finding.kind === "unreachable" ? "unreachable" : "not_permitted", finding.reason);
    }
    const { identity } = finding;
    if (options.quiet) return void context.stdout.write(`${identity.id}\n`);
    if (options.output === "json") return void context.stdout.write(`${JSON.stringify(identity)}\n`);
    const lines = identity.evidence.map(({ method, found, detail }) => `${found ? "+" : "-"} ${method}: ${detail}`);
    context.stdout.write([identity.id, ...lines].map((line) => `${line}\n`).join(""));
  } finally {
    client.close();
  }
}
