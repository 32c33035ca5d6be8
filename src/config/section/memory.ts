import * as z from "zod/mini";
import { described, optionalBytesField } from "../field.ts";

/** What everything that waits, or is remembered, may take. */
export const memorySchema = described(
  z.strictObject({
    limit: optionalBytesField({
      description: "Memory for everything that waits or is remembered; each store has its share. Unset: 60 % of the " +
        "container's memory limit, or 154 MiB without one. The program itself needs about 80 MiB more.",
      min: "16Mi",
      max: "1024Gi",
    }),
  }),
  "Bounds of memory.",
);
