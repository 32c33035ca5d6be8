import * as z from "zod/mini";
import { timeSchema } from "./time.ts";

/** A sign of life on `agent.heartbeat.<cluster_id>`; every figure is the true one at `timestamp`. */
export const heartbeatSchema = z.object({
  cluster_id: z.string(),
  /** The same as `cluster_id`, for central programs that look for the agent under this name. */
  agent_id: z.optional(z.string()),
  timestamp: timeSchema,
  status: z.enum(["healthy", "degraded"]),
  metrics: z.object({
    event_queue_size: z.int(),
    metrics_queue_size: z.int(),
    command_queue_size: z.int(),
    result_queue_size: z.optional(z.int()),
    uptime_seconds: z.number(),
  }),
  /** The process that beats, as in its registration. */
  instance: z.nullish(z.string()),
  /** `leader` where there are replicas; the others do not beat. */
  role: z.optional(z.literal("leader")),
  /** The leader's term: see `Agent-Epoch`. */
  epoch: z.optional(z.string()),
  /** The last beat of an orderly stop. */
  stopping: z.optional(z.boolean()),
  /** Why the status is `degraded`, in words. */
  reasons: z.optional(z.array(z.string())),
  version: z.optional(z.string()),
  /** How often it beats. */
  interval_seconds: z.optional(z.number()),
  /** Faults reported within the last hour, by severity. */
  faults_1h: z.optional(z.object({ critical: z.int(), high: z.int(), medium: z.int(), low: z.int() })),
  /** The rules that were reported most often within the last hour. */
  top_rules_1h: z.optional(z.array(z.object({ rule: z.string(), count: z.int() }))),
  /** Seconds since the watch last heard from the API server; null before the first time. */
  watch_lag_seconds: z.nullish(z.number()),
  /** Messages lost on purpose since the start. */
  dropped_total: z.optional(z.int()),
  /** Gaps reported within the last hour. */
  gaps_1h: z.optional(z.int()),
});
export type Heartbeat = z.infer<typeof heartbeatSchema>;

/** Who beat: all that is asked of a heartbeat once there is a newer one. */
export const heartbeatSourceSchema = z.pick(heartbeatSchema, { cluster_id: true, instance: true, epoch: true });
export type HeartbeatSource = z.infer<typeof heartbeatSourceSchema>;
