import * as z from "zod/mini";
import { timeSchema } from "./time.ts";

/** The parts of a report, each with a collector of its own. */
export const COLLECTOR_NAMES = ["cluster", "nodes", "pods", "namespaces"] as const;
export type CollectorName = (typeof COLLECTOR_NAMES)[number];

/** Totals over nodes, in base units. A key is absent when no node says it: what is not known is never 0. */
const resourceTotalsSchema = z.object({
  cpu_cores: z.optional(z.number()),
  memory_bytes: z.optional(z.number()),
  pods: z.optional(z.number()),
  /** Bytes. */
  ephemeral_storage: z.optional(z.number()),
});
export type ResourceTotals = z.infer<typeof resourceTotalsSchema>;

/** What is used now, by the metrics API (`metrics.k8s.io`). */
const usageSchema = z.object({
  cpu_cores: z.number(),
  memory_bytes: z.number(),
  /** How many nodes or pods the figures cover: the metrics API may not know them all. */
  covers: z.int(),
  /** When it was read: beside many pods it is read less often than a report is sent. */
  as_of: timeSchema,
});
export type Usage = z.infer<typeof usageSchema>;

/** The nodes of a cluster, added up. */
const nodesSchema = z.object({
  total: z.int(),
  ready: z.int(),
  not_ready: z.int(),
  schedulable: z.int(),
  capacity: resourceTotalsSchema,
  allocatable: resourceTotalsSchema,
  usage: z.optional(usageSchema),
});

const quantitiesSchema = z.record(z.string(), z.string());
const textsSchema = z.record(z.string(), z.string());

/** A condition of a node, as the node writes it. */
const nodeConditionSchema = z.object({ status: z.string(), reason: z.string(), message: z.string() });

/** One node. */
export const nodeDetailSchema = z.object({
  name: z.string(),
  ready: z.boolean(),
  schedulable: z.boolean(),
  labels: textsSchema,
  annotations: textsSchema,
  conditions: z.record(z.string(), nodeConditionSchema),
  node_info: z.partial(z.object({
    architecture: z.string(),
    os_image: z.string(),
    kernel_version: z.string(),
    kubelet_version: z.string(),
    runtime_version: z.string(),
    operating_system: z.string(),
  })),
  /** As the node writes them: `"4"`, `"3920m"`, `"15931268Ki"`. */
  capacity: quantitiesSchema,
  allocatable: quantitiesSchema,
  usage: z.optional(quantitiesSchema),
});
export type NodeDetail = z.infer<typeof nodeDetailSchema>;

/** The pods of a cluster, added up. */
const podsSchema = z.object({
  total: z.int(),
  by_phase: z.record(z.string(), z.int()),
  by_namespace: z.record(z.string(), z.int()),
  total_restarts: z.int(),
  usage: z.optional(usageSchema),
});

/** One namespace. */
const namespaceSchema = z.object({
  name: z.string(),
  /** Absent, as `created` is, where the agent may not read the namespace object itself. */
  status: z.optional(z.string()),
  created: z.optional(timeSchema),
  labels: textsSchema,
  annotations: textsSchema,
  /** A count is absent where it is not known. */
  resources: z.partial(z.object({
    pods: z.int(),
    services: z.int(),
    configmaps: z.int(),
    secrets: z.int(),
  })),
  usage: z.optional(usageSchema),
});
export type NamespaceDetail = z.infer<typeof namespaceSchema>;

/** What a report says, each key by a collector of its own; a split report has some keys in each part. */
const metricsDataSchema = z.object({
  cluster: z.optional(z.object({ version: z.string(), git_version: z.string(), platform: z.string() })),
  nodes: z.optional(nodesSchema),
  node_details: z.optional(z.record(z.string(), nodeDetailSchema)),
  /** Every key may be in another part of a split report. */
  pods: z.optional(z.partial(podsSchema)),
  namespaces: z.optional(z.record(z.string(), namespaceSchema)),
});
export type MetricsData = z.infer<typeof metricsDataSchema>;

/**
 * A metrics report, or one part of it, on `agent.metrics.<cluster_id>`. A part of `data` that could not be read is
 * absent, and `errors` says why under its key (`nodes`, `namespaces.services`, `node_details.node-1`).
 */
export const metricsReportSchema = z.object({
  /** Of this part; the same however often it is sent. */
  id: z.optional(z.string()),
  cluster_id: z.string(),
  timestamp: timeSchema,
  data: metricsDataSchema,
  errors: z.optional(z.record(z.string(), z.string())),
});
export type MetricsReport = z.infer<typeof metricsReportSchema>;
