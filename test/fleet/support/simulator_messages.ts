import * as z from "zod";

/** What a simulator is to be, as JSON in its only argument. */
export const simulatorPlanSchema = z.object({
  /** YAML of the agents' configuration, the cluster's id aside. */
  config: z.string(),
  clusterIds: z.array(z.string()),
  heartbeatMs: z.number(),
  /** Tells these agents from others under the same ids, and their events from those of others. */
  number: z.number(),
  /** Bare connections that answer commands with a few bytes, in place of agents: what is compared with. */
  bare: z.boolean(),
});
export type SimulatorPlan = z.infer<typeof simulatorPlanSchema>;

/** A line to a simulator; it answers each with one line under the same number. */
export const orderSchema = z.object({
  number: z.number(),
  order: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("start") }),
    z.object({ kind: z.literal("tell"), connectsSinceMs: z.optional(z.number()) }),
    /** `clusters`: absent, all. Spread evenly over `withinMs`. */
    z.object({
      kind: z.literal("report"),
      each: z.number(),
      withinMs: z.number(),
      clusters: z.optional(z.array(z.string())),
    }),
    z.object({ kind: z.literal("stop") }),
  ]),
});
export type Order = z.infer<typeof orderSchema>["order"];

export const tellingSchema = z.object({
  number: z.number(),
  connected: z.number(),
  /** Wall clock of each connect since the moment that was asked for; none where nobody asked. */
  connectsMs: z.array(z.number()),
  /** Errors of connections since the start, by kind. */
  errors: z.record(z.string(), z.number()),
  /** Reports made since the start. */
  made: z.number(),
  undelivered: z.number(),
  dropped: z.number(),
});
export type Telling = z.infer<typeof tellingSchema>;
