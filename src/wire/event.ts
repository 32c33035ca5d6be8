import * as z from "zod/mini";
import { severitySchema } from "./severity.ts";

/** A reported cluster event on `agent.event.<cluster_id>`. Times are RFC 3339 in UTC. */
export const eventSchema = z.object({
  /** The same for the same occurrence however often it is sent; also the `Nats-Msg-Id` header. */
  id: z.string(),
  cluster_id: z.string(),
  type: z.enum(["k8s_event", "k8s_state", "agent_gap"]),
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
    count: z.optional(z.number()),
    first_timestamp: z.nullish(z.string()),
    last_timestamp: z.nullish(z.string()),
    involved_object: z.optional(z.record(z.string(), z.string())),
  }),
  /** The fault rule that matched (`pod.image.not_found`), its category and what it means in words. */
  rule: z.optional(z.string()),
  category: z.optional(z.string()),
  explanation: z.optional(z.string()),
  /** Where no rule matched: the signs in the event's words that its severity comes from. */
  graded_by: z.optional(z.readonly(z.array(z.string()))),
});
export type Event = z.infer<typeof eventSchema>;
