import * as z from "zod";

/** A sign of life on `agent.heartbeat.<cluster_id>`; every figure is the true one at `timestamp`. */
export const heartbeatSchema = z.object({
  cluster_id: z.string(),
  timestamp: z.string(),
  status: z.enum(["healthy", "degraded"]),
  metrics: z.object({
    event_queue_size: z.number().int(),
    metrics_queue_size: z.number().int(),
    command_queue_size: z.number().int(),
    result_queue_size: z.number().int().optional(),
    uptime_seconds: z.number(),
  }),
  /** Why the status is `degraded`, in words. */
  reasons: z.array(z.string()).optional(),
});
export type Heartbeat = z.infer<typeof heartbeatSchema>;
