import * as z from "zod";

/** What a delivery run is made of; `bare` runs none of our code. */
export const VARIANTS = {
  "bare-core": { bare: true, delivery: "core", spool: false, batch: false, gzip: false },
  "core": { bare: false, delivery: "core", spool: false, batch: false, gzip: false },
  "core+batch": { bare: false, delivery: "core", spool: false, batch: true, gzip: false },
  "bare-jetstream": { bare: true, delivery: "jetstream", spool: false, batch: false, gzip: false },
  "jetstream": { bare: false, delivery: "jetstream", spool: false, batch: false, gzip: false },
  "jetstream+spool": { bare: false, delivery: "jetstream", spool: true, batch: false, gzip: false },
  "jetstream+batch": { bare: false, delivery: "jetstream", spool: false, batch: true, gzip: false },
  "jetstream+gzip": { bare: false, delivery: "jetstream", spool: false, batch: false, gzip: true },
  "jetstream+batch+gzip": { bare: false, delivery: "jetstream", spool: false, batch: true, gzip: true },
} as const satisfies Record<string, Variant>;

export interface Variant {
  readonly bare: boolean;
  readonly delivery: "core" | "jetstream";
  readonly spool: boolean;
  readonly batch: boolean;
  readonly gzip: boolean;
}

export type VariantName = keyof typeof VARIANTS;

/** Runs of the agent itself, from the watch to the bus. */
export const PATHS = {
  "core": { delivery: "core", spool: false },
  "jetstream": { delivery: "jetstream", spool: false },
  "jetstream+spool": { delivery: "jetstream", spool: true },
} as const;
export type PathName = keyof typeof PATHS;

/** What a run's process is told, as one JSON argument. */
export const deliveryPlanSchema = z.object({
  variant: z.object({
    bare: z.boolean(),
    delivery: z.enum(["core", "jetstream"]),
    spool: z.boolean(),
    batch: z.boolean(),
    gzip: z.boolean(),
  }),
  natsUrl: z.string(),
  /** For the spool. */
  dir: z.string(),
  /** In the burst. */
  events: z.number().int().positive(),
  /** The steady flow after it, in which latency is measured. */
  paced: z.object({ perSecond: z.number().positive(), events: z.number().int().nonnegative() }),
});
export type DeliveryPlan = z.infer<typeof deliveryPlanSchema>;

const latencySchema = z.object({ p50: z.number(), p90: z.number(), p99: z.number(), max: z.number() })
  .nullable();

/** What a run's process answers, as one JSON object on standard output. */
export const deliveryFiguresSchema = z.object({
  /** In the burst, from the first report to the last confirmation. */
  eventsPerSecond: z.number(),
  /** Of the process that delivers, user and system. */
  cpuMicrosPerEvent: z.number(),
  peakMegabytes: z.number(),
  /** What went over the wire an event: headers and bodies. */
  wireBytesPerEvent: z.number(),
  /** In the steady flow, from report to confirmation. */
  latencyMs: latencySchema,
});
export type DeliveryFigures = z.infer<typeof deliveryFiguresSchema>;
export type Latency = z.infer<typeof latencySchema>;

/** Percentiles of `samples`, which it sorts; null of none. */
export function latencyOf(samples: number[]): Latency {
  if (samples.length === 0) return null;
  samples.sort((a, b) => a - b);
  const at = (share: number) => {
    const value = samples[Math.min(samples.length - 1, Math.floor(share * samples.length))] ?? 0;
    return Math.round(value * 100) / 100;
  };
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}

/** The subjects that the runs publish to, and the stream that covers them. */
export const BENCH_SUBJECTS = { event: "agent.event.bench", events: "agent.events.bench" } as const;
export const BENCH_STREAM = "bench";
