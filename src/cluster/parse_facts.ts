import type { InfrastructureFact, NamespaceFact } from "./cluster_facts.ts";
import { fieldAt, stringMapAt, textAt } from "./object_shape.ts";

/** Reads the namespace kube-system; `null` when the answer is something else (a proxy's page, another object). */
export function parseKubeSystem(value: unknown): NamespaceFact | null {
  if (textAt(value, "metadata", "name") !== "kube-system") return null;
  return {
    uid: textAt(value, "metadata", "uid").toLowerCase(),
    annotations: stringMapAt(value, "metadata", "annotations"),
  };
}

/** The platforms of OpenShift whose status names a region. */
const REGIONAL_PLATFORMS = ["aws", "gcp", "powervs", "alibabacloud"];

/** Reads OpenShift's `Infrastructure/cluster`. */
export function parseInfrastructure(value: unknown): InfrastructureFact {
  const platform = fieldAt(value, "status", "platformStatus");
  const region = REGIONAL_PLATFORMS.map((name) => textAt(platform, name, "region")).find((text) => text !== "");
  return { name: textAt(value, "status", "infrastructureName"), region: region ?? "" };
}
