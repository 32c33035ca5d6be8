import * as z from "zod/mini";

/** From worst to mildest; the order is the order in which a full outbox keeps things. */
export const SEVERITIES = ["critical", "high", "medium", "low"] as const;

/** How bad a fault is. */
export const severitySchema = z.enum(SEVERITIES);
export type Severity = z.infer<typeof severitySchema>;

/** 0 for the worst, 3 for the mildest. */
export function severityRank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}
