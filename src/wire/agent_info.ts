import * as z from "zod/mini";
import { timeSchema } from "./time.ts";

/** What an agent says of itself on `agent.register.<cluster_id>`, after each connect and every five minutes. */
export const agentInfoSchema = z.object({
  cluster_id: z.string(),
  /** The same as `cluster_id`, for central programs that keep agents under a key of this name. */
  id: z.optional(z.string()),
  version: z.string(),
  /** When this process started. */
  start_time: timeSchema,
  /** What is enabled. Central programs may know fewer or more than these. */
  capabilities: z.array(z.string()),
  provider: z.nullish(z.string()),
  cluster_name: z.nullish(z.string()),
  region: z.nullish(z.string()),
  /** The UID of the namespace kube-system, whatever `cluster_id` is made from: two clusters under one id differ here. */
  cluster_uid: z.nullish(z.string()),
  /** What the platform team calls it: `env: prod`. */
  labels: z.optional(z.record(z.string(), z.string())),
  /** What this agent understands beyond the first version. */
  features: z.optional(z.array(z.string())),
  /** Made anew by every process: two agents under one id differ here. */
  instance: z.nullish(z.string()),
  /** `leader` where there are replicas; the others do not register. */
  role: z.optional(z.literal("leader")),
  /** The leader's term: see `Agent-Epoch`. */
  epoch: z.optional(z.string()),
  /** The UID of the Lease that replicas share: those of one Lease are one agent. */
  lease_uid: z.optional(z.string()),
});
export type AgentInfo = z.infer<typeof agentInfoSchema>;
