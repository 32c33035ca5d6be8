/** The paths of a namespaced resource: one for the whole cluster, or one for each of `namespaces`. */
export function collectionPaths(resource: string, namespaces: readonly string[], base = "/api/v1"): readonly string[] {
  if (namespaces.length === 0) return [`${base}/${resource}`];
  return namespaces.map((namespace) => `${base}/namespaces/${encodeURIComponent(namespace)}/${resource}`);
}
