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
        "Collect details about an incident after its first report: the container's state and log, its owner, what changed, the node. Needs `incidents.enabled`.",
      default: true,
    }),
    logs: wordField({
      description:
        "Whether evidence includes the end of a container's log. `auto`: if commands are enabled and `commands.allowed` permits `kubectl logs`, since the central side may then ask for it anyway.",
      words: ["auto", "on", "off"],
      default: "auto",
    }),
    log_lines: integerField({ description: "The maximum number of lines of a log.", min: 1, max: 200, default: 30 }),
    delay: durationField({
      description: "The wait from the report to the first request, so that one bundle serves a burst of reports.",
      min: "0s",
      max: "1m",
      default: "2s",
    }),
    max_bytes: bytesField({
      description: "The maximum size of one bundle; what comes last is left out.",
      min: "4Ki",
      max: "256Ki",
      default: "32Ki",
    }),
    requests_per_minute: integerField({
      description: "The maximum number of requests to the API server in any minute, for all evidence together.",
      min: 10,
      max: 6_000,
      default: 60,
    }),
    min_severity: z.prefault(
      documented(
        z.enum(SEVERITIES, { error: SEVERITY_ALLOWED }),
        "Faults below this severity get no evidence.",
        { allowed: SEVERITY_ALLOWED },
      ),
      "medium",
    ),
    namespaces: z.prefault(
      described(
        z.strictObject({ exclude: namespaceListField("Faults in these namespaces get no evidence.") }),
        "Where evidence is collected.",
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
  "Evidence: what the agent finds out about an incident after its report.",
);
