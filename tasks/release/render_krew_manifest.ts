import { stringify } from "yaml";
import { archiveName, PACKAGE_SUMMARY, type ReleaseFacts } from "./render_formula.ts";

/** The plugin's name: `kubectl agent-faults`. `agent` alone would say nothing there. */
export const PLUGIN_NAME = "agent-faults";

const DESCRIPTION =
  `Reports faults of a Kubernetes cluster over NATS, with the incident that each belongs to and its cause, and reads what
such agents report: \`kubectl agent-faults tail\` follows the faults of a fleet, \`fleet\` lists its clusters, \`exec\` runs a
read-only command in one or all of them.
`;

/** agent-faults.yaml, the manifest of a kubectl plugin for krew. */
export function renderKrewManifest({ version, homepage, download, archives }: ReleaseFacts): string {
  return stringify({
    apiVersion: "krew.googlecontainertools.github.com/v1alpha2",
    kind: "Plugin",
    metadata: { name: PLUGIN_NAME },
    spec: {
      version: `v${version}`,
      homepage,
      shortDescription: PACKAGE_SUMMARY,
      description: DESCRIPTION,
      platforms: Object.entries(archives).map(([platform, sha256]) => {
        const [os, arch] = platform.split("/");
        return {
          selector: { matchLabels: { os, arch } },
          uri: `${download}/${archiveName(platform)}`,
          sha256,
          bin: "agent",
          files: [{ from: "agent", to: "." }, { from: "LICENSE", to: "." }],
        };
      }),
    },
  }, { lineWidth: 120 });
}
