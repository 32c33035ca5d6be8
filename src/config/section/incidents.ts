import * as z from "zod/mini";
import { booleanField, described, durationField, integerField } from "../field.ts";

/** Which faults belong together, and what becomes of them. */
export const incidentsSchema = described(
  z.strictObject({
    enabled: booleanField({
      description:
        "Say of each report which incident, owner and node it belongs to and what probably caused it, and tell when incidents end.",
      default: true,
    }),
    quiet_after: durationField({
      description:
        "An incident of which nothing new was heard for so long, and whose end nothing can prove, is told to be quiet.",
      min: "5m",
      default: "30m",
    }),
    storm_reports: integerField({
      description:
        "Above so many reports a minute, storms are summed up in an update every 30 s. Every report is sent all the same.",
      min: 1,
      max: 1_000_000,
      default: 60,
    }),
  }),
  "Incidents: faults that have one cause.",
);
