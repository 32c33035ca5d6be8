import type { FieldTree } from "../kube/parse_fields.ts";
import type { FeedStore } from "./feed_store.ts";
import { objectOf, textOf } from "./json_field.ts";

/** The fields that a name counter reads. */
export const NAME_FIELDS: FieldTree = { metadata: { name: true, namespace: true } };

/** Counts named objects by namespace from their metadata alone. */
export interface NameCounter extends FeedStore {
  count(namespace: string): number;
}

/** Creates an empty counter. It holds the names, so that a repeated or missed announcement can't put the count off. */
export function createNameCounter(): NameCounter {
  const names = new Map<string, Set<string>>();
  let total = 0;
  return {
    put(object) {
      const { namespace, name } = readKey(object);
      if (name === "") return false;
      let inNamespace = names.get(namespace);
      if (inNamespace === undefined) names.set(namespace, inNamespace = new Set());
      if (!inNamespace.has(name)) total++;
      inNamespace.add(name);
      return true;
    },
    delete(object) {
      const { namespace, name } = readKey(object);
      const inNamespace = names.get(namespace);
      if (inNamespace?.delete(name)) total--;
      if (inNamespace?.size === 0) names.delete(namespace);
      return name !== "";
    },
    size: () => total,
    count: (namespace) => names.get(namespace)?.size ?? 0,
  };
}

function readKey(object: unknown): { readonly namespace: string; readonly name: string } {
  const metadata = objectOf(objectOf(object).metadata);
  return { namespace: textOf(metadata.namespace), name: textOf(metadata.name) };
}
