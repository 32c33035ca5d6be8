import * as z from "zod/mini";
import { bytesField, described, pathField } from "../field.ts";

/** Where messages wait while NATS is away; `buffer_size` bounds what waits in memory. */
export const outboxSchema = described(
  z.strictObject({
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
