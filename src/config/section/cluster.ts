import * as z from "zod/mini";
import { booleanField, described, wordField } from "../field.ts";

/** How the agent finds out which cluster it is in. */
export const clusterSchema = described(
  z.strictObject({
    id_style: wordField({
      description: "`uid`: k8s-<kube-system UID>. `provider`: readable, like eks-<name>-<region>-<digits>.",
      words: ["uid", "provider"],
      default: "uid",
    }),
    metadata_service: booleanField({
      description: "Ask the cloud's metadata service at its fixed address, with a short deadline.",
      default: false,
    }),
    token_issuer: booleanField({
      description: "Read the issuer out of the pod's own service account token.",
      default: false,
    }),
  }),
  "Detection of the cluster's identity.",
);
