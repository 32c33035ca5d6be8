import { Agent } from "node:https";
import * as z from "zod";
import { compact } from "../../src/lifecycle/compact.ts";
import type { ControlPlane } from "./control_plane.ts";
import { type JsonResponse, requestJson } from "./https_json.ts";

/** The API server as one service account sees it. */
export interface AccountView extends Disposable {
  readonly token: string;
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<JsonResponse>;
  /** What RBAC says, for verbs that no request has (`impersonate`, `bind`). */
  may(right: AskedRight): Promise<boolean>;
}

export interface AskedRight {
  readonly verb: string;
  readonly group: string;
  /** With its subresource: `pods/exec`. */
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** A resource or subresource that the API server serves. */
export interface ServedResource {
  readonly group: string;
  readonly groupVersion: string;
  readonly resource: string;
  readonly namespaced: boolean;
}

const reviewSchema = z.object({ status: z.object({ allowed: z.boolean() }) });
const groupsSchema = z.object({
  groups: z.array(z.object({ preferredVersion: z.object({ groupVersion: z.string() }) })),
});
const resourcesSchema = z.object({
  groupVersion: z.string(),
  resources: z.array(z.object({ name: z.string(), namespaced: z.boolean() })),
});

/** Looks at the API server with a token of the account's own. */
export async function openAccountView(plane: ControlPlane, namespace: string, name: string): Promise<AccountView> {
  const token = await plane.createServiceAccountToken(namespace, name);
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const request: AccountView["request"] = (method, path, body, headers = {}) =>
    requestJson(plane.url + path, {
      method,
      ca: plane.ca,
      token,
      headers,
      agent,
      ...compact({ body }),
    });
  return {
    token,
    request,
    async may({ verb, group, resource, namespace = "", name = "" }) {
      const [kind, subresource = ""] = resource.split("/");
      const answer = await request("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectAccessReview",
        spec: { resourceAttributes: { verb, group, resource: kind, subresource, namespace, name } },
      });
      return reviewSchema.parse(answer.json).status.allowed;
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

/** Every resource and subresource that the API server has. */
export async function discoverResources(plane: ControlPlane): Promise<ServedResource[]> {
  const { groups } = groupsSchema.parse((await plane.request("GET", "/apis")).json);
  const paths = ["/api/v1", ...groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`)];
  const found: ServedResource[] = [];
  for (const path of paths) {
    const { groupVersion, resources } = resourcesSchema.parse((await plane.request("GET", path)).json);
    const group = groupVersion.includes("/") ? groupVersion.split("/", 1)[0] ?? "" : "";
    found.push(...resources.map(({ name, namespaced }) => ({ group, groupVersion, resource: name, namespaced })));
  }
  return found;
}

/** How each verb looks on the wire. `one`: it is about a named object. Nothing is changed if it should be allowed. */
const CALLS: readonly { verb: string; method: string; one: boolean; query: string }[] = [
  { verb: "get", method: "GET", one: true, query: "" },
  { verb: "list", method: "GET", one: false, query: "?limit=1" },
  { verb: "watch", method: "GET", one: false, query: "?watch=1&timeoutSeconds=1" },
  { verb: "create", method: "POST", one: false, query: "?dryRun=All" },
  { verb: "update", method: "PUT", one: true, query: "?dryRun=All" },
  { verb: "patch", method: "PATCH", one: true, query: "?dryRun=All" },
  { verb: "delete", method: "DELETE", one: true, query: "?dryRun=All" },
  { verb: "deletecollection", method: "DELETE", one: false, query: "?dryRun=All" },
];

/**
 * Sends a real request for every verb of every resource, and returns how many, and what is not answered with 403 as
 * `verb group/resource`. Objects are those of `namespace`, none of which is named `x`; with `null`, whole lists over all
 * namespaces are asked for. A subresource exists of named objects only, and has no list.
 */
export async function walkRights(
  account: AccountView,
  resources: readonly ServedResource[],
  namespace: string | null,
): Promise<{ readonly asked: number; readonly allowed: readonly string[] }> {
  const calls = resources.flatMap(({ group, groupVersion, resource, namespaced }) => {
    const [kind = "", subresource] = resource.split("/");
    const root = groupVersion.includes("/") ? `/apis/${groupVersion}` : `/api/${groupVersion}`;
    const scope = namespaced && namespace !== null ? `/namespaces/${namespace}` : "";
    return CALLS.flatMap(({ verb, method, one, query }) => {
      if (namespace === null && (!namespaced || one || verb === "create")) return [];
      if (subresource !== undefined && (namespace === null || ["list", "watch", "deletecollection"].includes(verb))) {
        return [];
      }
      const object = one || subresource !== undefined ? "/x" : "";
      const path = `${root}${scope}/${kind}${object}${subresource === undefined ? "" : `/${subresource}`}${query}`;
      return [{ right: `${verb} ${group}/${resource}`, method, path }];
    });
  });
  const allowed: string[] = [];
  for (let from = 0; from < calls.length; from += 64) {
    const part = calls.slice(from, from + 64);
    const answers = await Promise.all(part.map(({ method, path }) => account.request(method, path, bodyOf(method))));
    allowed.push(...part.filter((_, index) => answers[index]?.status !== 403).map(({ right }) => right));
  }
  return { asked: calls.length, allowed: allowed.sort() };
}

const bodyOf = (method: string) => method === "GET" || method === "DELETE" ? undefined : {};

/** The rows of `kubectl auth can-i --list`, each right as `verb resource.group name`; what is no resource is left out. */
export function parseCanIList(table: string): string[] {
  const lists = /^(\S*)\s+\[(.*?)\]\s+\[(.*?)\]\s+\[(.*?)\]$/;
  return table.split("\n").slice(1).flatMap((line) => {
    const [, resource = "", , names = "", verbs = ""] = lists.exec(line) ?? [];
    if (resource === "") return [];
    return verbs.split(" ").flatMap((verb) => names.split(" ").map((name) => `${verb} ${resource} ${name}`.trim()));
  }).sort();
}
