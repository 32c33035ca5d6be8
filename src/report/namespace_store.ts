import type { FieldTree } from "../kube/parse_fields.ts";
import { type Allowlists, pickAllowed } from "../inventory/allowlist.ts";
import type { FeedStore } from "../inventory/feed_store.ts";
import { objectOf, textOf, textsOf } from "../inventory/json_field.ts";

/** What a report says of a namespace, apart from what is in it. */
export interface NamespaceRecord {
  readonly name: string;
  readonly status: string;
  readonly created: string;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
}

/** The fields that `readNamespace` reads. */
export const NAMESPACE_FIELDS: FieldTree = {
  metadata: { name: true, creationTimestamp: true, labels: true, annotations: true },
  status: { phase: true },
};

export interface NamespaceStore extends FeedStore {
  namespaces(): readonly NamespaceRecord[];
}

/** Reads a Namespace object; `null` when it has no name. */
export function readNamespace(object: unknown, allow: Allowlists): NamespaceRecord | null {
  const { metadata, status } = objectOf(object);
  const { name, creationTimestamp, labels, annotations } = objectOf(metadata);
  if (textOf(name) === "") return null;
  return {
    name: textOf(name),
    status: textOf(objectOf(status).phase),
    created: textOf(creationTimestamp),
    labels: pickAllowed(textsOf(labels), allow.labels),
    annotations: pickAllowed(textsOf(annotations), allow.annotations),
  };
}

/** Creates an empty store of namespaces. */
export function createNamespaceStore(allow: Allowlists): NamespaceStore {
  const known = new Map<string, NamespaceRecord>();
  return {
    put(object) {
      const namespace = readNamespace(object, allow);
      if (namespace !== null) known.set(namespace.name, namespace);
      return namespace !== null;
    },
    delete(object) {
      const name = textOf(objectOf(objectOf(object).metadata).name);
      known.delete(name);
      return name !== "";
    },
    size: () => known.size,
    namespaces: () => [...known.values()],
  };
}
