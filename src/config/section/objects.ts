import * as z from "zod/mini";
import { configuredObjectRuleSchema } from "../../objects/rule_settings.ts";
import { booleanField, described, documented, wordField } from "../field.ts";

const ALLOWED = "a list of rules, each with an id and what is to be different about it";

/** Faults that the agent finds in the state of objects. */
export const objectsSchema = described(
  z.strictObject({
    enabled: booleanField({
      description: "Report faults that have no Event, from pods and nodes, which the agent watches anyway.",
      default: true,
    }),
    workloads: wordField({
      description:
        "Watch Deployments, StatefulSets, DaemonSets, HorizontalPodAutoscalers and APIServices too, and judge Services beside them. `auto`: those that the agent is allowed to list and watch.",
      words: ["auto", "off"],
      default: "auto",
    }),
    rules: z.prefault(
      documented(
        z.array(configuredObjectRuleSchema, { error: ALLOWED }).check(
          z.maxLength(100, { error: ALLOWED }),
          z.refine(
            (rules) => new Set(rules.map(({ id }) => id)).size === rules.length,
            { error: "a list without duplicate ids" },
          ),
        ),
        "Changes to rules, by id: `for`, `hold`, `severity`, or `ignore: true`.",
        { allowed: ALLOWED },
      ),
      [],
    ),
  }),
  "Faults that the agent finds in the state of objects.",
);
