/** A request path of the Kubernetes API, taken apart. */
export interface Route {
  readonly apiVersion: string;
  readonly resource: string;
  readonly namespace: string | null;
  readonly name: string | null;
}

/** Takes apart `/api/v1/…` and `/apis/<group>/<version>/…`; `null` for any other path. */
export function parseRoute(path: string): Route | null {
  const parts = path.split("/").filter((part) => part !== "").map(decodeURIComponent);
  const core = parts[0] === "api";
  if (!core && parts[0] !== "apis") return null;
  const rest = parts.slice(core ? 2 : 3);
  const apiVersion = core ? parts[1] ?? "" : `${parts[1]}/${parts[2]}`;
  if (rest.length === 0) return null;
  if (rest[0] === "namespaces" && rest.length >= 3) {
    return { apiVersion, resource: rest[2] ?? "", namespace: rest[1] ?? "", name: rest[3] ?? null };
  }
  return { apiVersion, resource: rest[0] ?? "", namespace: null, name: rest[1] ?? null };
}
