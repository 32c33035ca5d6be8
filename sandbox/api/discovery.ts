import { apiVersionOf, type Resource, RESOURCES } from "./resource_table.ts";

const VERBS = ["get", "list", "watch", "create", "update", "patch", "delete"];

/** The version that the sandbox says it is. */
export const SERVER_VERSION = {
  major: "1",
  minor: "36",
  gitVersion: "v1.36.3",
  gitCommit: "0000000000000000000000000000000000000000",
  gitTreeState: "clean",
  buildDate: "2026-01-01T00:00:00Z",
  goVersion: "go1.26.0",
  compiler: "gc",
  platform: "linux/amd64",
};

/** The answer to a discovery path, or `undefined` when the path is none. `metricsApi`: metrics-server is installed. */
export function answerDiscovery(path: string, metricsApi: boolean): unknown {
  const served = RESOURCES.filter(({ group }) => metricsApi || group !== "metrics.k8s.io");
  if (path === "/version") return SERVER_VERSION;
  if (path === "/api") {
    return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] };
  }
  if (path === "/apis") return { kind: "APIGroupList", apiVersion: "v1", groups: groupsOf(served) };
  const groupVersion = /^\/api\/(v1)$|^\/apis\/([^/]+\/[^/]+)$/.exec(path);
  const wanted = groupVersion?.[1] ?? groupVersion?.[2];
  const resources = served.filter((resource) => apiVersionOf(resource) === wanted);
  if (wanted === undefined || resources.length === 0) return undefined;
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion: wanted, resources: resources.map(describe) };
}

function describe({ plural, kind, namespaced, shortNames }: Resource) {
  return {
    name: plural,
    singularName: kind.toLowerCase(),
    namespaced,
    kind,
    verbs: VERBS,
    ...(shortNames.length > 0 ? { shortNames } : {}),
  };
}

function groupsOf(resources: readonly Resource[]) {
  const groups = new Map<string, string>();
  for (const { group, version } of resources) if (group !== "") groups.set(group, version);
  return [...groups].map(([name, version]) => {
    const entry = { groupVersion: `${name}/${version}`, version };
    return { name, versions: [entry], preferredVersion: entry };
  });
}
