import * as z from "zod/mini";
import { booleanField, described, durationField, integerField } from "../field.ts";

/** Which faults belong together, and what becomes of them. */
export const incidentsSchema = described(
  z.strictObject({
    enabled: booleanField({
      description: "Add to each report its incident, owner, node and probable cause, and report when incidents end.",
      default: true,
    }),
    quiet_after: durationField({
      description:
        "An incident is reported as quiet after this time without anything new, if nothing can prove its end.",
      min: "5m",
      default: "30m",
    }),
    storm_reports: integerField({
      description:
        "Above this number of reports per minute, an update every 30 s sums up the storm. Every report is still sent.",
      min: 1,
      max: 1_000_000,
      default: 60,
    }),
  }),
  "Incidents: faults that have one cause.",
);
