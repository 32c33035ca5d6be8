import type { KubeClient } from "../src/kube/kube_client.ts";
import type { CliContext } from "./cli_context.ts";

/** A client for a subcommand, found as kubectl finds it. The code behind it is loaded only when it is called. */
export async function openCliKubeClient(
  context: CliContext,
  access: { readonly kubeconfig: string | null; readonly context: string | null },
): Promise<KubeClient> {
  const [{ openKubeAccess }, { createKubeHttpClient }, { readBuildInfo }] = await Promise.all([
    import("../src/kube/open_kube_access.ts"),
    import("../src/kube/kube_http_client.ts"),
    import("./build_info.ts"),
  ]);
  const opened = await openKubeAccess({ ...access, env: context.env });
  return createKubeHttpClient({ access: opened, userAgent: `agent/${readBuildInfo().version}` });
}
