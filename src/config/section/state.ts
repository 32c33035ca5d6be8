import * as z from "zod/mini";
import { described, pathField, textField, wordField } from "../field.ts";

/** Where the agent remembers how far it came. */
export const stateSchema = described(
  z.strictObject({
    kind: wordField({
      description:
        "Where to keep the state: in a file, in a ConfigMap (survives rescheduling without a volume), or nowhere.",
      words: ["file", "configmap", "none"],
      default: "none",
    }),
    path: z.prefault(
      pathField({ description: "The checkpoint's file with `kind: file`." }),
      "/var/lib/agent/checkpoint.json",
    ),
    configmap: z.prefault(
      described(
        z.strictObject({
          name: z.prefault(
            textField({
              description:
                "The ConfigMap's name with `kind: configmap`; nonces of signed commands are in `<name>-nonces`.",
              allowed: "a ConfigMap's name: lower-case letters, digits, - and ., at most 246",
              pattern: /^(?=.{1,246}$)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/,
            }),
            "agent-state",
          ),
          namespace: z.optional(textField({
            description: "Its namespace. Unset: the agent's own.",
            allowed: "a namespace's name: lower-case letters, digits and -, at most 63",
            pattern: /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
          })),
        }),
        "The ConfigMap that holds the checkpoint.",
      ),
      {},
    ),
  }),
  "What the agent remembers across restarts: the watch's checkpoint and the cluster id.",
);
