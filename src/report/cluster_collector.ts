import type { KubeClient, KubeTraffic } from "../kube/kube_client.ts";
import { AgentError } from "../lifecycle/errors.ts";
import type { Collector } from "./collector.ts";
import { objectOf, textOf } from "../inventory/json_field.ts";

/** Reads the API server's version, which every authenticated client may. */
export function createClusterCollector(
  options: { readonly client: KubeClient; readonly onTraffic: (traffic: KubeTraffic) => void },
): Collector {
  return {
    name: "cluster",
    async collect(signal) {
      const answer = await options.client.request({ path: "/version", signal, onTraffic: options.onTraffic });
      const { gitVersion, platform } = objectOf(answer);
      if (textOf(gitVersion) === "") {
        throw new AgentError("failed", "Cannot read the cluster's version: /version has no gitVersion");
      }
      const version = textOf(gitVersion);
      return {
        data: { cluster: { version, git_version: version, platform: textOf(platform) } },
        objects: 1,
        errors: {},
      };
    },
  };
}
