import * as z from "zod/mini";
import { severitySchema } from "./severity.ts";
import { timeSchema } from "./time.ts";

/** What probably made a fault: it is never a reason to keep a report back. */
export const causeSchema = z.object({
  /** `node`, `change`, `shared`, `owner` or `api`; others may come. */
  kind: z.string(),
  /** `Node/node-6`, `Deployment/shop/web`, `registry/registry.example.com`. */
  object: z.string(),
  at: timeSchema,
  confidence: z.enum(["high", "medium"]),
  /** In a sentence, with the figures. */
  reason: z.string(),
  /** The incident that it is, where it is one. */
  incident: z.optional(z.string()),
});
export type WireCause = z.infer<typeof causeSchema>;

/** A fault or another report on `agent.event.<cluster_id>`. */
export const eventSchema = z.object({
  /** The same for the same occurrence however often it is sent; also the `Nats-Msg-Id` header. */
  id: z.string(),
  cluster_id: z.string(),
  /**
   * `k8s_event`: an Event of the cluster. `k8s_state`: a fault that the state of an object shows.
   * `agent_gap`: events may have been lost; `reason` says why.
   */
  type: z.enum(["k8s_event", "k8s_state", "agent_gap"]),
  source: z.enum(["kubernetes", "agent"]),
  /** Empty for an object without one. */
  namespace: z.string(),
  severity: severitySchema,
  reason: z.string(),
  message: z.string(),
  /** When it last happened. */
  timestamp: timeSchema,
  reported_at: timeSchema,
  /** `kind`, `name` and `uid` of the object, `owner_kind` and `owner_name`, `node`, `container` and more. */
  labels: z.record(z.string(), z.string()),
  /** Of the Event as the cluster has it. */
  raw_data: z.looseObject({
    count: z.optional(z.int()),
    first_timestamp: z.nullish(timeSchema),
    last_timestamp: z.nullish(timeSchema),
    involved_object: z.optional(z.record(z.string(), z.string())),
  }),
  /** The fault rule that matched: `image.pull.not_found`. */
  rule: z.optional(z.string()),
  category: z.optional(z.string()),
  /** What the rule means, in words. */
  explanation: z.optional(z.string()),
  /** Where no rule matched: the signs in the event's words that its severity comes from. */
  graded_by: z.optional(z.readonly(z.array(z.string()))),
  /** What it belongs to: faults that have one cause share it. The key is the same whenever it comes again, the id is not. */
  incident: z.optional(z.object({
    id: z.string(),
    key: z.string(),
    family: z.string(),
    opened_at: timeSchema,
    /** Reports of it so far, this one included. */
    reports: z.int(),
  })),
  caused_by: z.optional(z.readonly(z.array(causeSchema))),
});
export type Event = z.infer<typeof eventSchema>;

/** What events are chosen and counted by. Of a quarter of a million, to read no more than this takes half the time. */
export const eventHeadSchema = z.pick(eventSchema, {
  cluster_id: true,
  type: true,
  namespace: true,
  severity: true,
  reason: true,
  reported_at: true,
  rule: true,
});
export type EventHead = z.infer<typeof eventHeadSchema>;
