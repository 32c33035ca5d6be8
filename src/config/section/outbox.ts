import * as z from "zod/mini";
import { bytesField, described, optionalBytesField, pathField } from "../field.ts";

/** Where messages wait while NATS is away; `buffer_size` bounds how many of a kind wait in memory. */
export const outboxSchema = described(
  z.strictObject({
    max_bytes: optionalBytesField({
      description: "What messages may take in memory while they wait for the bus, in flight included; beyond it the " +
        "least valuable and oldest goes first: metrics, low events, …, results, critical events. Unset: half of " +
        "`memory.limit`.",
      min: "8Mi",
      max: "1024Gi",
    }),
    spool_dir: z.optional(pathField({
      description: "A folder to keep waiting messages in, so that they outlive the process. Unset: memory only.",
    })),
    spool_max_bytes: bytesField({
      description: "Bytes the spool may take; beyond them the least severe and oldest goes first.",
      min: "1Mi",
      max: "1024Gi",
      default: "256Mi",
    }),
  }),
  "The queue in front of the bus.",
);
