import type { AccessRules } from "./access_rules.ts";
import { isRecord } from "./is_record.ts";
import { type Answer, badRequest } from "./status.ts";

export const ACCESS_REVIEW_PATH = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

/** Answers a SelfSubjectAccessReview: may I, by the rules that requests are held to. */
export function answerAccessReview(rules: AccessRules, body: unknown): Answer {
  const spec = isRecord(body) && isRecord(body.spec) ? body.spec : {};
  const asked = spec.resourceAttributes;
  if (!isRecord(asked)) return badRequest("spec.resourceAttributes is missing");
  const allowed = rules.allows(String(asked.verb ?? ""), String(asked.resource ?? ""));
  return {
    status: 201,
    body: {
      kind: "SelfSubjectAccessReview",
      apiVersion: "authorization.k8s.io/v1",
      metadata: {},
      spec,
      status: { allowed, ...(allowed ? {} : { reason: "forbidden in the sandbox" }) },
    },
  };
}
