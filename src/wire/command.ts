import * as z from "zod/mini";
import { timeSchema } from "./time.ts";

/** A command as it comes from the bus, before any policy. Fields that the protocol does not know are dropped. */
export const commandSchema = z.object({
  /** A second command with the same id gets the result of the first. */
  id: z.string(),
  type: z.enum(["diagnostic", "info"]),
  /** `tool`, `action` and `args` make one list of arguments; no shell reads it. */
  tool: z.string(),
  action: z._default(z.string(), ""),
  args: z.pipe(z.nullish(z.array(z.string())), z.transform((args) => args ?? [])),
  /** An integer of nanoseconds or a Go duration string, such as `30s`. Absent or 0: 30 s. */
  timeout: z.nullish(z.union([z.number(), z.string()])),
  created_at: z.nullish(timeSchema),
  /** Refused but for variables that the policy allows. */
  // Not z.record: it passes over a variable called __proto__, which the policy has to see.
  env: z.nullish(
    z.custom<Readonly<Record<string, string>>>(isTextRecord, { error: "must be names with texts" })
      .register(z.globalRegistry, { type: "object", additionalProperties: { type: "string" } }),
  ),
  /** Where a namespaced kubectl verb runs; "" is none. */
  namespace: z.nullish(z.string()),
  /** Another cluster than that of the subject makes the command refused. */
  cluster_id: z.nullish(z.string()),
  /** Goes to the audit log, as `correlation_id` does. */
  issued_by: z.nullish(z.string()),
  correlation_id: z.nullish(z.string()),
});
export type Command = z.infer<typeof commandSchema>;

function isTextRecord(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    Object.values(value).every((item) => typeof item === "string");
}
