import * as z from "zod";

/**
 * A command as it comes from the bus, before any policy. Fields that the protocol does not know are dropped;
 * `timeout` stays as received (an integer of nanoseconds or a Go duration string) until `decodeWireDuration`.
 */
export const commandSchema = z.object({
  id: z.string(),
  type: z.enum(["diagnostic", "info"]),
  tool: z.string(),
  action: z.string().default(""),
  args: z.array(z.string()).nullish().transform((args) => args ?? []),
  timeout: z.union([z.number(), z.string()]).nullish(),
  created_at: z.string().nullish(),
  env: z.record(z.string(), z.string()).nullish(),
  cluster_id: z.string().nullish(),
  issued_by: z.string().nullish(),
  correlation_id: z.string().nullish(),
});
export type Command = z.infer<typeof commandSchema>;
