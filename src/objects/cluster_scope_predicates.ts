import type { FieldTree } from "../kube/parse_fields.ts";
import { type JsonObject, objectOf, textOf } from "../inventory/json_field.ts";
import { conditionOf, quoted, stampOf, timeOf } from "./condition_of.ts";
import type { Finding } from "./object_rule.ts";

const CONDITIONS: FieldTree = { type: true, status: true, reason: true, message: true, lastTransitionTime: true };

/** The fields of a namespace that the rules read. */
export const NAMESPACE_RULE_FIELDS: FieldTree = {
  metadata: { name: true, uid: true, deletionTimestamp: true },
  status: { phase: true, conditions: CONDITIONS },
};
/** The fields of an APIService that the rules read. */
export const API_SERVICE_FIELDS: FieldTree = {
  metadata: { name: true, uid: true, deletionTimestamp: true },
  spec: { service: { name: true, namespace: true } },
  status: { conditions: CONDITIONS },
};

/** In the order of what helps most: a broken API stops everything else. */
const NAMESPACE_CONDITIONS = [
  "NamespaceDeletionDiscoveryFailure",
  "NamespaceDeletionGroupVersionParsingFailure",
  "NamespaceDeletionContentFailure",
  "NamespaceFinalizersRemaining",
  "NamespaceContentRemaining",
];

/** `lifecycle.namespace.stuck`: the conditions name finalizers, kinds, and the API group that does not answer. */
function namespaceStuck(object: JsonObject): readonly Finding[] {
  const [metadata, status] = [objectOf(object.metadata), objectOf(object.status)];
  const deletedMs = timeOf(metadata.deletionTimestamp);
  if (status.phase !== "Terminating" || deletedMs === null) return [];
  const present = NAMESPACE_CONDITIONS.map((type) => conditionOf(status, type)).filter((one) => one?.status === "True");
  return [{
    container: "",
    reason: present[0]?.reason || "Terminating",
    message: `Namespace ${textOf(metadata.name)} was deleted but does not terminate${
      quoted(present.map((one) => one?.message ?? "").filter((text) => text !== "").join("; "))
    }`,
    sinceMs: deletedMs,
    occurrence: stampOf(deletedMs),
  }];
}

/** `network.api_service.down`: the aggregator records no Event. */
function apiServiceDown(object: JsonObject): readonly Finding[] {
  const [metadata, spec, status] = [objectOf(object.metadata), objectOf(object.spec), objectOf(object.status)];
  const available = conditionOf(status, "Available");
  if (available === null || available.status === "True") return [];
  const { namespace, name } = objectOf(spec.service);
  const by = textOf(name) === "" ? "" : ` (Service ${textOf(namespace)}/${textOf(name)})`;
  return [{
    container: "",
    reason: available.reason || "Unavailable",
    message: `The API ${textOf(metadata.name)}${by} does not answer${quoted(available.message)}`,
    sinceMs: available.sinceMs,
    occurrence: stampOf(available.sinceMs),
  }];
}

/** The predicates that rules about namespaces and APIServices name. */
export const CLUSTER_SCOPE_PREDICATES: Readonly<Record<string, (object: JsonObject) => readonly Finding[]>> = {
  namespaceStuck,
  apiServiceDown,
};
