import * as z from "zod/mini";
import { bytesField, described, optionalBytesField, pathField } from "../field.ts";

/** Where messages wait while NATS is away; `buffer_size` bounds how many of a kind wait in memory. */
export const outboxSchema = described(
  z.strictObject({
    max_bytes: optionalBytesField({
      description: "Memory for messages that wait for the bus, including those in flight; beyond it, the least " +
        "valuable and oldest is dropped first: metrics, low events, …, results, critical events. Unset: 40 % of " +
        "`memory.limit`.",
      min: "8Mi",
      max: "1024Gi",
    }),
    spool_dir: z.optional(pathField({
      description: "A folder for waiting messages, so that they outlive the process. Unset: memory only.",
    })),
    spool_max_bytes: bytesField({
      description: "The maximum size of the spool; beyond it, the least severe and oldest message is dropped first.",
      min: "1Mi",
      max: "1024Gi",
      default: "256Mi",
    }),
  }),
  "The queue in front of the bus.",
);
