import type { ObjectRule } from "./object_rule.ts";
import type { FaultOwner, ObjectRef } from "./tracked_object.ts";

/** An object by its name. */
export const keyOf = ({ kind, namespace, name }: Omit<ObjectRef, "uid">) => `${kind}/${namespace}/${name}`;
/** A finding within its object. */
export const suspectKey = ({ id }: ObjectRule, container: string) => `${id}/${container}`;

/** One fault an owner, rule and container. */
export function faultKey({ id }: ObjectRule, container: string, namespace: string, owner: FaultOwner): string {
  return [id, namespace, `${owner.kind}/${owner.name}`, container].join("|");
}
