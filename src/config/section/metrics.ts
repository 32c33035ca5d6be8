import * as z from "zod/mini";
import { booleanField, described, documented, durationField, textListField } from "../field.ts";
import { COLLECTOR_NAMES } from "../../wire/metrics_report.ts";
import { KEY_ALLOWED, KEY_PATTERN } from "./metadata_keys.ts";
import { namespaceListField } from "./namespace_list.ts";

const COLLECTORS_ALLOWED = `a list of different collectors: ${COLLECTOR_NAMES.join(", ")}`;
const collectorName = z.enum(COLLECTOR_NAMES, { error: `one of ${COLLECTOR_NAMES.join(", ")}` });

/** What a metrics report holds. */
export const metricsSchema = described(
  z.strictObject({
    collectors: z.prefault(
      documented(
        z.array(collectorName, { error: COLLECTORS_ALLOWED })
          .check(z.refine((names) => new Set(names).size === names.length, { error: COLLECTORS_ALLOWED })),
        "The parts of the report to collect.",
        { allowed: COLLECTORS_ALLOWED },
      ),
      [...COLLECTOR_NAMES],
    ),
    deadline: durationField({
      description: "Time limit for each collector; a part that is not ready is left out, with the reason.",
      min: "1s",
      max: "10m",
      default: "30s",
    }),
    namespaces: namespaceListField(
      "Collect only from these namespaces, with the rights of Roles; cluster-wide parts are then absent. Empty: all.",
    ),
    labels: textListField({
      description: "Labels of nodes and namespaces to report.",
      allowed: KEY_ALLOWED,
      pattern: KEY_PATTERN,
      default: ["*"],
    }),
    annotations: textListField({
      description: "Annotations of nodes and namespaces to report.",
      allowed: KEY_ALLOWED,
      pattern: KEY_PATTERN,
    }),
    count_secrets: booleanField({
      description: "Count each namespace's Secrets. This needs the right to list them, which includes reading them.",
      default: false,
    }),
  }),
  "Metrics reports.",
);
