import { CLUSTER_SCOPED_KINDS } from "../../src/events/cluster_scoped_kinds.ts";

/** Where an Event about an object of this kind stands, and the namespace that it gives the object: as client-go has it. */
export function eventPlace(kind: string, namespace = "shop"): { namespace: string; objectNamespace: string } {
  return CLUSTER_SCOPED_KINDS.has(kind)
    ? { namespace: "default", objectNamespace: "" }
    : { namespace, objectNamespace: namespace };
}
