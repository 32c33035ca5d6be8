import * as z from "zod/mini";

/** A time: RFC 3339, in UTC. Read as text; whoever compares times parses them. */
export const timeSchema = z.string().register(z.globalRegistry, { format: "date-time" });

/** A duration in nanoseconds, an integer: what Go's `time.Duration` is in JSON. */
export const nanosecondsSchema = z.int().register(z.globalRegistry, { format: "int64" });
