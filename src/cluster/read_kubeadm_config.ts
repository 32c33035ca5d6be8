import { parseDocument } from "yaml";
import { errorMessage } from "../lifecycle/errors.ts";
import { absent } from "./fact.ts";
import { type Finding, finding } from "./finding.ts";
import { type StringMap, textAt } from "./object_shape.ts";

/** kubeadm writes about 1 KB; a ConfigMap can hold 1 MB of YAML that takes long to read. */
const YAML_LIMIT = 64 * 1024;

/** `clusterName` in the YAML inside kube-system/kubeadm-config, unless it is `kubernetes`, which every cluster has by default. */
export function kubeadmClusterName(data: StringMap): Finding {
  const yaml = data.get("ClusterConfiguration");
  if (yaml === undefined) return absent("kubeadm-config holds no ClusterConfiguration");
  if (yaml.length > YAML_LIMIT) return absent(`ClusterConfiguration is larger than ${YAML_LIMIT} characters`);
  try {
    const document = parseDocument(yaml, { logLevel: "silent" });
    const [problem] = document.errors;
    if (problem) return absent(`ClusterConfiguration is no valid YAML: ${firstLine(problem.message)}`);
    const name = textAt(document.toJS({ maxAliasCount: 10 }), "clusterName");
    if (name === "kubernetes") return absent("clusterName is kubernetes, kubeadm's default for every cluster");
    return finding(name, "clusterName in kubeadm-config", "ClusterConfiguration names no cluster");
  } catch (error) {
    return absent(`ClusterConfiguration can't be read: ${firstLine(errorMessage(error))}`);
  }
}

function firstLine(text: string): string {
  return (text.split("\n")[0] ?? "").slice(0, 200);
}
