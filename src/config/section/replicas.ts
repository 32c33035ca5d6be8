import * as z from "zod/mini";
import { booleanField, described, durationField, textField } from "../field.ts";

/** How several copies of the agent share one cluster. */
export const replicasSchema = described(
  z.strictObject({
    enabled: booleanField({
      description:
        "Whether this is one of several replicas. The holder of a Lease watches, reports and takes commands; " +
        "the others wait. Needs `state.kind: configmap`. See high-availability.md.",
      default: false,
    }),
    lease_name: z.prefault(
      textField({
        description:
          "The Lease in the agent's namespace (or `state.configmap.namespace`); it must exist, but may be empty.",
        allowed: "a Lease's name: lower-case letters, digits, - and ., at most 253",
        pattern: /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/,
      }),
      "agent",
    ),
    lease_duration: durationField({
      description: "How long the leader may be silent before another replica takes over. The leader renews after a " +
        "quarter of it, and stops acting after three quarters. Raise it if the API server is often slower than that.",
      min: "4s",
      max: "60s",
      default: "4s",
    }),
  }),
  "Several replicas of the agent for one cluster.",
);
