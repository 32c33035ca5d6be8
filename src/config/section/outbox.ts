import * as z from "zod";
import { bytesField, pathField } from "../field.ts";

/** Where messages wait while NATS is away; `buffer_size` bounds what waits in memory. */
export const outboxSchema = z.strictObject({
  spool_dir: pathField({
    description: "A folder to keep waiting messages in, so that they outlive the process. Unset: memory only.",
  })
    .optional(),
  spool_max_bytes: bytesField({
    description: "Bytes the spool may take; beyond them the least severe and oldest goes first.",
    min: "1Mi",
    max: "1024Gi",
    default: "256Mi",
  }),
}).describe("The queue in front of the bus.");
