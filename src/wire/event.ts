import * as z from "zod";
import { severitySchema } from "./severity.ts";

/** A reported cluster event on `agent.event.<cluster_id>`. Times are RFC 3339 in UTC. */
export const eventSchema = z.object({
  /** The same for the same occurrence however often it is sent; also the `Nats-Msg-Id` header. */
  id: z.string(),
  cluster_id: z.string(),
  type: z.enum(["k8s_event", "agent_gap"]),
  source: z.enum(["kubernetes", "agent"]),
  namespace: z.string(),
  severity: severitySchema,
  reason: z.string(),
  message: z.string(),
  /** When it last happened. */
  timestamp: z.string(),
  reported_at: z.string(),
  labels: z.record(z.string(), z.string()),
  raw_data: z.looseObject({
    count: z.number().optional(),
    first_timestamp: z.string().nullish(),
    last_timestamp: z.string().nullish(),
    involved_object: z.record(z.string(), z.string()).optional(),
  }),
  /** The fault rule that matched (`pod.image.not_found`), its category and what it means in words. */
  rule: z.string().optional(),
  category: z.string().optional(),
  explanation: z.string().optional(),
});
export type Event = z.infer<typeof eventSchema>;
