import type { ClusterView } from "./cluster_view.ts";

type NamedCluster =
  | { readonly kind: "found"; readonly id: string }
  | { readonly kind: "several"; readonly ids: readonly string[] }
  | { readonly kind: "none" };

/**
 * The cluster that a person means: by its id, its name, or a prefix of either that fits one cluster only. An exact id
 * wins over names, an exact name over prefixes.
 */
export function findCluster(
  text: string,
  clusters: readonly Pick<ClusterView, "id" | "name">[],
): NamedCluster {
  const tries: readonly ((cluster: Pick<ClusterView, "id" | "name">) => boolean)[] = [
    ({ id }) => id === text,
    ({ name }) => name === text,
    ({ id, name }) => id.startsWith(text) || (name?.startsWith(text) ?? false),
  ];
  for (const fits of tries) {
    const ids = clusters.filter(fits).map(({ id }) => id).sort();
    const [only] = ids;
    if (ids.length === 1 && only !== undefined) return { kind: "found", id: only };
    if (ids.length > 1) return { kind: "several", ids };
  }
  return { kind: "none" };
}
