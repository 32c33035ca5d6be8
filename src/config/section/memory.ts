import * as z from "zod/mini";
import { described, optionalBytesField } from "../field.ts";

/** What everything that waits, or is remembered, may take. */
export const memorySchema = described(
  z.strictObject({
    limit: optionalBytesField({
      description:
        "What all that waits or is remembered may take in memory; each store has its share. Unset: 60 % of " +
        "the container's memory limit, or 154 MiB where there is none. The program itself needs some 80 MiB besides.",
      min: "16Mi",
      max: "1024Gi",
    }),
  }),
  "Bounds of memory.",
);
