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
  env: z.nullish(z.record(z.string(), z.string())),
  cluster_id: z.nullish(z.string()),
  issued_by: z.nullish(z.string()),
  correlation_id: z.nullish(z.string()),
});
export type Command = z.infer<typeof commandSchema>;
