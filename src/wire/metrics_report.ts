import * as z from "zod";

/** Totals over nodes, in base units. A key is absent when no node says it: what is not known is never 0. */
export const resourceTotalsSchema = z.object({
  cpu_cores: z.number().optional(),
  memory_bytes: z.number().optional(),
  pods: z.number().optional(),
  /** Bytes. */
  ephemeral_storage: z.number().optional(),
});
export type ResourceTotals = z.infer<typeof resourceTotalsSchema>;

/** What is used now, by the metrics API (`metrics.k8s.io`). */
export const usageSchema = z.object({
  cpu_cores: z.number(),
  memory_bytes: z.number(),
  /** How many nodes or pods the figures cover: the metrics API may not know them all. */
  covers: z.number().int(),
  /** When it was read, RFC 3339: beside many pods it is read less often than a report is sent. */
  as_of: z.string(),
});
export type Usage = z.infer<typeof usageSchema>;

export const nodesSchema = z.object({
  total: z.number().int(),
  ready: z.number().int(),
  not_ready: z.number().int(),
  schedulable: z.number().int(),
  capacity: resourceTotalsSchema,
  allocatable: resourceTotalsSchema,
  usage: usageSchema.optional(),
});

const quantitiesSchema = z.record(z.string(), z.string());
const textsSchema = z.record(z.string(), z.string());

export const nodeDetailSchema = z.object({
  name: z.string(),
  ready: z.boolean(),
  schedulable: z.boolean(),
  labels: textsSchema,
  annotations: textsSchema,
  conditions: z.record(z.string(), z.object({ status: z.string(), reason: z.string(), message: z.string() })),
  node_info: z.object({
    architecture: z.string(),
    os_image: z.string(),
    kernel_version: z.string(),
    kubelet_version: z.string(),
    runtime_version: z.string(),
    operating_system: z.string(),
  }).partial(),
  /** As the node writes them: `"4"`, `"3920m"`, `"15931268Ki"`. */
  capacity: quantitiesSchema,
  allocatable: quantitiesSchema,
  usage: quantitiesSchema.optional(),
});
export type NodeDetail = z.infer<typeof nodeDetailSchema>;

export const podsSchema = z.object({
  total: z.number().int(),
  by_phase: z.record(z.string(), z.number().int()),
  by_namespace: z.record(z.string(), z.number().int()),
  total_restarts: z.number().int(),
  usage: usageSchema.optional(),
});
export type PodsReport = z.infer<typeof podsSchema>;

export const namespaceSchema = z.object({
  name: z.string(),
  /** Absent, as `created` is, where the agent may not read the namespace object itself. */
  status: z.string().optional(),
  created: z.string().optional(),
  labels: textsSchema,
  annotations: textsSchema,
  /** A count is absent where it is not known. */
  resources: z.object({
    pods: z.number().int(),
    services: z.number().int(),
    configmaps: z.number().int(),
    secrets: z.number().int(),
  }).partial(),
  usage: usageSchema.optional(),
});
export type NamespaceDetail = z.infer<typeof namespaceSchema>;

export const metricsDataSchema = z.object({
  cluster: z.object({ version: z.string(), git_version: z.string(), platform: z.string() }).optional(),
  nodes: nodesSchema.optional(),
  node_details: z.record(z.string(), nodeDetailSchema).optional(),
  /** Every key may be in another part of a split report. */
  pods: podsSchema.partial().optional(),
  namespaces: z.record(z.string(), namespaceSchema).optional(),
});
export type MetricsData = z.infer<typeof metricsDataSchema>;

/**
 * A metrics report, or one part of it, on `agent.metrics.<cluster_id>`. A part of `data` that could not be read is
 * absent, and `errors` says why under its key (`nodes`, `namespaces.services`, `node_details.node-1`).
 */
export const metricsReportSchema = z.object({
  cluster_id: z.string(),
  timestamp: z.string(),
  data: metricsDataSchema,
  errors: z.record(z.string(), z.string()).optional(),
});
export type MetricsReport = z.infer<typeof metricsReportSchema>;
