import * as z from "zod/mini";
import { SEVERITIES } from "../../wire/severity.ts";
import {
  booleanField,
  bytesField,
  described,
  documented,
  durationField,
  integerField,
  textListField,
  wordField,
} from "../field.ts";
import { KEY_ALLOWED, KEY_PATTERN } from "./metadata_keys.ts";
import { namespaceListField } from "./namespace_list.ts";

const SEVERITY_ALLOWED = `one of ${SEVERITIES.join(", ")}`;

/** What is found out about an incident after its report. */
export const evidenceSchema = described(
  z.strictObject({
    enabled: booleanField({
      description:
        "Find out more about an incident once its first report is sent: the container's state and log, its owner, what changed, the node. Needs `incidents.enabled`.",
      default: true,
    }),
    logs: wordField({
      description:
        "Whether the end of a container's log is part of it. `auto`: where commands are enabled and `commands.allowed` leaves `kubectl logs`, since the central side may ask for it then anyway.",
      words: ["auto", "on", "off"],
      default: "auto",
    }),
    log_lines: integerField({ description: "Lines of a log at most.", min: 1, max: 200, default: 30 }),
    delay: durationField({
      description: "From the report to the first request, so that one bundle serves a burst of reports.",
      min: "0s",
      max: "1m",
      default: "2s",
    }),
    max_bytes: bytesField({
      description: "Size of one bundle at most; what comes last is left out.",
      min: "4Ki",
      max: "256Ki",
      default: "32Ki",
    }),
    requests_per_minute: integerField({
      description: "Requests to the API server in any minute at most, for all evidence together.",
      min: 10,
      max: 6_000,
      default: 60,
    }),
    min_severity: z.prefault(
      documented(
        z.enum(SEVERITIES, { error: SEVERITY_ALLOWED }),
        "Faults below it get none.",
        { allowed: SEVERITY_ALLOWED },
      ),
      "medium",
    ),
    namespaces: z.prefault(
      described(
        z.strictObject({ exclude: namespaceListField("Faults in these namespaces get none.") }),
        "Where evidence is gathered.",
      ),
      {},
    ),
    labels: textListField({
      description: "Labels of pods and nodes that evidence may hold.",
      allowed: KEY_ALLOWED,
      pattern: KEY_PATTERN,
      default: ["app.kubernetes.io/*", "team", "owner"],
    }),
    annotations: textListField({
      description: "Annotations of pods that evidence may hold.",
      allowed: KEY_ALLOWED,
      pattern: KEY_PATTERN,
    }),
  }),
  "Evidence: what is found out about an incident after its report.",
);
