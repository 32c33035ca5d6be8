import { findResource, type Resource } from "./resource_table.ts";

/** A request path of the Kubernetes API, taken apart. */
export interface Route {
  readonly apiVersion: string;
  /** "" for the core group. */
  readonly group: string;
  /** The plural in the path: `events`. */
  readonly resource: string;
  /** The name under which the store keeps it: the plural, with the group where two groups share a plural. */
  readonly table: string;
  /** What the resource table knows; `null` for a resource that it does not know. */
  readonly known: Resource | null;
  readonly namespace: string | null;
  readonly name: string | null;
  readonly subresource: string | null;
}

/** Takes apart `/api/v1/…` and `/apis/<group>/<version>/…`; `null` for any other path. */
export function parseRoute(path: string): Route | null {
  const parts = path.split("/").filter((part) => part !== "").map(decodeURIComponent);
  const core = parts[0] === "api";
  if (!core && parts[0] !== "apis") return null;
  const rest = parts.slice(core ? 2 : 3);
  const group = core ? "" : parts[1] ?? "";
  const version = (core ? parts[1] : parts[2]) ?? "";
  if (rest.length === 0) return null;
  const scoped = rest[0] === "namespaces" && rest.length >= 3 && rest[2] !== "status";
  const [resource = "", name = null, subresource = null] = scoped ? rest.slice(2) : rest;
  return {
    apiVersion: core ? version : `${group}/${version}`,
    group,
    resource,
    table: tableName(group, resource),
    known: findResource(group, version, resource) ?? null,
    namespace: scoped ? rest[1] ?? "" : null,
    name,
    subresource,
  };
}

/** Events of both groups are one table; what metrics-server makes up is no node and no pod. */
export function tableName(group: string, resource: string): string {
  return group === "metrics.k8s.io" ? `${resource}.${group}` : resource;
}
