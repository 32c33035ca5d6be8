import * as z from "zod";
import type { MetricsData, NamespaceDetail, NodeDetail, ResourceTotals } from "../../src/wire/metrics_report.ts";
import type { ControlPlane } from "./control_plane.ts";

const texts = z.record(z.string(), z.string()).default({});
const nodeSchema = z.object({
  metadata: z.object({ name: z.string(), labels: texts }),
  status: z.object({
    conditions: z.array(
      z.object({
        type: z.string(),
        status: z.string(),
        reason: z.string().default(""),
        message: z.string().default(""),
      }),
    ).default([]),
    nodeInfo: z.record(z.string(), z.unknown()).default({}),
    capacity: texts,
    allocatable: texts,
  }),
});
const namespaceSchema = z.object({
  metadata: z.object({ name: z.string(), creationTimestamp: z.string(), labels: texts }),
  status: z.object({ phase: z.string() }),
});
const versionSchema = z.object({ serverVersion: z.object({ gitVersion: z.string(), platform: z.string() }) });

/** How many of each there are. */
function tally(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

const UNITS: Readonly<Record<string, number>> = { "": 1, m: 1 / 1000, Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3 };

/** The spellings that the nodes of these tests use; `undefined` where no node has the resource. */
function sum(lists: readonly Readonly<Record<string, string>>[], resource: string): number | undefined {
  const amounts = lists.flatMap((list) => list[resource] ?? []).map((text) => {
    const [, digits = "", unit = ""] = /^(\d+)(m|[KMG]i)?$/.exec(text) ?? [];
    return Number(digits) * (UNITS[unit] ?? NaN);
  });
  return amounts.length === 0 ? undefined : amounts.reduce((total, amount) => total + amount, 0);
}

function totals(lists: readonly Readonly<Record<string, string>>[]): ResourceTotals {
  const all = {
    cpu_cores: sum(lists, "cpu"),
    memory_bytes: sum(lists, "memory"),
    pods: sum(lists, "pods"),
    ephemeral_storage: sum(lists, "ephemeral-storage"),
  };
  return Object.fromEntries(Object.entries(all).filter(([, amount]) => amount !== undefined));
}

/**
 * Everything that a metrics report can say of a cluster without usage metrics, made from what kubectl prints: numbers of
 * objects, statuses and restarts from its tables, the rest from its JSON. Labels are all reported, annotations not.
 */
export async function countWithKubectl({ kubectl }: ControlPlane): Promise<MetricsData> {
  const run = (line: string) => kubectl(line.split(" "));
  const rows = async (line: string) =>
    (await run(line)).split("\n").filter((row) => row !== "").map((row) => row.split(/\s+/));
  const column = async (resource: string, path: string) =>
    (await rows(`get ${resource} -A --no-headers -o custom-columns=V:${path}`)).map(([value = ""]) => value);
  const parse = async <T>(resource: string, schema: z.ZodType<T>) =>
    z.object({ items: z.array(schema) }).parse(JSON.parse(await run(`get ${resource} -o json`))).items;

  const { serverVersion } = versionSchema.parse(JSON.parse(await run("version -o json")));
  const statuses = new Map((await rows("get nodes --no-headers")).map(([name = "", status = ""]) => [name, status]));
  const nodes = (await parse("nodes", nodeSchema)).map(({ metadata, status }): NodeDetail => ({
    name: metadata.name,
    ready: /^Ready(,|$)/.test(statuses.get(metadata.name) ?? ""),
    schedulable: !(statuses.get(metadata.name) ?? "").includes("SchedulingDisabled"),
    labels: metadata.labels,
    annotations: {},
    conditions: Object.fromEntries(status.conditions.map(({ type, ...rest }) => [type, rest])),
    node_info: infoOf(status.nodeInfo),
    capacity: status.capacity,
    allocatable: status.allocatable,
  }));
  const pods = await rows("get pods -A --no-headers"); // NAMESPACE NAME READY STATUS RESTARTS AGE
  const podsBy = tally(pods.map(([namespace = ""]) => namespace));
  const services = tally(await column("services", ".metadata.namespace"));
  const configmaps = tally(await column("configmaps", ".metadata.namespace"));
  const namespaces = (await parse("namespaces", namespaceSchema)).map(({ metadata, status }): NamespaceDetail => ({
    name: metadata.name,
    status: status.phase,
    created: metadata.creationTimestamp,
    labels: metadata.labels,
    annotations: {},
    resources: {
      pods: podsBy[metadata.name] ?? 0,
      services: services[metadata.name] ?? 0,
      configmaps: configmaps[metadata.name] ?? 0,
    },
  }));
  const ready = nodes.filter((node) => node.ready).length;
  return {
    cluster: {
      version: serverVersion.gitVersion,
      git_version: serverVersion.gitVersion,
      platform: serverVersion.platform,
    },
    nodes: {
      total: nodes.length,
      ready,
      not_ready: nodes.length - ready,
      schedulable: nodes.filter((node) => node.schedulable).length,
      capacity: totals(nodes.map(({ capacity }) => capacity)),
      allocatable: totals(nodes.map(({ allocatable }) => allocatable)),
    },
    node_details: Object.fromEntries(nodes.map((node) => [node.name, node])),
    pods: {
      total: pods.length,
      by_phase: tally(await column("pods", ".status.phase")),
      by_namespace: podsBy,
      total_restarts: pods.reduce((total, row) => total + Number(row[4]), 0),
    },
    namespaces: Object.fromEntries(namespaces.map((namespace) => [namespace.name, namespace])),
  };
}

function infoOf(nodeInfo: Readonly<Record<string, unknown>>): NodeDetail["node_info"] {
  const all = {
    architecture: nodeInfo.architecture,
    os_image: nodeInfo.osImage,
    kernel_version: nodeInfo.kernelVersion,
    kubelet_version: nodeInfo.kubeletVersion,
    runtime_version: nodeInfo.containerRuntimeVersion,
    operating_system: nodeInfo.operatingSystem,
  };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => typeof entry[1] === "string" && entry[1] !== ""),
  );
}
