import * as z from "zod/mini";

/**
 * A command as it comes from the bus, before any policy. Fields that the protocol does not know are dropped;
 * `timeout` stays as received (an integer of nanoseconds or a Go duration string) until `decodeWireDuration`.
 */
export const commandSchema = z.object({
  id: z.string(),
  type: z.enum(["diagnostic", "info"]),
  tool: z.string(),
  action: z._default(z.string(), ""),
  args: z.pipe(z.nullish(z.array(z.string())), z.transform((args) => args ?? [])),
  timeout: z.nullish(z.union([z.number(), z.string()])),
  created_at: z.nullish(z.string()),
  // Not z.record: it passes over a variable called __proto__, which the policy has to see.
  env: z.nullish(z.custom<Readonly<Record<string, string>>>(isTextRecord, { error: "must be names with texts" })),
  /** Where a namespaced kubectl verb runs; "" is none. */
  namespace: z.nullish(z.string()),
  cluster_id: z.nullish(z.string()),
  issued_by: z.nullish(z.string()),
  correlation_id: z.nullish(z.string()),
});
export type Command = z.infer<typeof commandSchema>;

function isTextRecord(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    Object.values(value).every((item) => typeof item === "string");
}
