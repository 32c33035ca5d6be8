import * as z from "zod/mini";
import { between, described, durationField, durationOrWordField, integerField, wordField } from "../field.ts";
import { eventRulesField } from "./event_rules.ts";
import { namespaceListField } from "./namespace_list.ts";

/** What to watch and report. */
export const eventsSchema = described(
  z.strictObject({
    namespaces: z.prefault(
      described(
        z.strictObject({
          include: namespaceListField("Report only from these namespaces. Empty: from all."),
          exclude: namespaceListField("Report nothing from these namespaces."),
        })
          .check(z.refine(
            ({ include, exclude }) =>
              !(Array.isArray(include) && Array.isArray(exclude)) || !include.some((name) => exclude.includes(name)),
            between(["exclude"], "without namespaces that include names too"),
          )),
        "Which namespaces to report.",
      ),
      {},
    ),
    backlog: durationOrWordField({
      description: "What to report of the events that are older than the agent's first start.",
      words: ["skip", "all"],
      min: "1s",
      default: "5m",
    }),
    repeat_window: durationField({
      description: "Repeats of one fault within this time become one update with the count. 0s reports every repeat.",
      min: "0s",
      default: "60s",
    }),
    unknown_warnings: wordField({
      description:
        "What to do with a Warning that matches no rule: report it with a severity from its words, or drop and count it.",
      words: ["report", "drop"],
      default: "report",
    }),
    rules: eventRulesField,
    batch: z.prefault(
      described(
        z.strictObject({
          max_events: integerField({
            description: "Events in one message; 1 is no batching. Critical events never wait.",
            min: 1,
            max: 1000,
            default: 1,
          }),
          max_wait: durationField({
            description: "The longest wait for a batch to fill.",
            min: "10ms",
            max: "60s",
            default: "1s",
          }),
        }),
        "Several events in one message. An old central program can't read them, so it is off by default.",
      ),
      {},
    ),
  }),
  "Event reports.",
);
