import type { FieldTree } from "../kube/parse_fields.ts";
import { type JsonObject, listOf, objectOf, textOf, textsOf } from "../inventory/json_field.ts";

/** Labels by key. */
export type Labels = Readonly<Record<string, string>>;

/** What the rules read of a Service that selects pods. */
export interface ServiceView {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly selector: Labels;
  readonly isDeleted: boolean;
  /** Something else made it, which knows when it has pods. */
  readonly hasController: boolean;
  /** It had pods, and of no workload that is known: what made them is away, or at rest. */
  readonly lostPods: boolean;
}

/** The fields that `viewService` reads. */
export const SERVICE_RULE_FIELDS: FieldTree = {
  metadata: {
    name: true,
    namespace: true,
    uid: true,
    deletionTimestamp: true,
    ownerReferences: { controller: true },
  },
  spec: { type: true, selector: true },
};

/** Reads a Service; `null` for one that selects no pods: without a selector, or an alias (`ExternalName`). */
export function viewService(object: JsonObject): ServiceView | null {
  const [metadata, spec] = [objectOf(object.metadata), objectOf(object.spec)];
  const selector = textsOf(spec.selector);
  if (spec.type === "ExternalName" || Object.keys(selector).length === 0) return null;
  return {
    namespace: textOf(metadata.namespace),
    name: textOf(metadata.name),
    uid: textOf(metadata.uid),
    selector,
    isDeleted: metadata.deletionTimestamp !== undefined,
    hasController: listOf(metadata.ownerReferences).some((reference) => objectOf(reference).controller === true),
    lostPods: false,
  };
}

/** Whether a pod with these labels is selected. */
export function fits(selector: Labels, labels: Labels): boolean {
  for (const key in selector) if (Object.hasOwn(selector, key) && labels[key] !== selector[key]) return false;
  return true;
}

/** A selector as queries and kubectl write it. */
export function selectorText(selector: Labels): string {
  return Object.entries(selector).map(([key, value]) => `${key}=${value}`).join(",");
}
